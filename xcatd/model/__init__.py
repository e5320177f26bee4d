"""The nouns that travel through the daemon: frozen, without I/O, without asyncio."""

from xcatd.model.attribute import Attribute
from xcatd.model.caller import Caller, Role
from xcatd.model.command import Command, Operand, Option, Where
from xcatd.model.node import Node, Nodes
from xcatd.model.origin import Origin
from xcatd.model.reply import Channel, Done, Ended, Failure, Line, Reply, Verdict
from xcatd.model.request import Request
from xcatd.model.secret import Secret
from xcatd.model.trace import current_request

__all__ = [
    "Attribute",
    "Caller",
    "Channel",
    "Command",
    "Done",
    "Ended",
    "Failure",
    "Line",
    "Node",
    "Nodes",
    "Operand",
    "Option",
    "Origin",
    "Reply",
    "Request",
    "Role",
    "Secret",
    "Verdict",
    "Where",
    "current_request",
]
