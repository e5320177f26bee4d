"""TLS with a caller who has been accepted, such that one who is turned away learns why."""

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

    def _on_handshake_complete(self, handshake_exc: BaseException | None) -> None:
        if handshake_exc is not None:
            self._process_outgoing()  # type: ignore[attr-defined]  # typeshed does not know it
        super()._on_handshake_complete(handshake_exc)


async def shake_hands(
    caller: socket.socket, talker: asyncio.BaseProtocol, context: ssl.SSLContext, seconds: float
) -> None:
    """The server's side of a handshake; `talker` is connected at its end. Raises OSError within `seconds`."""
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
    try:
        await done
    except BaseException:
        transport.close()
        raise
