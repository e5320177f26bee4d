"""Putting named.conf and zone files in place: looked at by BIND's own checker first, taken back when named does not take them.

A zone that is made anew gets a file of a new name, and to BIND it is another zone then: it is loaded beside the old one, which
answers until the new one can. So nothing is stopped, and journals of old files do not matter.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.dns.bind import (
    MARK,
    identity_in,
    named_conf,
    new_file_name,
    next_number,
    number_of,
    zone_file,
    zone_files_of,
)
from xcatd.services.dns.checker import objection
from xcatd.services.dns.control import LOOPBACK, Named, account_of, give, make_folders
from xcatd.services.dns.key import Key
from xcatd.services.dns.layout import Layout
from xcatd.services.dns.records import Record
from xcatd.services.dns.server import conversation
from xcatd.services.dns.setup import Setup
from xcatd.services.files import read_text, replace_text

LOADED_WITHIN = 30.0
"""Seconds for named to load all zones."""
_AGAIN_AFTER = 0.05
"""Seconds after which named is asked again whether it has."""
_KEY_MODE = 0o640


@dataclass(frozen=True, slots=True)
class Installation:
    """`files` are the new zone files by name, `serials` the serial numbers of their zones; `old` and `new` the texts of
    named.conf. `new_key`: the key is not the one in the file that named has read."""

    old: str
    new: str
    files: Mapping[str, str] = field(default_factory=dict)
    serials: Mapping[str, int] = field(default_factory=dict)
    new_key: bool = False

    def __bool__(self) -> bool:
        """Whether there is something to do."""
        return self.new_key or self.old != self.new


def planned(
    setup: Setup,
    key: Key,
    layout: Layout,
    records: Mapping[str, Iterable[Record]],
    serials: Mapping[str, int],
    *,
    anew: bool,
) -> Installation:
    """What makes the files as they shall be: those of all zones `anew`, or of those that have none yet. Reads files.

    `serials`: the serial numbers that the zones have now.
    """
    old = read_text(layout.conf)
    present = set(_names(layout.zones))
    files = {} if anew else {zone: name for zone, name in zone_files_of(old).items() if name in present}
    number = next_number((*zone_files_of(old).values(), *present))
    made = {zone: new_file_name(zone, number) for zone in setup.zones.all if zone not in files}
    least = int(time.strftime("%Y%m%d")) * 100
    new_serials = {zone: max(serials.get(zone, 0) + 1, least) for zone in made}
    texts = {name: zone_file(zone, setup, new_serials[zone], records.get(zone, ())) for zone, name in made.items()}
    conf = named_conf(setup, key, layout.folders, layout.key, {**files, **made})
    return Installation(old, conf, texts, new_serials, read_text(layout.key) != key.text())


async def install(layout: Layout, plan: Installation, key: Key, named: Named) -> None:
    """Put the files in place and have named take them. Raises ServiceError, with the old state in place and in use."""
    old_key = await asyncio.to_thread(read_text, layout.key)
    try:
        await asyncio.to_thread(_write_beside, layout, plan, key)
        await check(layout.staged, layout.conf, plan.new, "-z")
        await asyncio.to_thread(_use, layout, plan)
    except ServiceError:
        await asyncio.to_thread(_take_back, layout, plan, old_key)
        raise
    try:
        await _load(named)
        await loaded(identity_in(plan.new), plan.serials)
    except ServiceError:
        if plan.old:
            await asyncio.to_thread(_take_back, layout, plan, old_key)
            await named.reload()
        raise
    await asyncio.to_thread(_clear, layout, plan)


async def _load(named: Named) -> None:
    if await named.is_running():
        await named.reload()
    else:
        await named.start()


async def check(staged: Path, conf: Path, text: str, *options: str) -> None:
    """Have BIND's checker look at a named.conf that stands beside its place, with this text. Raises ServiceError."""
    reason = (await objection(staged, text, *options)).replace(str(staged), str(conf))
    if reason:
        raise ServiceError(f"named would not take its new configuration, so the old one stays: {reason}")


async def loaded(identity: str, serials: Mapping[str, int]) -> None:
    """Wait until named has read the named.conf of this identity, and has zones of its own with at least these serial numbers.

    Raises ServiceError when it does not come to that.
    """
    missing = dict(serials)
    trouble = ""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOADED_WITHIN):
            while True:
                try:
                    if await _has_loaded(identity, missing):
                        return
                except ServiceError as error:
                    trouble = f": {error}"
                await asyncio.sleep(_AGAIN_AFTER)
    what = f"the zone {next(iter(missing))}" if missing else "its new configuration"
    raise ServiceError(
        f"named has not taken {what} within {LOADED_WITHIN:g} s{trouble}; its log says why, or another name server has its port"
    )


async def _has_loaded(identity: str, missing: dict[str, int]) -> bool:
    """Whether named has everything. Zones that it has are struck off."""
    async with conversation(LOOPBACK) as server:
        if await server.identity() != identity:
            return False
        for zone, serial in list(missing.items()):
            found = await server.authority(zone)
            if found is None or found.zone != zone or not found.is_own or found.serial < serial:
                return False
            del missing[zone]
    return True


async def has_read(identity: str) -> bool | None:
    """Whether the named that runs here has read the named.conf of this identity; None: nobody answers."""
    try:
        async with conversation(LOOPBACK) as server:
            return await server.identity() == identity
    except ServiceError:
        return None


def _write_beside(layout: Layout, plan: Installation, key: Key) -> None:
    make_folders(layout)
    account = account_of(layout)
    for name, text in plan.files.items():
        replace_text(layout.zones / name, text)
    replace_text(layout.key, key.text(), mode=_KEY_MODE)
    if account is not None and layout.key.stat().st_gid != account.pw_gid:
        give(layout.key, -1, account.pw_gid)
    replace_text(layout.staged, plan.new, mode=_KEY_MODE)


def _use(layout: Layout, plan: Installation) -> None:
    backup = None if not plan.old or plan.old.startswith(f"{MARK}\n") else layout.backup  # behind xCAT's own is a blank
    replace_text(layout.conf, plan.new, backup=backup)
    layout.staged.unlink()


def _take_back(layout: Layout, plan: Installation, old_key: str) -> None:
    """The old files are there again. What cannot be removed does no harm."""
    for path in (layout.staged, *(layout.zones / name for name in plan.files)):
        with contextlib.suppress(OSError):
            path.unlink()
    with contextlib.suppress(ServiceError):
        if plan.old:
            replace_text(layout.conf, plan.old)
        if old_key:
            replace_text(layout.key, old_key, mode=_KEY_MODE)


def _clear(layout: Layout, plan: Installation) -> None:
    """Remove zone files that neither the new named.conf names nor the one before it, with their journals."""
    kept = {*zone_files_of(plan.new).values(), *zone_files_of(plan.old).values()}
    for name in _names(layout.zones):
        if number_of(name) and name.removesuffix(".jnl") not in kept:
            with contextlib.suppress(OSError):
                (layout.zones / name).unlink()


def _names(folder: Path) -> Sequence[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ServiceError(f"{folder} cannot be read: {(error.strerror or str(error)).lower()}") from error
