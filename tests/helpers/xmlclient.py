"""A client of xCAT 2's protocol for tests: sends bytes over TLS, returns the daemon's whole answer as bytes."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path

_END = b"</xcatresponse>"
_TAIL = 8192
"""Bytes in which the last response of an answer has room."""


def client_context(credentials: Path | None) -> ssl.SSLContext:
    """TLS as xCAT's client does it: with a folder (ca.pem, client-cred.pem) the daemon must be of that authority,
    whatever its host name; without, nobody is checked and nothing is shown.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if credentials is None:
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(credentials / "ca.pem")
        context.load_cert_chain(credentials / "client-cred.pem")
    return context


async def ask(host: str, port: int, request: bytes, credentials: Path | None = None, timeout: float = 30.0) -> bytes:
    """One connection, one request. Ends after the response with serverdone, or when the daemon hangs up.

    Raises TimeoutError after `timeout` seconds, ssl.SSLError and OSError as the connection does.
    """
    async with asyncio.timeout(timeout):
        reader, writer = await asyncio.open_connection(host, port, ssl=client_context(credentials))
        try:
            writer.write(request)
            await writer.drain()
            return await read_answer(reader)
        finally:
            writer.close()
            with suppress(OSError):  # the daemon may have hung up first
                await writer.wait_closed()


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    """Everything up to the end of the response that has serverdone, or up to the end of the connection."""
    answer = bytearray()
    while not (b"<serverdone>" in answer[-_TAIL:] and answer[-_TAIL:].rstrip().endswith(_END)):
        piece = await reader.read(65536)
        if not piece:
            break
        answer += piece
    return bytes(answer)
