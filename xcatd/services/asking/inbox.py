"""Packets as they come, for clients of protocols over UDP."""

from __future__ import annotations

import asyncio


class Inbox(asyncio.DatagramProtocol):
    """`packets` with who sent them. That nobody listens yet is no news: who asks asks again."""

    def __init__(self) -> None:
        self.packets: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.packets.put_nowait((data, addr))
