"""The far sides of thousands of consoles in one process: a terminal server whose every address is the serial port of a node.

    python -m benchmarks.consoles.farside --port 4000

prints `ready`. Console N, from 0, is at 127.5.(N / 250).(N % 250 + 1); what is typed there comes back at once. Each line on its
standard input is an order, and answered with one line when it is done; it ends with its standard input.

    there COUNT                         until so many are connected: `there SECONDS`, on the clock of the machine
    talk FIRST COUNT RATE LINES PACK    consoles FIRST up to FIRST + COUNT say LINES lines in all, RATE a second, PACK at once
"""

from __future__ import annotations

import argparse
import select
import socket
import sys
import time
from dataclasses import dataclass, field

from benchmarks.consoles.speech import lines

PER_NET = 250
TICK = 0.005
"""Seconds between two looks at what is to be said."""
_CHUNK = 1 << 16


def address(console: int) -> str:
    return f"127.5.{console // PER_NET}.{console % PER_NET + 1}"


def console_at(place: str) -> int:
    """The number of the console at this address."""
    *_, net, host = place.split(".")
    return int(net) * PER_NET + int(host) - 1


@dataclass(slots=True)
class Peer:
    """A connection. `waiting`: what it has not taken yet."""

    socket: socket.socket
    waiting: bytearray = field(default_factory=bytearray)

    def say(self, octets: bytes) -> None:
        self.waiting += octets
        self.push()

    def push(self) -> None:
        try:
            while self.waiting:
                del self.waiting[: self.socket.send(self.waiting)]
        except (BlockingIOError, ConnectionError):
            return


@dataclass(slots=True)
class Talk:
    """An order to talk, and how far it has come."""

    first: int
    count: int
    rate: float
    lines: int
    pack: int
    began: float = field(default_factory=time.monotonic)
    said: int = 0
    turn: int = 0

    @property
    def due(self) -> int:
        """Lines that should have been said by now."""
        return min(self.lines, int((time.monotonic() - self.began) * self.rate))


class FarSide:
    """Of all addresses of the host's own network, at one port."""

    def __init__(self, port: int) -> None:
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")  # whole networks, of this host only
        self._listener.bind(("0.0.0.0", port))
        self._listener.listen(4096)
        self._listener.setblocking(False)
        self._poll = select.epoll()
        self._poll.register(self._listener.fileno(), select.EPOLLIN)
        self._poll.register(sys.stdin.fileno(), select.EPOLLIN | select.EPOLLHUP)
        self._by_file: dict[int, tuple[int, Peer]] = {}
        self._peers: dict[int, Peer] = {}
        self._spoken: dict[int, int] = {}
        self._talk: Talk | None = None
        self._settling: dict[int, Peer] = {}
        self._expected = 0

    def serve(self) -> None:
        """Until standard input ends."""
        while True:
            for number, events in self._poll.poll(TICK if self._talk else -1, 1024):
                if number == sys.stdin.fileno():
                    if not self._obey(sys.stdin.readline().split()):
                        return
                elif number == self._listener.fileno():
                    self._accept()
                else:
                    self._hear(number, events)
            if self._talk is not None:
                self._go_on(self._talk)

    def _obey(self, words: list[str]) -> bool:
        if words[:1] == ["there"]:
            self._expected = int(words[1])
            self._are_there()
        elif words[:1] == ["talk"]:
            first, count, rate, wanted, pack = map(int, words[1:])
            self._talk = Talk(first, count, rate, wanted, pack)
        return bool(words)

    def _accept(self) -> None:
        try:
            while True:
                made, _ = self._listener.accept()
                made.setblocking(False)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                console, peer = console_at(made.getsockname()[0]), Peer(made)
                self._by_file[made.fileno()] = console, peer
                self._peers[console] = peer
                self._poll.register(made.fileno(), select.EPOLLIN)
        except BlockingIOError:
            self._are_there()

    def _are_there(self) -> None:
        if self._expected and len(self._peers) >= self._expected:
            self._expected = 0
            _say(f"there {time.monotonic()}")

    def _hear(self, number: int, events: int) -> None:
        console, peer = self._by_file[number]
        try:
            octets = peer.socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except ConnectionError:
            octets = b""
        if octets:
            peer.say(octets)
            return
        self._poll.unregister(number)
        del self._by_file[number]
        if self._peers.get(console) is peer:
            del self._peers[console]
        peer.socket.close()

    def _go_on(self, talk: Talk) -> None:
        due = talk.due
        while talk.said < due:
            self._one(talk)
        for console, peer in list(self._settling.items()):
            peer.push()
            if not peer.waiting:
                del self._settling[console]
        if talk.said == talk.lines and not self._settling:
            self._talk = None
            _say(f"talked {time.monotonic() - talk.began}")

    def _one(self, talk: Talk) -> None:
        """The console whose turn it is says something."""
        console = talk.first + talk.turn % talk.count
        count = min(talk.pack, talk.lines - talk.said)
        before, peer = self._spoken.get(console, 0), self._peers[console]
        peer.say(lines(console, before, count))
        if peer.waiting:
            self._settling[console] = peer
        self._spoken[console] = before + count
        talk.said += count
        talk.turn += 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run as a program: see the module's description."""
    parser = argparse.ArgumentParser(
        prog="farside", description="The far sides of consoles, until standard input ends."
    )
    parser.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args()
    side = FarSide(chosen.port)
    _say("ready")
    side.serve()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
