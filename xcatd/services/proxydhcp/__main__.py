"""The program: `python -m xcatd.services.proxydhcp FILE`. SIGHUP has it read the file again, SIGTERM ends it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import struct
import sys
from ipaddress import IPv4Address
from pathlib import Path

from xcatd.services.proxydhcp.answers import PORT, Question, answer
from xcatd.services.proxydhcp.book import Book, loaded
from xcatd.services.proxydhcp.message import read

_IP_PKTINFO = 8
"""To which of this host's addresses a datagram was sent, or from which one it goes: ip(7). Python names it from 3.14 on only."""
_INFO = struct.Struct("=i4s4s")
"""struct in_pktinfo: the interface, this host's address, the address in the packet."""
_MOST = 4096
log = logging.getLogger("xcatd-proxydhcp")


class Server:
    """A socket and the book from which it answers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = read_book(path)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        self._socket.setblocking(False)

    async def serve(self) -> None:
        """Until SIGTERM comes."""
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        self._socket.bind(("", PORT))
        loop.add_signal_handler(signal.SIGTERM, end.set)
        loop.add_signal_handler(signal.SIGHUP, self._read_again)
        loop.add_reader(self._socket, self._hear)
        try:
            await end.wait()
        finally:
            loop.remove_reader(self._socket)
            self._socket.close()

    def _read_again(self) -> None:
        """It has nothing else to do meanwhile: 20,000 machines take some tenths of a second."""
        try:
            self._book = read_book(self._path)
        except SystemExit as error:  # the old one stays
            log.error("%s", error)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            octets, ancillary, _, (host, port) = self._socket.recvmsg(_MOST, socket.CMSG_SPACE(_INFO.size))
            asked = next(
                (value for level, kind, value in ancillary if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO)), b""
            )
            if len(asked) == _INFO.size:
                self._answer(octets, host, port, IPv4Address(_INFO.unpack(asked)[1]))

    def _answer(self, octets: bytes, host: str, port: int, asked: IPv4Address) -> None:
        message = read(octets)
        found = None if message is None else answer(self._book, Question(message, IPv4Address(host), asked))
        if message is None or found is None:
            return
        log.info("%s (%s) is told what to load", message.mac, host)
        source = (socket.IPPROTO_IP, _IP_PKTINFO, _INFO.pack(0, asked.packed, bytes(4)))
        try:
            self._socket.sendmsg([found], [source], 0, (host, port))
        except OSError as error:
            log.error("no answer can be sent to %s: %s", host, error)


def read_book(path: Path) -> Book:
    """The book. Ends the program, with a sentence, when it cannot be read."""
    try:
        return loaded(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(f"{path} cannot be read: {error}") from error


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m xcatd.services.proxydhcp FILE")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        asyncio.run(Server(Path(sys.argv[1])).serve())
    except OSError as error:
        raise SystemExit(f"UDP port {PORT} cannot be had: {error.strerror or error}") from error


if __name__ == "__main__":
    main()
