"""Seeing whether rsyslog takes a message: one is sent, and comes out in a file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from pathlib import Path

from xcatd.services.files import read_text
from xcatd.services.programs import comes_true
from xcatd.services.syslog.rsyslog import PORT, probe_message


async def takes_messages(probe: Path, within: float) -> bool:
    """Send messages over UDP until one is in the file of test messages, which is empty again then. Raises ServiceError."""
    token = secrets.token_hex(8)
    message = probe_message(token)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.connect(("127.0.0.1", PORT))

        async def has_arrived() -> bool:
            with contextlib.suppress(OSError):  # nobody listens yet
                sender.send(message)
            await asyncio.sleep(0.1)
            return token in await asyncio.to_thread(read_text, probe)

        arrived = await comes_true(has_arrived, within)
    with contextlib.suppress(OSError):
        os.truncate(probe, 0)
    return arrived


async def is_reached(host: str, within: float) -> bool:
    """Whether somebody takes messages over TCP there."""
    try:
        async with asyncio.timeout(within):
            _, writer = await asyncio.open_connection(host, PORT)
    except OSError:  # TimeoutError is one
        return False
    writer.close()
    return True
