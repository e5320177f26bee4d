"""`lscons`: how the consoles of nodes are."""

from __future__ import annotations

from xcatd.api import Ctx, Node, Where, command


@command("lscons", where=Where.CONSOLE)
async def lscons(ctx: Ctx, node: Node) -> None:
    """Show how the consoles of nodes are: up, connecting, down, idle (on demand, and nobody looks), off (taken down) or none; since
    when, why, and who looks.
    """
    consoles = ctx.host.consoles
    console = None if consoles is None else consoles.find(node.name)
    if console is None:
        await ctx.say("none", node=node.name)
        return
    words = [f"{console.state} since {console.since:%Y-%m-%dT%H:%M:%SZ}"]
    words += [f"{viewer.name} {'types' if viewer.types else 'looks on'}" for viewer in console.viewers]
    await ctx.say(", ".join(words), node=node.name)
    for trouble in filter(None, (console.why, console.log_trouble)):
        await ctx.fail(trouble, node=node.name)
