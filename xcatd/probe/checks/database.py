"""The database: cfgloc, the file or the server that it names, and what must stand in the tables."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

from xcatd.daemon.cfgloc import without_password
from xcatd.model import Role
from xcatd.probe import Failed, Finding, Here, Noted, NotNow, Warned, check

_ENGINES = {"Pg": 5432, "mysql": 3306}
"""The servers that cfgloc can name, and the ports of those that do not say theirs."""
_PATIENCE = 5.0
_DATABASE = re.compile(
    r"(?P<engine>Pg|mysql):dbname=(?P<name>[^;|]+);host=(?P<host>[^;|]+)(?:;port=(?P<port>\d+))?\|[^|]+\|.+"
)


@check("xcatmn", "cfgloc names the database", rank=30)
def cfgloc_is_right(here: Here) -> Iterator[Finding]:
    """Without the file the tables are in SQLite on the management node. Whether it is the same everywhere: hierarchy."""
    line = here.cfgloc
    if not line:
        yield Noted("There is no cfgloc: the tables are in SQLite on the management node")
    elif not line.startswith(("SQLite:", "/")) and not _DATABASE.fullmatch(line):
        yield Failed(
            f"{here.paths.cfgloc} cannot be read ({without_password(line)}): write "
            "Pg:dbname=xcatdb;host=HOST|USER|PASSWORD, or the same with mysql:"
        )
    else:
        yield Noted(f"cfgloc: {without_password(line)}")


@check("xcatmn", "the database can be reached", rank=31)
def is_reachable(here: Here) -> Iterator[Finding]:
    """The file is there, sound and complete, or the server that cfgloc names lets itself be called. Raises StoreError."""
    if here.has_database:
        looked = here.looked
        if looked.missing:
            yield Warned(
                f"The database lacks {len(looked.missing)} tables or columns ({', '.join(looked.missing[:3])} ...): they are "
                "made when xcatd starts"
            )
        yield Noted(
            f"{here.paths.database}: {sum(len(looked.snapshot.table(name).rows) for name in looked.snapshot)} rows"
        )
        return
    found = _DATABASE.fullmatch(here.cfgloc)
    if found is None:
        raise NotNow("the tables come over the link" if here.role is Role.SERVICE else "cfgloc cannot be read")
    host, port = found["host"], int(found["port"] or _ENGINES[found["engine"]])
    try:
        socket.create_connection((host, port), _PATIENCE).close()
    except OSError as error:
        yield Failed(
            f"The database server {host} port {port} of cfgloc cannot be reached ({error.strerror or error}): start it "
            "there, and let this host in at its firewall"
        )


@check("xcatmn", "the policy lets root and daemons in", roles=(Role.MANAGEMENT,), rank=32)
def policy_has_root(here: Here) -> Iterator[Finding]:
    """Without these rows nobody can do anything, and no daemon can speak for its callers."""
    rows = here.tables.table("policy").rows
    if not any(row["name"] in ("root", "*") and (row["rule"] or "").lower() in ("allow", "accept") for row in rows):
        yield Failed("No row of the policy table allows root anything: run `xcatconfig -d`, which adds it")
    if not any(row["name"] == here.name and (row["rule"] or "").lower() in ("trusted", "trust") for row in rows):
        yield Warned(f"No row of the policy table trusts {here.name}, as old programs expect: run `xcatconfig -d`")
