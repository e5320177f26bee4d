"""The nouns that travel through the daemon: frozen, without I/O, without asyncio."""

from xcatd.model.attribute import Attribute
from xcatd.model.batch import Batch
from xcatd.model.caller import Caller, Role
from xcatd.model.command import Command, Completes, Operand, Option, Where
from xcatd.model.node import Node, Nodes
from xcatd.model.origin import Origin
from xcatd.model.reply import (
    Block,
    Channel,
    Done,
    Ended,
    Failure,
    Line,
    NodeBlock,
    NodeLine,
    Progress,
    Raw,
    Reply,
    Verdict,
    length_of,
)
from xcatd.model.request import Request
from xcatd.model.secret import Secret
from xcatd.model.terminal import Key, Size, Terminal, Typed
from xcatd.model.trace import current_request

__all__ = [
    "Attribute",
    "Batch",
    "Block",
    "Caller",
    "Channel",
    "Command",
    "Completes",
    "Done",
    "Ended",
    "Failure",
    "Key",
    "Line",
    "Node",
    "NodeBlock",
    "NodeLine",
    "Nodes",
    "Operand",
    "Option",
    "Origin",
    "Progress",
    "Raw",
    "Reply",
    "Request",
    "Role",
    "Secret",
    "Size",
    "Terminal",
    "Typed",
    "Verdict",
    "Where",
    "current_request",
    "length_of",
]
