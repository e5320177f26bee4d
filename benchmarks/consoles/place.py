"""A daemon with consoles, their far sides, and what must be in their logs."""

from __future__ import annotations

import gzip
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.consoles.farside import PER_NET
from benchmarks.consoles.speech import lines
from tests.helpers.alone import typed
from tests.helpers.cluster import Daemon, environment, free_port, made
from xcatd.consoles.log.places import FOLDER, Places

SETTLED = 60.0
"""Seconds after which what is not in the logs counts as lost."""


@dataclass
class Orders:
    """A process that does what its standard input says."""

    process: subprocess.Popen[str]

    def order(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()

    def answer(self) -> float:
        """The number behind the word that it answers with, when it has done it."""
        assert self.process.stdout is not None
        return float(self.process.stdout.readline().split()[1])


@contextmanager
def process(words: Sequence[str]) -> Iterator[Orders]:
    """Started and ready; it ends with its standard input."""
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()) as made:
        assert made.stdin is not None and made.stdout is not None
        if not made.stdout.readline():
            raise SystemExit(f"{' '.join(words)} does not start")
        yield Orders(made)
        made.stdin.close()


@dataclass
class FarSide:
    """The process of the far sides, and how many lines each console has said there."""

    orders: Orders
    port: int
    spoken: Counter[int] = field(default_factory=Counter)

    def there(self, consoles: int) -> float:
        """Wait until so many are connected; gives when that was, on the monotonic clock."""
        self.orders.order(f"there {consoles}")
        return self.orders.answer()

    def begin(self, first: int, consoles: int, rate: int, said: int, pack: int = 1) -> None:
        """Have these consoles say `said` lines in all, `rate` a second in all, `pack` at once."""
        self.orders.order(f"talk {first} {consoles} {rate} {said} {pack}")
        for turn, done in enumerate(range(0, said, pack)):
            self.spoken[first + turn % consoles] += min(pack, said - done)

    def end(self) -> float:
        """Wait until all is said; gives the seconds that it took."""
        return self.orders.answer()


@contextmanager
def far_side() -> Iterator[FarSide]:
    port = free_port()
    with process([sys.executable, "-m", "benchmarks.consoles.farside", "--port", str(port)]) as orders:
        yield FarSide(orders, port)


@dataclass
class Place:
    """`far`: the far sides of all consoles but the last one, whose own `quiet` one has nothing else to do."""

    mn: Daemon
    far: FarSide
    quiet: FarSide
    consoles: int
    metrics: int

    @property
    def echo(self) -> str:
        """The node whose far side is the quiet one."""
        return f"e{self.consoles:05}"

    def have_consoles(self) -> None:
        """Say how the consoles are reached."""
        typed(self.mn, "chdef -t group con cons=telnet")

    def up(self) -> float:
        """Wait until all are connected; gives when that was."""
        there = max(self.far.there(self.consoles), self.quiet.there(1))
        states = Counter(line.split()[1] for line in typed(self.mn, "lscons con").splitlines())
        if states != Counter(up=self.consoles + 1):
            raise SystemExit(f"not all consoles are up: {states}")
        return there

    def restart(self) -> float:
        """Stop and start the daemon; gives when it was started."""
        assert self.mn.process is not None
        self.mn.process.terminate()
        self.mn.process.wait(SETTLED)
        began = time.monotonic()
        self.mn.start(wait=False)
        return began

    def wrong_logs(self) -> list[str]:
        """The nodes whose log has not, byte for byte, what the far side has said."""
        deadline = time.monotonic() + SETTLED
        return [node(number) for number in self.far.spoken if not self._is_whole(number, deadline)]

    def _is_whole(self, number: int, deadline: float) -> bool:
        wanted = lines(number, 0, self.far.spoken[number])
        while (found := self._log(node(number))) != wanted and len(found) < len(wanted):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return found == wanted

    def _log(self, name: str) -> bytes:
        """All that is there, what was put aside and compressed with it; too little while that is being done."""
        places = Places(self.mn.root / FOLDER)
        try:
            old = b"".join(_read(part.path) for part in places.old_parts(name))
            return old + _read(places.data(name))
        except FileNotFoundError:
            return b""


def _read(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def node(number: int) -> str:
    return f"c{number:05}"


@contextmanager
def consoled(folder: Path, consoles: int) -> Iterator[Place]:
    """A management node that runs, whose nodes have no consoles yet, and the far sides."""
    with ExitStack() as stack:
        far, quiet = stack.enter_context(far_side()), stack.enter_context(far_side())
        place = Place(made(Daemon(folder / "mn1", "mn1", "127.0.0.1", free_port())), far, quiet, consoles, free_port())
        settings = place.mn.root / "etc/xcat/xcatd.yaml"
        settings.write_text(f"{settings.read_text()}metrics: {place.metrics}\n")
        stack.callback(place.mn.stop)
        place.mn.start()
        _define(place)
        yield place


def _define(place: Place) -> None:
    typed(
        place.mn,
        f"nodeadd c[00000-{place.consoles - 1:05}] groups=many,con",
        f"nodeadd {place.echo} groups=few,con",
        f"chdef -t group many termport={place.far.port} termserver='|c(\\d+)|127.5.($1/{PER_NET}).($1%{PER_NET}+1)|'",
        f"chdef -t group few termport={place.quiet.port} termserver=127.5.0.1",
    )
