"""The name server of this host: what it has, and what makes it have what it shall."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xcatd.errors import ServiceError
from xcatd.services.dns.bind import MARK, identity_in, zone_files_of
from xcatd.services.dns.changes import Change, changes, removals
from xcatd.services.dns.checker import objection
from xcatd.services.dns.control import LOOPBACK, Named
from xcatd.services.dns.installation import Installation, has_read, install, loaded, planned
from xcatd.services.dns.key import Key
from xcatd.services.dns.layout import Layout
from xcatd.services.dns.records import Record, Wanted
from xcatd.services.dns.server import Server, Zone, conversation
from xcatd.services.dns.source import Source
from xcatd.services.dns.update import present, present_at, send, step, verify
from xcatd.services.files import read_text

_SERIAL = re.compile(r"\bSOA\s+\S+\s+\S+\s*\(?\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Local:
    """The server, by its files and by the address at which it is asked."""

    layout: Layout
    key: Key
    named: Named

    async def plan(self, source: Source, *, anew: bool) -> tuple[Installation, Sequence[Change] | None]:
        """What the files and the zones lack. `anew`: everything is made new, unless it is as it shall be already. What the zones
        lack is None when only the server can tell that is still to be started, or to get its new files.

        Raises ServiceError when it must not be changed without being made anew: named.conf is the site's own.
        """
        runs = await self.named.is_running()
        if anew:
            return await self._plan_anew(source, await self._zones(source) if runs else {})
        if await self._is_foreign():
            await self._check_zones(source)
            return Installation("", ""), await self.changes(source)
        plan = await self._planned(source, {}, anew=False)
        return plan, None if plan or not runs else await self.changes(source)

    async def changes(self, source: Source) -> Sequence[Change]:
        """What the running server lacks."""
        async with conversation(LOOPBACK, self.key) as server:
            there = await present(server, source.wanted)
        return await asyncio.to_thread(changes, source.wanted, there, source.setup.zones)

    async def removals(self, source: Source) -> Sequence[Change]:
        """What takes the names of the source out of the zones."""
        async with conversation(LOOPBACK, self.key) as server:
            return await removals_at(server, source)

    async def install(self, plan: Installation) -> None:
        """Put files in place and have named take them. Raises ServiceError, with the old state in place and in use."""
        await install(self.layout, plan, self.key, self.named)

    async def start(self) -> None:
        """Start it with the files that are there. Raises ServiceError that says what is wrong with them."""
        conf = self.layout.conf
        reason = await objection(conf, await asyncio.to_thread(read_text, conf))
        if reason:
            raise ServiceError(f"named does not start: {reason}")
        await self.named.start()

    async def bring_up(self, plan: Installation) -> None:
        """The same, where there is something to do; else have named run with what is there. It starts with the host, too."""
        await self.named.enable()
        if plan:
            await self.install(plan)
            return
        identity = identity_in(await asyncio.to_thread(read_text, self.layout.conf))
        if not await self.named.is_running():
            await self.start()
        elif not await has_read(identity):
            await self.named.reload()
        await loaded(identity, {})

    async def send(self, made: Sequence[Change]) -> None:
        """Have the running server make changes."""
        if made:
            async with conversation(LOOPBACK, self.key) as server:
                await send(server, made)

    async def verify(self, whole: Wanted) -> None:
        """Ask the running server for some of all records."""
        apart = step(len(whole))
        some = ((zone, one) for zone, found in whole.records.items() for one in itertools.islice(found, 0, None, apart))
        made = [Change(zone, one.owner, (), (one,)) for zone, one in some]
        async with conversation(LOOPBACK, self.key) as server:
            await verify(server, made)

    async def _plan_anew(self, source: Source, held: Mapping[str, Zone]) -> tuple[Installation, Sequence[Change]]:
        whole = source.whole()
        is_same = bool(held) and all(
            held[zone].records == found for zone, found in whole.records.items() if zone in held
        )
        if is_same and set(held) == set(whole.records):
            plan = await self._planned(source, {}, anew=False)
            if not plan:
                return plan, ()
        serials: Mapping[str, int] = {zone: one.serial for zone, one in held.items()}
        serials = serials or await asyncio.to_thread(self._serials)
        plan = await self._planned(source, serials, anew=True)
        return plan, await asyncio.to_thread(_shown, whole, held)

    async def _planned(self, source: Source, serials: Mapping[str, int], *, anew: bool) -> Installation:
        records = source.whole().records
        return await asyncio.to_thread(planned, source.setup, self.key, self.layout, records, serials, anew=anew)

    async def _is_foreign(self) -> bool:
        text = await asyncio.to_thread(read_text, self.layout.conf)
        return bool(text.strip()) and not text.startswith(MARK)

    async def _check_zones(self, source: Source) -> None:
        """Raises ServiceError when the site's own server does not have the zones."""
        async with conversation(LOOPBACK) as server:
            for zone in source.setup.zones.all:
                found = await server.authority(zone)
                if found is None or found.zone != zone or not found.is_own:
                    raise ServiceError(
                        f"{self.layout.conf} is not made by makedns, and its server does not have the zone {zone}: "
                        "add it there, or run makedns -n, which replaces the file and keeps a copy"
                    )

    async def _zones(self, source: Source) -> Mapping[str, Zone]:
        """The zones that the running server has itself. What it does not tell counts as empty."""
        found: dict[str, Zone] = {}
        for zone in source.setup.zones.all:
            try:
                async with conversation(LOOPBACK, self.key) as server:
                    found[zone] = await server.transfer(zone)
            except ServiceError:  # it is not its zone, or the key is new to it: its serial number counts all the same
                async with conversation(LOOPBACK) as server:
                    authority = await server.authority(zone)
                if authority is not None and authority.zone == zone and authority.is_own:
                    found[zone] = Zone(authority.serial, frozenset())
        return found

    def _serials(self) -> Mapping[str, int]:
        """The serial numbers that stand in the zone files of a server that does not run."""
        found = {}
        for zone, name in zone_files_of(read_text(self.layout.conf)).items():
            match = _SERIAL.search(read_text(self.layout.zones / name))
            if match:
                found[zone] = int(match[1])
        return found


async def removals_at(server: Server, source: Source) -> Sequence[Change]:
    """What takes the names of the source out of a server's zones."""
    zones = source.setup.zones
    owners = {record.owner for record in source.wanted.all() if record.kind != "PTR"} | set(source.owners)
    there = await present_at(server, sorted(owners))
    return await asyncio.to_thread(removals, sorted(owners), there, zones)


def _shown(whole: Wanted, held: Mapping[str, Zone]) -> Sequence[Change]:
    """The difference between what a server has and what it shall have, to be shown."""
    found = []
    for zone, records in whole.records.items():
        there: frozenset[Record] = held[zone].records if zone in held else frozenset()
        gone, come = sorted(there - records), sorted(records - there)
        if gone or come:
            found.append(Change(zone, zone, tuple(gone), tuple(come)))
    return found
