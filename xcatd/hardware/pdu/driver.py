"""The driver for PDUs over SNMP. It keeps nothing open: a question is one datagram."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.errors import NodeError, NotFound, Unsupported
from xcatd.hardware.driver import Driver
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.limits import Limits
from xcatd.hardware.outlets import Outlet, OutletAction, Outlets
from xcatd.hardware.pdu.ber import Value
from xcatd.hardware.pdu.endpoint import Pdu
from xcatd.hardware.pdu.models import Model
from xcatd.hardware.pdu.snmp import Agent, converse

_MOST = 256
"""Outlets that one PDU may have; more is not believed."""


class SnmpPdu(Driver):
    name = "PDU"

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def outlets(self, endpoint: Endpoint) -> Outlets:
        assert isinstance(endpoint, Pdu), "an endpoint of another driver"
        return PduOutlets(endpoint)


class PduOutlets(Outlets):
    def __init__(self, endpoint: Pdu) -> None:
        self._endpoint = endpoint

    @property
    def noun(self) -> str:
        return self._endpoint.model.noun

    async def _read(self, numbers: Sequence[int] | None, timeout: float) -> Sequence[Outlet]:
        async def talk(asked: Agent) -> Sequence[Outlet]:
            model = await self._model(asked)
            count = await self._count(asked, model)
            wanted = range(1, count + 1) if numbers is None else self._checked(numbers, count)
            oids = [f"{model.state}.{model.offset + number}" for number in wanted]
            values = [await asked.first_below(oid) for oid in oids] if model.is_loose else await asked.read(oids)
            return [Outlet(number, _state(model, value)) for number, value in zip(wanted, values, strict=True)]

        return await converse(self._endpoint, talk, timeout)

    async def _switch(self, number: int, action: OutletAction, timeout: float) -> None:
        if action not in self._endpoint.model.commands:
            raise Unsupported(
                f"a {self._endpoint.model.title} cannot be switched over SNMP, only looked at: use its own console"
            )

        async def talk(asked: Agent) -> None:
            model = await self._model(asked)
            self._checked([number], await self._count(asked, model))
            await asked.write(f"{model.command}.{model.offset + number}", model.commands[action])

        await converse(self._endpoint, talk, timeout)

    async def _model(self, asked: Agent) -> Model:
        """The model, by what its firmware is."""
        model = self._endpoint.model
        if model.newer is None:
            return model
        (version,) = await asked.read([model.newer.version])
        is_newer = isinstance(version, bytes) and model.newer.mark.encode() in version
        return model.newer.model if is_newer else model

    async def _count(self, asked: Agent, model: Model) -> int:
        known = self._endpoint.outlets or model.outlets
        if known:
            return known
        (count,) = await asked.read([model.count])
        if not isinstance(count, int) or not 0 < count <= _MOST:
            raise NodeError(
                f"the PDU at {self._endpoint.place} does not say how many outlets it has: check pdu.pdutype of "
                f"{self._endpoint.node}, or set pdu.outlet"
            )
        return count

    def _checked(self, numbers: Sequence[int], count: int) -> Sequence[int]:
        for number in numbers:
            if not 0 < number <= count:
                raise NotFound(f"{self._endpoint.node} outlet number {number} is invalid: it has {count}")
        return numbers


def _state(model: Model, value: Value) -> str:
    if isinstance(value, int):
        return model.states.get(value, f"{value}(unknown state)")
    return "unknown"
