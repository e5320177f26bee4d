"""The stairs: which way to a node, the links to other daemons, and passing requests along them."""

from xcatd.hierarchy.dial import Dialler, Master
from xcatd.hierarchy.feed import Feed
from xcatd.hierarchy.forward import Chances, Forwarder
from xcatd.hierarchy.greeting import hello, read_hello
from xcatd.hierarchy.link import Link
from xcatd.hierarchy.links import Links
from xcatd.hierarchy.looking import Looking
from xcatd.hierarchy.remote import RemoteStore
from xcatd.hierarchy.routes import HERE, Me, Plan, Routes
from xcatd.hierarchy.wire import Wire

__all__ = [
    "HERE",
    "Chances",
    "Dialler",
    "Feed",
    "Forwarder",
    "Link",
    "Links",
    "Looking",
    "Master",
    "Me",
    "Plan",
    "RemoteStore",
    "Routes",
    "Wire",
    "hello",
    "read_hello",
]
