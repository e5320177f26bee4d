"""The command `snmove`: its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

from xcatd.api import FOREVER, Ctx, Nodes, UsageError, Where, command, opt
from xcatd.model import Completes

_HOST: Final = re.compile(r"[A-Za-z0-9:][A-Za-z0-9_.:%-]*")


def _alters(words: Sequence[str]) -> bool:
    return "--dry-run" not in words


@command(
    "snmove",
    timeout=FOREVER,
    changes=_alters,
    where=Where.MANAGEMENT,
    of_each=True,
    completes={"source": Completes.NODES, "dest": Completes.NODES},
)
async def snmove(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    *,
    source: Annotated[
        str, opt("-s", "--source", "instead of a noderange: all nodes of which this is the service node")
    ] = "",
    source_seen: Annotated[
        str, opt("-S", "--sourcen", "the old service node as the nodes know it; else xcatmaster")
    ] = "",
    dest: Annotated[
        str, opt("-d", "--dest", "the new service node; else the second one in each node's servicenode")
    ] = "",
    dest_seen: Annotated[
        str, opt("-D", "--destn", "the new one as the nodes know it; else its address in their network")
    ] = "",
    postscripts: Annotated[
        str, opt("-P", "--postscripts", "more scripts to run on the nodes, a comma list, or all")
    ] = "",
    leave: Annotated[bool, opt("-i", "--ignorenodes", "do nothing on the nodes themselves")] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "show what each step says, and the way back")] = False,
    dry_run: Annotated[bool, opt("--dry-run", "show what would be changed and done, and do nothing")] = False,
    lite: Annotated[bool, opt("-l", "--liteonly", "AIX only")] = False,
    no_retarget: Annotated[bool, opt("-n", "--noretarget", "AIX only")] = False,
) -> None:
    """Move nodes to another service node: snmove noderange ... or snmove -s SERVICENODE ...

    The tables are changed first, all at once: servicenode (the new one comes first, the old one stays behind it), xcatmaster, and
    tftpserver, nfsserver, monserver and conserver where they name the old one. Then boot files, DHCP and conserver follow, and,
    without -i, the nodes: default route, and those of the scripts syslog, setupntp and mkresolvconf that they have. When one node
    cannot be planned nothing is changed; when a step fails the tables stay as they are, and it may be done again.
    """
    _check(nodes, source, (source_seen, dest, dest_seen))
    if lite or no_retarget:
        raise UsageError("snmove -l and -n are for AIX, which is not served; for nodes with Linux leave them out")
    if leave and postscripts:
        raise UsageError("snmove -i leaves the nodes alone, and -P runs scripts on them: leave one of them out")
    from xcatd.plugins.snmove.work import Given, work
    from xcatd.services.snmove import Wish

    wish = Wish(source_seen, dest, dest_seen)
    await work(ctx, nodes, Given(wish, source, postscripts.strip(), leave=leave, verbose=verbose, dry_run=dry_run))


def _check(nodes: Sequence[str], source: str, names: Sequence[str]) -> None:
    if nodes and source:
        raise UsageError("snmove takes a noderange or -s, not both")
    if not nodes and not source:
        raise UsageError("snmove needs a noderange, or -s with the service node whose nodes are to be moved")
    for name in filter(None, (source, *names)):
        if _HOST.fullmatch(name) is None:
            raise UsageError(f"snmove: {name!r} is neither a name nor an address of a host")
