"""TLS handshakes of asyncio connections, such that the side that is turned away learns why."""

from __future__ import annotations

import asyncio
import socket
import ssl
from asyncio.sslproto import SSLProtocol

FAREWELL = 1.0
"""Seconds that the end of a connection may take."""


class _Telling(SSLProtocol):
    """asyncio drops the alert by which OpenSSL says what is wrong with a peer's certificate, so that the peer sees a bare
    end of the connection. This sends it. The names are asyncio's own since 3.11; a test of the alert holds them.
    """

    max_size = 64 * 1024
    """Bytes of the buffer that each connection has; asyncio's own 256 KiB are filled with zeros for every caller."""

    def _on_handshake_complete(self, handshake_exc: BaseException | None) -> None:
        if handshake_exc is not None:
            self._process_outgoing()  # type: ignore[attr-defined]  # typeshed does not know it
        super()._on_handshake_complete(handshake_exc)


async def answer(caller: socket.socket, talker: asyncio.BaseProtocol, context: ssl.SSLContext, seconds: float) -> None:
    """Shake hands with a caller who has been accepted; `talker` is connected at the end.

    Raises OSError, after `seconds` at the latest.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    protocol = _Telling(
        loop,
        talker,
        context,
        done,
        server_side=True,
        ssl_handshake_timeout=seconds,  # type: ignore[arg-type]  # any number will do
        ssl_shutdown_timeout=FAREWELL,
    )
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, caller)
    await _finish(transport, done)


async def dial(host: str, port: int, talker: asyncio.BaseProtocol, context: ssl.SSLContext) -> None:
    """Connect to a daemon that must prove to be `host`; `talker` is connected at the end. Raises OSError."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    protocol = _Telling(loop, talker, context, done, server_hostname=host, ssl_shutdown_timeout=FAREWELL)
    transport, _ = await loop.create_connection(lambda: protocol, host, port)
    await _finish(transport, done)


async def _finish(transport: asyncio.BaseTransport, done: asyncio.Future[None]) -> None:
    try:
        await done
    except BaseException:
        transport.close()
        raise
