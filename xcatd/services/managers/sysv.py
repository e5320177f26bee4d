"""Services that are scripts for System V's init: systemd runs them, and leaves it to the distribution to have them start with the
host (systemctl(1), "enable")."""

from __future__ import annotations

from typing import Final

from dbus_fast import Variant

from xcatd.errors import ServiceError
from xcatd.services.managers.bus import Bus, Refused
from xcatd.services.managers.jobs import DONE, UNSEEN, finished
from xcatd.services.managers.unit import Unit

_WORDS: Final = (
    "/usr/bin/env",
    "PATH=/usr/lib/systemd:/lib/systemd:/usr/sbin:/usr/bin:/sbin:/bin",
    *("systemd-sysv-install", "enable"),
)
"""Which of the first two folders it is, the distribution decides. There is no $ in it: systemd keeps what it is asked in a file,
and reads that wrongly when it reads all units again (252 writes `\\$`)."""


async def enable_script(bus: Bus, unit: Unit) -> None:
    """It starts with the host. It is done in a unit: this daemon may not write where the distribution's program does.

    systemd has to read its units after it. Raises ServiceError.
    """
    name = unit.name.removesuffix(".service")
    properties = [
        ["Description", Variant("s", f"Have {name} start with the host")],
        ["Type", Variant("s", "oneshot")],
        ["CollectMode", Variant("s", "inactive-or-failed")],
        ["ExecStart", Variant("a(sasb)", [[_WORDS[0], [*_WORDS, name], False]])],
    ]
    helper = f"xcat-enable-{unit.name}"
    try:
        result = await finished(
            bus, "StartTransientUnit", "ssa(sv)a(sa(sv))", helper, "replace", properties, [], what=f"run {helper}"
        )
    except Refused as error:
        raise ServiceError(f"{name} cannot be enabled: {error}") from error
    if result not in (DONE, UNSEEN):
        raise ServiceError(f"{name} cannot be enabled: `journalctl -u {helper}` tells why")
