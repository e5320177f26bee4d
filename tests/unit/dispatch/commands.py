"""Commands for tests of the hall: one of each shape."""

from __future__ import annotations

from typing import Annotated, Literal

from xcatd.api import Ctx, Node, Nodes, command, opt


@command("each", changes=True, reads=("stat",))
async def each(
    ctx: Ctx,
    node: Node,
    action: Literal["on", "off", "stat"],
    *,
    wait: Annotated[int, opt("-w", "--wait", "seconds to wait")] = 0,
    force: Annotated[bool, opt("-f", "--force", "whatever it takes")] = False,
    quick: Annotated[bool, opt("-q", "--quick", "be quick")] = False,
    width: Annotated[float, opt("--width", "how wide")] = 1.5,
    how: Annotated[Literal["fast", "slow"], opt("-H", "--how", "the manner")] = "fast",
    where: Annotated[tuple[str, ...], opt("-x", "--where", "only these; may be repeated")] = (),
) -> str:
    """Do something to each node.

    It takes a while.
    """
    return action


@command("many")
async def many(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    columns: tuple[str, ...] = (),
) -> str:
    """All nodes at once."""
    return ",".join(nodes)


@command("none")
async def none(ctx: Ctx, table: str, count: int = 3) -> str:
    """No nodes."""
    return f"{table} {count}"


@command("owner")
async def owner(ctx: Ctx, *, version: Annotated[bool, opt("-v", "--version", "its own")] = False) -> str:
    """Has a -v of its own."""
    return str(version)


@command("passing", of_each=True, verbatim=True)
async def passing(
    ctx: Ctx,
    nodes: Nodes,
    words: tuple[str, ...],
    *,
    verify: Annotated[bool, opt("-v", "--verify", "look first")] = False,
    wait: Annotated[int, opt("-w", "--wait", "seconds to wait")] = 0,
) -> None:
    """Its words are for somebody else."""
