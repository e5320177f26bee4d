"""The command `snmove`: its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

from xcatd.api import FOREVER, Ctx, Denied, Nodes, UsageError, Where, command, opt
from xcatd.model import Completes, Role

_NUMBER: Final = "[0-9]+"
_HOST: Final = re.compile(r"[A-Za-z0-9:][A-Za-z0-9_.:%-]*")


def _alters(words: Sequence[str]) -> bool:
    return "--dry-run" not in words and "--list" not in words


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
    listing: Annotated[bool, opt("--list", "show the moves that are open, and the last ones that ended")] = False,
    resume: Annotated[
        bool | str,
        opt("--resume", "do what is left of an interrupted move, or has failed; its number may follow", like=_NUMBER),
    ] = False,
    rollback: Annotated[
        bool | str, opt("--rollback", "take a move back; its number may follow, else the only open one", like=_NUMBER)
    ] = False,
    takeover: Annotated[bool, opt("--takeover", "")] = False,
    lite: Annotated[bool, opt("-l", "--liteonly", "AIX only")] = False,
    no_retarget: Annotated[bool, opt("-n", "--noretarget", "AIX only")] = False,
) -> None:
    """Move nodes to another service node: snmove noderange ... or snmove -s SERVICENODE ...

    The tables are changed first, all at once: servicenode (the new one comes first, the old one stays behind it), xcatmaster, and
    tftpserver, nfsserver, monserver and conserver where they name the old one. Then boot files, DHCP and conserver follow, and,
    without -i, the nodes: default route, and those of the scripts syslog, setupntp and mkresolvconf that they have. When one node
    cannot be planned nothing is changed; when a step fails the tables stay as they are, and --resume does it again.

    Each step is noted when it is done. A move that was interrupted is finished by --resume or taken back by --rollback; until then
    its nodes cannot be moved by anything else.
    """
    if lite or no_retarget:
        raise UsageError("snmove -l and -n are for AIX, which is not served; for nodes with Linux leave them out")
    own = _own_word(listing=listing, resume=resume, rollback=rollback)
    others = (source, source_seen, dest, dest_seen, postscripts, leave, takeover)
    if own:
        _check_alone(own, bool(nodes) or any(others))
        from xcatd.plugins.snmove.again import Again

        again = Again(ctx, _number(resume or rollback), verbose=verbose, dry_run=dry_run)
        await (again.show() if listing else again.resume() if resume else again.roll_back())
        return
    _check(nodes, source, (source_seen, dest, dest_seen))
    if leave and postscripts:
        raise UsageError("snmove -i leaves the nodes alone, and -P runs scripts on them: leave one of them out")
    if takeover and not _is_daemon(ctx):
        raise Denied("snmove --takeover is said by the daemon alone, when it moves nodes by itself")
    from xcatd.plugins.snmove.work import Given, work
    from xcatd.services.snmove import Manner, Wish

    wish = Wish(source_seen, dest, dest_seen)
    manner = Manner(not leave, postscripts.strip(), takeover)
    await work(ctx, nodes, Given(wish, source, manner, verbose=verbose, dry_run=dry_run))


def _own_word(*, listing: bool, resume: bool | str, rollback: bool | str) -> str:
    """Which of the words it is that go without nodes. Raises UsageError when there are several."""
    said = [word for word, given in (("--list", listing), ("--resume", resume), ("--rollback", rollback)) if given]
    if len(said) > 1:
        raise UsageError(f"snmove {' and '.join(said)} do not go together: say one of them")
    return "".join(said)


def _check_alone(word: str, more: bool) -> None:
    if more:
        raise UsageError(
            f"snmove {word} takes no nodes and no other words than -V and --dry-run: the move has all that it needs"
        )


def _number(given: bool | str) -> str:
    """The number of a move, "" for none. Raises UsageError."""
    if isinstance(given, bool):
        return ""
    if not given.isdecimal():
        raise UsageError(f"snmove: {given!r} is no number of a move: snmove --list shows them")
    return given


def _is_daemon(ctx: Ctx) -> bool:
    caller = ctx.request.caller
    return caller.role is Role.MANAGEMENT and caller.name.partition(".")[0] == ctx.host.name


def _check(nodes: Sequence[str], source: str, names: Sequence[str]) -> None:
    if nodes and source:
        raise UsageError("snmove takes a noderange or -s, not both")
    if not nodes and not source:
        raise UsageError("snmove needs a noderange, or -s with the service node whose nodes are to be moved")
    for name in filter(None, (source, *names)):
        if _HOST.fullmatch(name) is None:
            raise UsageError(f"snmove: {name!r} is neither a name nor an address of a host")
