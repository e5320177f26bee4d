"""Whether the name server of a service node follows that of the management node."""

from __future__ import annotations

from collections.abc import Mapping

from xcatd.errors import ServiceError
from xcatd.services.dns.control import LOOPBACK
from xcatd.services.dns.server import Server, conversation
from xcatd.services.dns.setup import Setup
from xcatd.services.programs import comes_true

COPIED_WITHIN = 15.0
"""Seconds for named to get the zones from above."""
_HALF = 1 << 31


async def follows(master: str, setup: Setup, *, is_copy: bool) -> None:
    """Ask both servers. A copy has each zone, as new as the management node's or newer; one that passes questions on gets the
    management node's answer. Raises ServiceError that says what is wrong, and what goes on meanwhile."""
    zones = setup.zones.all if is_copy else setup.zones.forward[:1]
    try:
        async with conversation(master) as above:
            serials = {zone: await _serial(above, zone) for zone in zones}
            if is_copy:
                await _check_rights(above, serials)
    except NotServed:
        raise
    except ServiceError as error:
        meanwhile = "the copies of its zones answer as they are" if is_copy else "only what is in the cache is answered"
        raise ServiceError(f"{error}; meanwhile {meanwhile}") from error
    for zone, serial in serials.items():
        await _check(zone, serial, master, is_copy=is_copy)


class NotServed(ServiceError):
    """The server above answers, and does not have or give what is needed."""


async def _check_rights(above: Server, serials: Mapping[str, int]) -> None:
    for zone, serial in serials.items():
        if not await above.gives(zone, serial):
            raise NotServed(
                f"The name server at {above.address} does not give the zone {zone} to this host: run `makedns` there, and see "
                "that hosts.ip of this node is the address it comes from"
            )


async def _check(zone: str, serial: int, master: str, *, is_copy: bool) -> None:
    async with conversation(LOOPBACK) as here:
        if await _has(here, zone, serial, is_own=is_copy):
            return
        if is_copy:
            await here.notify(zone)
        if not await comes_true(lambda: _has(here, zone, serial, is_own=is_copy), COPIED_WITHIN):
            what = f"a copy of the zone {zone}" if is_copy else f"an answer about the zone {zone}"
            raise ServiceError(f"named does not get {what} from the name server at {master}: see the logs of both")


async def _serial(above: Server, zone: str) -> int:
    """The serial number of a zone of the server's own. Raises NotServed."""
    found = await above.authority(zone)
    if found is None or found.zone != zone or not found.is_own:
        raise NotServed(f"The name server at {above.address} does not have the zone {zone}: run `makedns` there")
    return found.serial


async def _has(server: Server, zone: str, serial: int, *, is_own: bool) -> bool:
    """Whether it answers for a zone, with this serial number or a later one."""
    found = await server.authority(zone)
    if found is None or found.zone != zone:
        return False
    return not is_own or (found.is_own and is_later(found.serial, serial))


def is_later(one: int, other: int) -> bool:
    """Whether a serial number is another one or a later one: they go round (RFC 1982 section 3.2)."""
    return (one - other) % (2 * _HALF) < _HALF
