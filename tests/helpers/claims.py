"""What the test processes of a machine share out: ports, and networks of the loopback interface.

What a process is given stays its own until it ends. Whoever runs tests beside it, in the same run or in another one, gets
something else.
"""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Iterable
from contextlib import suppress
from functools import cache

_PORTS, _SIZE = range(20_000, 32_000, 500), 500
"""Blocks of ports below those that outgoing connections and sockets without a wish get (ip_local_port_range)."""
_NETWORKS = range(60, 250)
"""127.N.0.0/16. Below are addresses that tests write out."""
_KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM)


class Ports:
    """The block of this process. Each port is given once in a round, so that one whose server is just stopped is left to it."""

    def __init__(self) -> None:
        self._claim, first = _claimed("ports from", _PORTS)
        self._round = itertools.cycle(range(first, first + _SIZE))
        self._kept: set[int] = set()

    def free(self, address: str) -> int:
        """One that nobody uses now."""
        for number in itertools.islice(self._round, _SIZE):
            if number not in self._kept and all(_can_bind(address, number, kind) for kind in _KINDS):
                return number
        raise AssertionError(f"none of the ports of this test process is free on {address}")

    def keep(self, number: int) -> None:
        """Give it to nobody, until it is released."""
        self._kept.add(number)

    def release(self, number: int) -> None:
        self._kept.discard(number)


@cache
def ports() -> Ports:
    """Those of this process."""
    return Ports()


def network() -> str:
    """The first two numbers of a network of the loopback interface: 127.N. All its addresses are this process's."""
    return f"127.{_network()[1]}"


@cache
def _network() -> tuple[socket.socket, int]:
    return _claimed("network 127", _NETWORKS)


def _claimed(what: str, numbers: Iterable[int]) -> tuple[socket.socket, int]:
    """The first of the numbers that nobody has claimed, and the claim: a name among the sockets of this host (unix(7))."""
    claim = socket.socket(socket.AF_UNIX)
    choice = list(numbers)
    random.SystemRandom().shuffle(choice)
    for number in choice:
        with suppress(OSError):
            claim.bind(f"\0xcatd test {what} {number}")
            return claim, number
    raise AssertionError(f"all {what} are claimed by other test processes")


def _can_bind(address: str, number: int, kind: socket.SocketKind) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        try:
            probe.bind((address, number))
        except OSError:
            return False
    return True
