"""Which ports the tables want, and what the sockets are for that systemd has made."""

from __future__ import annotations

import socket

from xcatd.daemon.listeners import Listener, from_socket
from xcatd.daemon.notify import given_sockets
from xcatd.errors import StoreError
from xcatd.store import Store

PORT = 3001
NODES = 3002


def site_port(store: Store) -> int:
    """The command port: site.xcatdport."""
    try:
        return _number(store, "xcatdport") or PORT
    except StoreError:
        return PORT  # a service node whose tables have not arrived yet


def node_port(store: Store) -> int:
    """The port for nodes under installation, site.xcatiport; 0: none. StoreError: the tables have not arrived yet."""
    return _number(store, "xcatiport")


def given_listeners(store: Store, port: int) -> list[Listener]:
    """The sockets of socket activation; `port` is the command port."""
    return [from_socket(each, nodes=_is_for_nodes(each, store, port)) for each in given_sockets()]


def _is_for_nodes(given: socket.socket, store: Store, port: int) -> bool:
    """3002 is for nodes also before the tables say so, and where they say another port: nobody speaks TLS there."""
    number = 0 if given.family == socket.AF_UNIX else given.getsockname()[1]
    if number in (0, port):
        return False
    try:
        return number in (node_port(store), NODES)
    except StoreError:
        return bool(number == NODES)


def _number(store: Store, key: str) -> int:
    text = store.snapshot.site(key)
    return int(text) if text.isdecimal() and 0 < int(text) < 65536 else 0
