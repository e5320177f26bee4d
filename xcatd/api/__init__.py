"""All that a plugin author imports: one decorator, two node types, a context and the errors.

    @command("rbeacon", timeout=30)
    async def rbeacon(ctx: Ctx, node: Node, state: Literal["on", "off"]) -> str:
        '''Turn the identify lights of nodes on or off.'''

`node: Node` = the command runs once per node, side by side. `nodes: Nodes` = once for all of them. Neither = it takes no
noderange. Other positional parameters are operands (`Literal` gives the choices, `tuple[str, ...]` takes the rest),
keyword-only parameters annotated with `opt(...)` are options. The docstring is the help text. Return a string or
`await ctx.say(...)`; raise to fail.
"""

from xcatd.api.ctx import Ctx, ReadStdin
from xcatd.api.declare import FOREVER, command, commands_of, opt
from xcatd.api.host import Host, Sink
from xcatd.api.others import Others, Outcome
from xcatd.errors import (
    BadCredentials,
    Busy,
    Denied,
    NodeError,
    NotFound,
    StoreError,
    TimedOut,
    Unreachable,
    Unsupported,
    UsageError,
    XcatError,
)
from xcatd.model import Channel, Completes, Node, Nodes, Verdict, Where
from xcatd.store import Delete, Put

__all__ = [
    "FOREVER",
    "BadCredentials",
    "Busy",
    "Channel",
    "Completes",
    "Ctx",
    "Delete",
    "Denied",
    "Host",
    "Node",
    "NodeError",
    "Nodes",
    "NotFound",
    "Others",
    "Outcome",
    "Put",
    "ReadStdin",
    "Sink",
    "StoreError",
    "TimedOut",
    "Unreachable",
    "Unsupported",
    "UsageError",
    "Verdict",
    "Where",
    "XcatError",
    "command",
    "commands_of",
    "opt",
]
