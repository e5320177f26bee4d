"""The database: cfgloc, the file or the server that it names, and what must stand in the tables."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator

from xcatd.daemon.cfgloc import OVERRIDE, location_of, without_password
from xcatd.errors import ConfigError
from xcatd.model import Role
from xcatd.probe import Failed, Finding, Here, Noted, NotNow, Warned, check
from xcatd.store import Engine, Location, Looked

_VERIFIED = {
    Engine.POSTGRES: "sslmode=verify-full;sslrootcert=FILE",
    Engine.MYSQL: "mysql_ssl_verify_server_cert=1;mysql_ssl_ca_file=FILE",
}
"""What has a server prove who it is."""


@check("xcatmn", "cfgloc names the database", rank=30)
def cfgloc_is_right(here: Here) -> Iterator[Finding]:
    """Without the file the tables are in SQLite on the management node. Whether it is the same everywhere: hierarchy."""
    line, override = here.cfgloc, os.environ.get(OVERRIDE, "").strip()
    counts = override or line
    if override and override != line:
        yield Warned(
            f"The variable {OVERRIDE} counts here instead of {here.paths.cfgloc}, and says {without_password(override)}: "
            "unset it, or write the same into the file"
        )
    try:
        location = location_of(here.paths)
    except ConfigError as error:
        yield Failed(f"{error}; {OVERRIDE if override else here.paths.cfgloc} is {without_password(counts)}")
        return
    if not counts:
        yield Noted("There is no cfgloc: the tables are in SQLite on the management node")
        return
    yield Noted(f"cfgloc: {without_password(counts)}")
    if not location.is_file and not location.tls.verifies and not _is_this_host(location):
        yield Warned(
            f"{location.host} does not have to prove that it is the database server, and who stands between could read the "
            f"password: write {_VERIFIED[location.engine]} into cfgloc"
        )


def _is_this_host(location: Location) -> bool:
    if location.socket or location.host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(location.host).is_loopback
    except ValueError:
        return False


@check("xcatmn", "the database can be reached", rank=31)
def is_reachable(here: Here) -> Iterator[Finding]:
    """The file is there, sound and complete; or the server that cfgloc names answers this host, and shows all tables. Raises
    StoreError, and ConfigError for files of TLS."""
    try:
        location = here.location
    except ConfigError as error:
        raise NotNow("cfgloc cannot be read") from error
    if location is None:
        raise NotNow("the tables come over the link")
    looked = here.looked
    yield from _of_another_time(location, looked)
    yield from _incomplete(here, location, looked)
    rows = sum(len(looked.snapshot.table(name).rows) for name in looked.snapshot)
    yield Noted(f"{location.named()}: {looked.program}{f', {looked.tls}' if looked.tls else ''}, {rows} rows")


def _of_another_time(location: Location, looked: Looked) -> Iterator[Finding]:
    """Nobody may write to a database that was left, or that a newer program has altered."""
    if looked.version > looked.newest:
        yield Failed(
            f"The database {location.named()} has version {looked.version} of the schema, and this xcatd knows versions up to "
            f"{looked.newest}: install the newer xcatd"
        )
    if looked.moved:
        yield Failed(
            f"The tables were moved away from {location.named()}, and cfgloc still names it: name the database where they "
            "are, and restart xcatd"
        )


def _incomplete(here: Here, location: Location, looked: Looked) -> Iterator[Finding]:
    """What a start of xcatd on the management node makes."""
    name, service = location.named(), here.role is Role.SERVICE
    there = " on the management node" if service else ""
    if set(looked.snapshot) <= set(looked.missing):
        yield Failed(
            f"The database {name} has no tables: correct dbname in cfgloc, or make them with `xcatconfig -d`{there}"
        )
    elif looked.missing:
        said = f"The database {name} lacks {len(looked.missing)} tables or columns ({_some(looked.missing)})"
        if service:
            yield Failed(f"{said}: install the same xcatd on both hosts, and start it on the management node first")
        else:
            yield Warned(f"{said}: they are made when xcatd starts")
    elif looked.uncounted:
        yield Warned(
            f"Changes of {len(looked.uncounted)} tables ({_some(looked.uncounted)}) are not counted in {name}, so that daemons "
            f"do not see what others write: start xcatd{there}, which makes the triggers"
        )


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")


@check("xcatmn", "xcatd uses the database that cfgloc names", rank=63)
def is_in_use(here: Here) -> Iterator[Finding]:
    """A daemon reads cfgloc when it starts; what was written there later does not count yet."""
    if not here.answers:
        raise NotNow("xcatd does not answer")
    try:
        location = here.location
    except ConfigError as error:
        raise NotNow("cfgloc cannot be read") from error
    facts = dict(line.partition("=")[::2] for line in here.ask("lsxcatd", "-d").stdout.splitlines())
    used, wanted = facts.get("cfgloc", ""), "" if location is None or location.is_file else location.shown()
    if used != wanted:
        yield Failed(
            f"xcatd works with {used or 'SQLite'}, and {here.paths.cfgloc} names {wanted or 'SQLite'}: systemctl restart xcatd"
        )


@check("xcatmn", "the policy lets root and daemons in", roles=(Role.MANAGEMENT,), rank=32)
def policy_has_root(here: Here) -> Iterator[Finding]:
    """Without these rows nobody can do anything, and no daemon can speak for its callers."""
    rows = here.tables.table("policy").rows
    if not any(row["name"] in ("root", "*") and (row["rule"] or "").lower() in ("allow", "accept") for row in rows):
        yield Failed("No row of the policy table allows root anything: run `xcatconfig -d`, which adds it")
    if not any(row["name"] == here.name and (row["rule"] or "").lower() in ("trusted", "trust") for row in rows):
        yield Warned(f"No row of the policy table trusts {here.name}, as old programs expect: run `xcatconfig -d`")
