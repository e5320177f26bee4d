"""`xcatd init`: the first-time set-up of a host. Doing it again makes only what is missing. `xcatconfig` uses its parts."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from xcat_certs.errors import CertsError
from xcat_certs.names import sorted_out
from xcat_certs.setup import setup_management_node, setup_service_node
from xcatd.daemon.cfgloc import location_of
from xcatd.daemon.defaults import default_changes
from xcatd.daemon.demotion import demote, is_management_node, refusal
from xcatd.daemon.paths import Paths
from xcatd.daemon.settings import Settings, read_settings, split_addresses, write_settings
from xcatd.errors import ConfigError, TrustError
from xcatd.store import TABLES, Change, Snapshot, SqlStore, open_store, take_over

_PATIENCE = 30.0
"""Seconds to wait for a program that writes to one of xCAT's files."""


def init(paths: Paths, options: argparse.Namespace) -> list[str]:
    """Set up a management node, or with `--master` a service node; gives lines that say what was done and what is next."""
    if not 0 <= options.port <= 65535:
        raise ConfigError(f"--port takes a number from 1 to 65535, not {options.port}")
    make_folders(paths)
    before = read_settings(paths.settings)
    after = _settings(before, options)
    aside = _put_aside(paths, options)
    if aside:
        after = replace(after, management_nodes=())
    lines = _service_node(paths, options) if options.master else asyncio.run(_management_node(paths, options))
    if after != before or not paths.settings.exists():  # last: what is refused must not stay in them
        write_settings(paths.settings, after)
    return [*aside, *lines]


def _put_aside(paths: Paths, options: argparse.Namespace) -> Sequence[str]:
    """What made this host a management node, where it shall be a service node from now on; lines that say so."""
    if options.demote and not options.master:
        raise ConfigError("--demote goes with --master: the management node of which this host becomes a service node")
    if not (options.master and is_management_node(paths)):
        return ()
    if not options.demote:
        raise ConfigError(refusal(paths, options.master))
    try:
        sorted_out(options.address)  # what is wrong with them is said before anything is moved
    except CertsError as error:
        raise TrustError(str(error)) from error
    return demote(paths)


def make_folders(paths: Paths) -> None:
    """Make the daemon's folders. Raises ConfigError."""
    try:
        paths.make()
    except OSError as error:
        raise ConfigError(f"{error.filename} cannot be made: {error.strerror}; run xcatd init as root") from error


def make_credentials(paths: Paths, name: str, cluster: str, addresses: Sequence[str]) -> Sequence[Path]:
    """What a management node lacks of the authority, this daemon's certificate and root's; gives the files that were made.
    Raises TrustError."""
    try:
        return setup_management_node(paths.root, name, cluster, addresses)
    except CertsError as error:
        raise TrustError(str(error)) from error


def adopt(paths: Paths) -> list[str]:
    """Take over the files of an xCAT 2 that this host had; gives a line that says so, none when there is nothing to do.
    Raises ConfigError, and StoreError for a file that cannot be read."""
    database = location_of(paths)
    taken = take_over(database.path, TABLES, _PATIENCE) if database.is_file else None
    return [str(taken)] if taken else []


async def write_changes(paths: Paths, find: Callable[[Snapshot], Sequence[Change]], author: str) -> Sequence[Change]:
    """Write the changes that `find` sees missing in the tables of this host, whether its daemon runs or not; gives them."""
    async with _opened(paths) as store:
        changes = find(store.snapshot)
        if changes:
            await store.write(changes, author=author)
        return changes


@asynccontextmanager
async def _opened(paths: Paths) -> AsyncIterator[SqlStore]:
    store = await open_store(location_of(paths))
    try:
        yield store
    finally:
        await store.close()


def _settings(before: Settings, options: argparse.Namespace) -> Settings:
    if options.master:
        split_addresses(options.master, 3001)
    return replace(
        before,
        name=options.name,
        addresses=tuple(options.address) or before.addresses,
        port=options.port or before.port,
        master=options.master or before.master,
    )


async def _management_node(paths: Paths, options: argparse.Namespace) -> list[str]:
    made = make_credentials(paths, options.name, options.cluster or options.name, options.address)
    lines = [*(f"made {path}" for path in made), *adopt(paths)]
    database = location_of(paths)
    new = database.is_file and not database.path.exists()
    changes = await write_changes(
        paths,
        lambda snapshot: default_changes(snapshot, paths, options.name, options.address, options.port),
        "xcatd init",
    )
    if new:
        lines.append(f"made {database.path}")
    if changes:
        lines.append(f"wrote {len(changes)} rows of defaults")
    paths.marker("mn").touch()
    if not lines:
        lines.append(f"{paths.root} was set up already; nothing to do")
    lines.append(f"root's certificate: {paths.root / 'root/.xcat'}")
    lines.append(f"start the daemon:   xcatd{_root(paths)}")
    return lines


def _service_node(paths: Paths, options: argparse.Namespace) -> list[str]:
    lines: list[str] = []
    if not paths.tls.certificate.exists():
        try:
            made = setup_service_node(paths.root, options.name, options.address)
        except CertsError as error:
            raise TrustError(str(error)) from error
        lines += [f"made {path}" for path in made]
        lines += [
            f"on the management node: xcatcert sign sn {options.name} server-req.pem --out server-cert.pem",
            f"then here:              xcatcert{_root(paths)} install server-cert.pem --ca ca.pem",
        ]
    else:
        lines.append(f"{paths.root} was set up already; nothing to do")
    paths.marker("sn").touch()
    lines.append(f"start the daemon:       xcatd{_root(paths)}")
    return lines


def _root(paths: Paths) -> str:
    return "" if str(paths.root) == "/" else f" --root {paths.root}"
