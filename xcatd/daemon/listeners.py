"""The sockets on which callers arrive."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import AlreadyRunning, ConfigError, XcatError

BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket; `secure` ones speak TLS. `nodes`: of the door for nodes, which speak plain text."""

    socket: socket.socket
    secure: bool
    nodes: bool = False

    @property
    def port(self) -> int:
        """0 for a Unix socket."""
        return 0 if self.socket.family == socket.AF_UNIX else int(self.socket.getsockname()[1])


def from_socket(given: socket.socket, *, nodes: bool = False) -> Listener:
    """A listener that somebody else has made: systemd, or the daemon before us."""
    given.setblocking(False)
    return Listener(given, secure=given.family != socket.AF_UNIX and not nodes, nodes=nodes)


def listen(addresses: Sequence[str], port: int, path: Path) -> list[Listener]:
    """Listen on a port of these addresses (none: all, IPv6 and IPv4) and on the Unix socket.

    Raises AlreadyRunning when a port is taken, ConfigError when an address is not this host's.
    """
    made: list[socket.socket] = []
    try:
        _ports(addresses, port, made, "xcatd.yaml")
        listeners = [Listener(each, secure=True) for each in made]
        return [*listeners, Listener(_local(path), secure=False)]
    except XcatError:
        for each in made:
            each.close()
        raise


def listen_for_nodes(addresses: Sequence[str], port: int) -> list[Listener]:
    """Listen for nodes under installation, on the same addresses. Raises as `listen` does."""
    made: list[socket.socket] = []
    try:
        _ports(addresses, port, made, "site.xcatiport")
    except XcatError:
        for each in made:
            each.close()
        raise
    return [Listener(each, secure=False, nodes=True) for each in made]


def _ports(addresses: Sequence[str], port: int, made: list[socket.socket], where: str) -> None:
    for address in addresses or ("::", "0.0.0.0"):  # noqa: S104 - nodes and clients arrive on every network
        try:
            _bind(address, port, made)
        except OSError as error:
            if not addresses and error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                continue  # a host without IPv6, or without IPv4
            if error.errno == errno.EADDRINUSE:
                raise AlreadyRunning(
                    f"Port {port} of {address} is taken by another program (see: ss -ltnp 'sport = :{port}'); stop it, or "
                    f"set another port in {where}"
                ) from error
            raise ConfigError(
                f"Cannot listen on {address} port {port}: {error.strerror}; correct addresses or port in xcatd.yaml"
            ) from error
    if not made:
        raise ConfigError(f"This host has neither IPv6 nor IPv4 to listen on port {port}")


def _bind(address: str, port: int, made: list[socket.socket]) -> None:
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else "it is no host name"
        raise ConfigError(f"The address {address!r} to listen on is unknown: {reason}; correct xcatd.yaml") from error
    for family, kind, protocol, _, place in dict.fromkeys(found):
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(place)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
        listener.setblocking(False)
        made.append(listener)


def bind_local(listener: socket.socket, path: Path) -> None:
    """Bind a Unix socket, replacing an old file. Raises ConfigError.

    The address goes by way of a file descriptor of the folder, because a socket's path may have 107 bytes at the most.
    """
    try:
        path.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_PATH | os.O_CLOEXEC)
        try:
            listener.bind(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
    except OSError as error:
        listener.close()
        raise ConfigError(f"The socket {path} cannot be made: {error.strerror}") from error


def _local(path: Path) -> socket.socket:
    """The Unix socket: everybody may connect, the policy table decides. The lock says that an old file is stale."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bind_local(listener, path)
    path.chmod(0o666)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener
