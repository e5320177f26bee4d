"""Real handshakes over loopback."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any

_PATIENCE = 20  # seconds


@dataclass(frozen=True)
class Side:
    """How it went for one side. `certificate` is the other's, as `getpeercert()` gives it."""

    error: Exception | None = None
    certificate: dict[str, Any] | None = None
    protocol: str | None = None
    version: str | None = None
    session: ssl.SSLSession | None = None
    resumed: bool | None = None


Client = Callable[[tuple[str, int]], Side]


def meet(server: ssl.SSLContext, client: Client) -> tuple[Side, Side]:
    """One connection; what the server saw, and what the client saw."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener, ThreadPoolExecutor(1) as pool:
        listener.settimeout(_PATIENCE)
        serving: Future[Side] = pool.submit(_serve, listener, server)
        seen = client(listener.getsockname())
        return serving.result(_PATIENCE), seen


def tls_client(context: ssl.SSLContext, name: str | None = "mn1", session: ssl.SSLSession | None = None) -> Client:
    """A client that shakes hands and reads, because with TLS 1.3 it hears of a refusal only then."""

    def connect(address: tuple[str, int]) -> Side:
        try:
            with (
                closing(socket.create_connection(address, _PATIENCE)) as plain,
                closing(context.wrap_socket(plain, server_hostname=name, session=session)) as wrapped,
            ):
                assert wrapped.recv(5) == b"hello"
                return _side(wrapped)
        except OSError as error:
            return Side(error)

    return connect


def plain_client(content: bytes) -> Client:
    """Something that speaks no TLS."""

    def connect(address: tuple[str, int]) -> Side:
        with closing(socket.create_connection(address, _PATIENCE)) as plain:
            plain.sendall(content)
        return Side()

    return connect


def _serve(listener: socket.socket, context: ssl.SSLContext) -> Side:
    plain, _ = listener.accept()
    plain.settimeout(_PATIENCE)
    try:
        with closing(plain), closing(context.wrap_socket(plain, server_side=True)) as wrapped:
            wrapped.sendall(b"hello")
            return _side(wrapped)
    except OSError as error:
        return Side(error)


def _side(wrapped: ssl.SSLSocket) -> Side:
    return Side(
        None,
        wrapped.getpeercert(),
        wrapped.selected_alpn_protocol(),
        wrapped.version(),
        wrapped.session,
        wrapped.session_reused,
    )
