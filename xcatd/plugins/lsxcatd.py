"""`lsxcatd`: what the daemon that was asked says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from xcatd.api import Channel, Ctx, UsageError, Where, command, opt
from xcatd.model import Role
from xcatd.store import Engine, Location

_USAGE = (
    "       lsxcatd [-v|--version]",
    "       lsxcatd [-h|--help]",
    "       lsxcatd [-d|--database]",
    "       lsxcatd [-t|--nodetype]",
    "       lsxcatd [-a|--all]",
)

_SENTENCES = {"version": "{}", "nodetype": "This is a {}"}
_SEVERAL = ("part", "active")
"""Facts of one of several management nodes: what it is, and which one is active."""


@command("lsxcatd", where=Where.LOCAL, lists=True)
async def lsxcatd(
    ctx: Ctx,
    *,
    version: Annotated[bool, opt("-v", "--version", "the version of the daemon")] = False,
    nodetype: Annotated[bool, opt("-t", "--nodetype", "--type", "management node or service node")] = False,
    database: Annotated[bool, opt("-d", "--database", "the database it works with, without the password")] = False,
    everything: Annotated[bool, opt("-a", "--all", "all of it")] = False,
) -> None:
    """Say what this daemon is; of several management nodes also which is active. One option at least must be given."""
    wanted = {"version": version, **dict.fromkeys(("nodetype", *_SEVERAL), nodetype)}
    known = {**_facts(ctx), **(await _several(ctx) if nodetype or everything else {})}
    facts = {name: text for name, text in known.items() if wanted.get(name, database) or everything}
    if not facts and ctx.wants_json:
        raise UsageError("lsxcatd: what is asked for? Write -v, -t, -d or -a")
    if not facts:
        await ctx.lines(_USAGE[:-1])
        await ctx.fail(_USAGE[-1], channel=Channel.DATA)
    elif ctx.wants_json:
        await ctx.item("xcatd", ctx.host.name, facts)
    else:
        await ctx.lines(_SENTENCES.get(name, f"{name}={{}}").format(text) for name, text in facts.items())


async def _several(ctx: Ctx) -> Mapping[str, str]:
    known = await ctx.host.about("")
    return {name: known[name] for name in _SEVERAL if name in known}


def _facts(ctx: Ctx) -> Mapping[str, str]:
    place = "Service" if ctx.host.role is Role.SERVICE else "Management"
    return {"version": ctx.host.version, "nodetype": f"{place} Node", **_database(ctx.host.location)}


def _database(location: Location | None) -> Mapping[str, str]:
    """xCAT's words for it. Where the tables come from above, the engine is the one that keeps them when there is no other."""
    if location is None or location.is_file:
        return {"dbengine": Engine.SQLITE}
    return {
        "cfgloc": location.shown(),
        "dbengine": location.engine,
        "dbname": location.database,
        "dbhost": location.host or location.socket,
        "dbadmin": location.user,
    }
