"""Thousands of BMCs in one process, for the largest sizes: each a `Miniature` with an address of its own.

    python -m tests.simulators.crowd --count 10000 --address 127.4.0.1 --deaf 1000

prints `ready` once all of them listen. Each line on its standard input is an order, answered with `done`: `forget`, as if
all BMCs had rebooted. It ends with its standard input. What it does not do is what `Miniature` does not; ipmitool and
ipmipower accept it. Of each ten BMCs the last one is deaf until there are enough of those: it takes datagrams and says nothing.
"""

from __future__ import annotations

import argparse
import resource
import select
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.simulators.bmcs import Rack
from tests.simulators.miniature import Miniature

BUFFER = 16
"""Datagrams that are read from one BMC before the next one has its turn."""
SPARE = 100
"""Files beside the sockets."""


@dataclass(frozen=True, slots=True)
class Member:
    """One BMC and its socket."""

    bmc: Miniature
    socket: socket.socket

    def serve(self) -> None:
        """Answer what has come."""
        for _ in range(BUFFER):
            try:
                datagram, asker = self.socket.recvfrom(1024)
            except BlockingIOError:
                return
            if (answer := self.bmc.answer(datagram)) is not None:
                self.socket.sendto(answer, asker)


def is_deaf(index: int, deaf: int) -> bool:
    """Whether the BMC of this number, from 0, says nothing."""
    return index % 10 == 9 and index // 10 < deaf


def members(rack: Rack, deaf: int) -> Iterator[Member]:
    """The BMCs that answer. The sockets of the others are made too, so that nothing is refused, and stay open with the
    process."""
    user = rack.users[0]
    for index, place in enumerate(rack.places()):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        made.bind(place)
        if is_deaf(index, deaf):
            made.detach()
        else:
            yield Member(Miniature(user.name, user.password), made)


def serve(crowd: Sequence[Member]) -> None:
    """Until standard input ends."""
    by_file = {each.socket.fileno(): each for each in crowd}
    poll = select.epoll()
    for number in by_file:
        poll.register(number, select.EPOLLIN)
    poll.register(sys.stdin.fileno(), select.EPOLLIN | select.EPOLLHUP)
    while True:
        for number, _ in poll.poll(maxevents=1024):
            if (member := by_file.get(number)) is not None:
                member.serve()
            elif not _obey(crowd, sys.stdin.readline()):
                return


def _obey(crowd: Sequence[Member], order: str) -> bool:
    """Do what standard input says; False at its end."""
    if order.strip() == "forget":
        for each in crowd:
            each.bmc.reboot()
        sys.stdout.write("done\n")
        sys.stdout.flush()
    return bool(order)


def main(words: Sequence[str] | None = None) -> int:
    """Run as a program: see the module's description."""
    parser = argparse.ArgumentParser(
        prog="crowd", description="Thousands of simulated BMCs, until standard input ends."
    )
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--address", default="127.4.0.1", help="of the first BMC")
    parser.add_argument("--deaf", type=int, default=0, help="how many say nothing, one of ten at the most")
    chosen = parser.parse_args(words)
    wanted = chosen.count + SPARE
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, most)))
    crowd = list(members(Rack(chosen.count, chosen.address), chosen.deaf))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    serve(crowd)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
