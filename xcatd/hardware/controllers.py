"""The shelf of drivers: the one place that knows which of them exist. The daemon owns one, for its whole life."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from xcatd.errors import Unsupported
from xcatd.hardware.driver import Device, Driver
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.limits import Limits
from xcatd.hardware.meter import Meter


def _ipmi(limits: Limits) -> Driver:
    from xcatd.hardware.ipmi.driver import Ipmi

    return Ipmi(limits)


def _redfish(limits: Limits) -> Driver:
    from xcatd.hardware.redfish.driver import Redfish

    return Redfish(limits)


def _libvirt(limits: Limits) -> Driver:
    from xcatd.hardware.libvirt.driver import Libvirt

    return Libvirt(limits)


def _pdu(limits: Limits) -> Driver:
    from xcatd.hardware.pdu.driver import SnmpPdu

    return SnmpPdu(limits)


_DRIVERS: dict[str, Callable[[Limits], Driver]] = {
    "ipmi": _ipmi,
    "redfish": _redfish,
    "openbmc": _redfish,
    "kvm": _libvirt,
    "xen": _libvirt,
    "pdu": _pdu,
}
"""Method, as in nodehm.power or nodehm.mgt -> what makes its driver, and imports it not before it is needed."""


class Controllers:
    """Gives the hardware of any node, by whatever its controller speaks, and keeps sessions for the next question.

    Use as `async with Controllers() as controllers`; leaving says goodbye to every BMC: without waiting for them,
    or for two seconds where a goodbye needs an answer. `authority`: the certificate of the cluster's own authority.
    """

    def __init__(self, limits: Limits | None = None, authority: Path | None = None) -> None:
        self._limits = limits or Limits()
        self._authority = authority
        self._open: dict[str, Driver] = {}
        self.meter = Meter()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        while self._open:
            _, driver = self._open.popitem()
            try:
                await driver.goodbye()
            finally:
                driver.close()

    def device(self, method: str, endpoint: Endpoint) -> Device:
        """The hardware of the node behind `endpoint`. No I/O yet. Unsupported: no driver speaks `method`."""
        driver = self._driver(method)
        return Device(driver, endpoint, partial(self.meter.watch, driver.name, endpoint.place))

    def check(self, method: str) -> None:
        """Raises Unsupported when no driver speaks `method`: then what the tables lack for one does not matter."""
        self._driver(method)

    def _driver(self, method: str) -> Driver:
        driver = self._open.get(method)
        if driver is None:
            if (make := _DRIVERS.get(method)) is None:
                known = ", ".join(sorted(_DRIVERS))
                raise Unsupported(
                    f'there is no driver for the management method "{method}": set nodehm.power or nodehm.mgt to one '
                    f"of {known}"
                )
            driver = self._open[method] = make(self._limits)
            if self._authority is not None:
                driver.believe(self._authority)
        return driver
