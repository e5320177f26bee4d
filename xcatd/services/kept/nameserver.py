"""servicenode.nameserver: BIND. On the management node it runs with what `makedns` made. On a service node 1 makes it ask the
management node and keep the answers, and 2 gives it copies of all zones."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.addresses import look_up
from xcatd.services.dns.bind import MARK, forwarder_conf, identity_in, secondary_conf
from xcatd.services.dns.control import Named, make_folders, program_of, ready
from xcatd.services.dns.layout import layout_of
from xcatd.services.dns.setup import Setup
from xcatd.services.dns.source import setup_here
from xcatd.services.files import read_text
from xcatd.services.fileservice import File, FileService, Read, Rendered
from xcatd.services.managers import Manager, Program
from xcatd.services.networks import Address, address_of
from xcatd.services.place import Place
from xcatd.services.service import ON, SECOND, Outcome, Work
from xcatd.services.staging import staged

_SITE = (
    "domain nameservers master externaldns forwarders dnsforwardmode dnsinterfaces dnsupdaters emptyzonesenable namedincludes "
    "bindconf bindzones binddir dhcpomapikeyname dhcpomapialgorithm"
)
_CONF_MODE = 0o644
_BACKUP_MODE = 0o640


class NameServer(FileService):
    """What asks and answers is imported where it is needed: it takes a library that most hosts never need."""

    name = "nameserver"
    second = True
    tables = ("networks", "hosts", "nics", "nodelist", "noderes", "passwd")
    site_keys = frozenset(_SITE.split())
    deed = "named reads its files again"

    def wanted(self, place: Place) -> str:
        """A management node has the zones itself: there 2 means 1."""
        value = super().wanted(place)
        return ON if value == SECOND and place.is_master else value

    def program(self, place: Place, value: str) -> Program:
        return program_of(layout_of(place.root, place.snapshot))

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        if place.is_master:
            from xcatd.services.dns.primary import keep_primary

            return await keep_primary(place, work)
        from xcatd.services.dns.copies import follows

        place = replace(place, resolved=await look_up(sorted(self.names(place))))
        layout, master = layout_of(place.root, place.snapshot), str(_master(place))
        if not work.dry_run and not await Named(layout, work.manager).is_running():
            await ready(layout, work.manager)
        outcome = await super().reconcile(place, value, work)
        if not work.dry_run:  # what is wrong above is no reason to take anything back here
            await follows(master, _setup(place), is_copy=value == SECOND)
        return outcome

    def names(self, place: Place) -> tuple[str, ...]:
        return (place.above,) if place.above else ()

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        layout, setup, master = layout_of(place.root, place.snapshot), _setup(place), str(_master(place))
        here = replace(setup, includes=tuple(name for name in setup.includes if now(Path(name))))
        make = secondary_conf if value == SECOND else forwarder_conf
        files = {layout.conf: File(make(master, here, place.cluster_networks(), layout.folders), _CONF_MODE)}
        old = now(layout.conf)
        if old.strip() and not old.startswith(MARK):
            files = {layout.backup: File(old, _BACKUP_MODE), **files}
        return Rendered(files)

    async def check(self, place: Place, value: str, rendered: Rendered) -> None:
        from xcatd.services.dns.installation import check

        layout = layout_of(place.root, place.snapshot)
        text = rendered.files[layout.conf].text or ""
        await asyncio.to_thread(make_folders, layout)
        async with staged(layout.staged, text) as new:
            await check(new, layout.conf, text)

    async def holds(self, place: Place, value: str) -> bool:
        """Whether the named that runs, if one does, has read the file that is there."""
        from xcatd.services.dns.installation import has_read

        text = await asyncio.to_thread(read_text, layout_of(place.root, place.snapshot).conf)
        return not text.startswith(MARK) or await has_read(identity_in(text)) is not False

    async def act(self, place: Place, value: str, manager: Manager) -> None:
        await manager.reload(self.program(place, value))

    async def verify(self, place: Place, value: str) -> None:
        from xcatd.services.dns.installation import loaded

        text = await asyncio.to_thread(read_text, layout_of(place.root, place.snapshot).conf)
        await loaded(identity_in(text), {})


def _master(place: Place) -> Address:
    """The address of the management node, as this host knows it. Raises ServiceError."""
    if not place.above:
        raise ServiceError("The management node is not known: set site.master, or noderes.xcatmaster of this host")
    found = place.address(place.above)
    if found is None:
        raise ServiceError(f"The address of {place.above} is not known: set its hosts.ip, or add it to /etc/hosts")
    return found


def _setup(place: Place) -> Setup:
    """As the management node sees it: the same zones are its own."""
    texts = (place.above, place.site("master"), *place.site("nameservers").split(","))
    masters = [place.address(place.above), *map(address_of, texts)]
    return setup_here(
        place.world, place.name, place.interfaces, [one for one in masters if one is not None], place.resolved
    )
