"""`rcons`: the console of a node at the caller's terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from xcatd.api import FOREVER, Ctx, Node, NodeError, UsageError, Where, command, opt
from xcatd.errors import Moved
from xcatd.model import Raw

SPY = "-s"
"""The word by which the policy knows that somebody only looks on."""


async def _check(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> None:
    if arguments["plain"] and (arguments["force"] or arguments["spy"]):
        raise UsageError("--plain goes without -f and -s: it types when nobody else does")
    if len(nodes) > 1:
        raise UsageError(f"rcons shows one console, and this is {len(nodes)} nodes: see wcons and tcons for several")


def _place(ctx: Ctx) -> str:
    """Where the caller sits, as far as people care."""
    host = ctx.request.caller.host
    return host if host not in ("", "localhost") else next(iter(ctx.request.via), ctx.host.name)


@command("rcons", timeout=FOREVER, interactive=True, where=Where.CONSOLE, prepare=_check)
async def rcons(
    ctx: Ctx,
    node: Node,
    host: str = "",
    *,
    force: Annotated[bool, opt("-f", "--force", "type, also if somebody else does: he looks on then")] = False,
    spy: Annotated[bool, opt(SPY, "--spy", "look on only")] = False,
    plain: Annotated[
        bool, opt("--plain", "without keys of its own, for programs that show consoles, as conserver")
    ] = False,
) -> None:
    """Show the console of a node, and type there. `^Ec.` leaves, `^Ec?` tells what else there is.

    Several may look, one types. Which daemon has the console nodehm.conserver says, else noderes.servicenode; `host`, which
    xCAT has there, is not needed.
    """
    from xcatd.consoles.session import Session
    from xcatd.consoles.viewer import Viewer

    hub = ctx.host.consoles
    if hub is None:
        raise NodeError("there are no consoles without the daemon")
    terminal = ctx.terminal
    caller = ctx.request.caller

    async def show(octets: bytes) -> None:
        await ctx.send(Raw(octets))

    def may(force: bool) -> bool:
        return ctx.may(("-f",) if force else (), (node.name,))

    viewer = Viewer(f"{caller.name or 'somebody'}@{_place(ctx)}")
    session = Session(hub.console(node.name), viewer, terminal, show, may, plain)
    why = await session.run(force=force, spy=spy)
    if why:
        raise Moved(why)
