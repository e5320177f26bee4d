"""A connected socket, to the daemon on this host or to another one."""

from __future__ import annotations

import os
import sys
from time import monotonic

from xcat_client.native import sockets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from types import ModuleType

    from xcat_client.place import Place

CONNECT_SECONDS = 15.0
"""As xCAT 2's client. Covers TCP and the TLS handshake; an answer may then take as long as it likes."""

_MAX_SOCKET_PATH = 107

_KEEPALIVE = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 4), ("TCP_USER_TIMEOUT", 30_000))
"""Options of tcp(7): after 10 s of silence ask every 5 s, four times; 30 s (here in ms) for what was sent to be taken."""


class Clear:
    """Bytes as they are: the local daemon knows its callers from the kernel and needs no TLS."""

    __slots__ = ()

    def seal(self, data: bytes) -> bytes:
        return data

    def open(self, data: bytes) -> bytes:
        return data

    def farewell(self) -> bytes:
        return b""


def local(path: str, seconds: float) -> socket | None:
    """Connected to the daemon of this host, or None when there is no such socket."""
    net = sockets()
    sock: socket = net.socket(net.AF_UNIX, net.SOCK_STREAM)
    try:
        # The kernel's own timeout: a non-blocking connect would fail at once while the daemon's queue is full.
        sock.setsockopt(net.SOL_SOCKET, net.SO_SNDTIMEO, _timeval(seconds))
        _connect_path(sock, path)
    except (FileNotFoundError, NotADirectoryError):
        sock.close()
        return None
    except OSError as error:
        sock.close()
        from xcat_client import blame

        raise blame.local(path, error, seconds) from error
    return sock


def _connect_path(sock: socket, path: str) -> None:
    if len(os.fsencode(path)) <= _MAX_SOCKET_PATH:
        sock.connect(path)
        return
    folder, _, name = path.rpartition("/")
    handle = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        sock.connect(f"/proc/self/fd/{handle}/{name}")
    finally:
        os.close(handle)


def _timeval(seconds: float) -> bytes:
    """C's struct timeval, without the price of importing struct."""
    word = (sys.maxsize.bit_length() + 1) // 8
    whole = int(seconds)
    micro = int((seconds - whole) * 1_000_000)
    return whole.to_bytes(word, sys.byteorder) + micro.to_bytes(word, sys.byteorder)


def remote(place: Place, deadline: float) -> socket:
    """Connected by TCP to the first address of `place` that answers before `deadline` (of time.monotonic)."""
    from xcat_client import blame

    net = sockets()
    addresses = _addresses(net, place)
    while True:
        family, kind, protocol, _, address = addresses.pop(0)
        sock: socket = net.socket(family, kind, protocol)
        # Each address gets its share of the time, so that a silent one does not use up that of the others.
        sock.settimeout(max(0.001, (deadline - monotonic()) / (len(addresses) + 1)))
        try:
            sock.setsockopt(net.IPPROTO_TCP, net.TCP_NODELAY, 1)
            sock.connect(address)
        except OSError as error:
            sock.close()
            if not addresses:
                raise blame.unreachable(place, error) from error
        else:
            return sock


def _addresses(net: ModuleType, place: Place) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
    from xcat_client import blame

    try:
        # As bytes: getaddrinfo would import the whole IDNA machinery for a str, 6 ms.
        host = place.host.encode("ascii" if place.host.isascii() else "idna")
        found = net.getaddrinfo(host, place.port, 0, net.SOCK_STREAM)
    except (net.gaierror, UnicodeError) as error:
        raise blame.unknown_host(place) from error
    return list(found)


def watch(sock: socket) -> None:
    """Have the kernel notice within half a minute that the other host is gone, though nobody types and nobody speaks."""
    net = sockets()
    if sock.family == net.AF_UNIX:
        return
    sock.setsockopt(net.SOL_SOCKET, net.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        sock.setsockopt(net.IPPROTO_TCP, getattr(net, name), value)
