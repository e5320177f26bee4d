"""The parts of the benchmark, and the rows that they give."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.consoles.beside import conserver, pss
from benchmarks.consoles.keys import echoes, onlooker, reading
from benchmarks.consoles.place import Place, consoled, far_side, node
from benchmarks.consoles.sol import sol_consoles
from benchmarks.consoles.speech import lines
from benchmarks.lag import lag, p99
from benchmarks.scale.measure import cpu_exactly
from benchmarks.table import Measured, median, show
from tests.helpers.cluster import Daemon

SETTLES = 3.0
"""Seconds before memory is looked at."""
PER_CONSOLE, ECHO, LAG = 60.0, 20.0, 50.0
"""Aims: kB of an idle console; ms until a key's echo, p99, on an idle daemon; ms that the loop is late, p99, under load."""
FLOOD = 1 << 20
"""Bytes a second of a console that floods; a serial line at 115,200 bit/s has 11,520."""
LINE = 88
"""Bytes of a line, about."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """`many` consoles that are idle, `busy` ones of them that say ten lines a second for `seconds`; `keys` are typed each time;
    `sol`: consoles by IPMI; `beside`: how many conserver has, too; `runs`: starts."""

    many: int
    busy: int
    seconds: int
    keys: int
    sol: int
    beside: int
    runs: int


FULL = Sizes(10_000, 1_000, 20, 500, 1_000, 1_000, 3)
QUICK = Sizes(500, 100, 5, 100, 200, 100, 1)


def main(options: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks consoles", allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="a small size: memory and times are rough then")
    parser.add_argument("--only", default=",".join(PARTS), metavar="PART,...", help=f"of {', '.join(PARTS)}")
    chosen = parser.parse_args(options)
    wanted = chosen.only.split(",")
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    sizes = QUICK if chosen.quick else FULL
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            rows = list(PARTS[name](Path(folder), sizes))
        show(f"consoles-{name}", rows, keep=not chosen.quick)
    return 0


def _many(folder: Path, sizes: Sizes) -> Iterator[Measured]:
    """Memory, and the time until all are up."""
    many = f"{sizes.many:,} consoles"
    with consoled(folder, sizes.many) as place:
        place.restart()
        place.mn.wait()
        before = _memory(place.mn)
        began = time.monotonic()
        place.have_consoles()
        yield Measured(f"{many} up after they were defined", round(place.up() - began, 2), "s", 1)
        yield _each("memory of a console that has said nothing", place, before, PER_CONSOLE)
        place.far.begin(0, sizes.many, 10, 10 * sizes.seconds)
        cpu, late = cpu_exactly(place.mn), lag(place.metrics)
        spent = place.far.end()
        cpu = cpu_exactly(place.mn) - cpu
        yield Measured(f"{many}, 10 lines/s in all, daemon CPU", round(100 * cpu / spent, 1), "%", 1)
        yield Measured("the same, loop lag, p99 not above", 1000 * p99(late, lag(place.metrics)), "ms", 1, aim=LAG)
        yield from _echoes(f"key to echo beside {many}, idle", place, sizes, ECHO)
        yield _chatty(place, sizes)
        yield from _full(place, sizes, before)
        starts, cpus = zip(*[_start(place) for _ in range(sizes.runs)], strict=True)
        yield median(f"{many} up after the start of the daemon", starts, "s")
        yield median("the same, daemon CPU", cpus, "s")
        yield _whole(place)


def _chatty(place: Place, sizes: Sizes) -> Measured:
    """Each console says a line a second: more logs have news all the time than files are open."""
    cpu = cpu_exactly(place.mn)
    place.far.begin(0, sizes.many, sizes.many, sizes.many * sizes.seconds // 2)
    spent = place.far.end()
    what = f"{sizes.many:,} consoles, {sizes.many:,} lines/s in all, daemon CPU"
    return Measured(what, round(100 * (cpu_exactly(place.mn) - cpu) / spent, 1), "%", 1)


def _full(place: Place, sizes: Sizes, before: float) -> Iterator[Measured]:
    """Each console has said more than is kept for those who come later."""
    each = 160
    place.far.begin(0, sizes.many, 20_000, each * sizes.many, 8)
    place.far.end()
    yield _each(f"memory of a console that has said {each * LINE / 1024:.0f} kB", place, before, PER_CONSOLE)


def _start(place: Place) -> tuple[float, float]:
    began = place.restart()
    return place.up() - began, cpu_exactly(place.mn)


def _busy(folder: Path, sizes: Sizes) -> Iterator[Measured]:
    """Ten lines a second of each: the log, keys, and viewers who do not read."""
    rate = 10 * sizes.busy
    load = f"{sizes.busy:,} consoles, {rate:,} lines/s in all"
    with consoled(folder, sizes.busy) as place:
        place.have_consoles()
        place.up()
        yield from _echoes(f"key to echo, {sizes.busy:,} idle consoles", place, sizes, ECHO)
        late = lag(place.metrics)
        cpu = cpu_exactly(place.mn)
        place.far.begin(0, sizes.busy, rate, rate * sizes.seconds)
        spent = place.far.end()
        cpu = cpu_exactly(place.mn) - cpu
        yield Measured(f"{load}, daemon CPU", round(100 * cpu / spent, 1), "%", 1)
        yield Measured("the same, loop lag, p99 not above", 1000 * p99(late, lag(place.metrics)), "ms", 1, aim=LAG)
        yield _whole(place)
        place.far.begin(0, sizes.busy, rate, rate * sizes.seconds)
        yield from _echoes(f"key to echo beside {load}", place, sizes)
        place.far.end()
        yield _whole(place)
        yield from _deaf(place, sizes, rate)


def _deaf(place: Place, sizes: Sizes, rate: int) -> Iterator[Measured]:
    """Two look at a console that floods, of which one does not read; two at one of those that say ten lines a second."""
    before = place.far.spoken[0]
    with onlooker(place, node(0)) as deaf, onlooker(place, node(0)) as other:
        late = lag(place.metrics)
        with reading(other):
            place.far.begin(0, 1, FLOOD // LINE, FLOOD // LINE * sizes.seconds, 4)
            spent = place.far.end()
            keys = _whole(place)
        said = lines(0, before, place.far.spoken[0] - before)
        yield Measured("one console floods, two look, one does not read", round(len(said) / spent / 1024), "kB/s", 1)
        yield Measured("the same, loop lag, p99 not above", 1000 * p99(late, lag(place.metrics)), "ms", 1, aim=LAG)
        yield keys
        wrong = 0 if bytes(other.seen) == said else max(1, abs(len(said) - len(other.seen)))
        yield Measured("bytes that the one who reads has not seen", wrong, "bytes", 1, aim=0)
        with reading(deaf):
            pass
        yield Measured("left out for the one who does not, as he is told", deaf.left_out >> 10, "kB", 1)


def _sol(folder: Path, sizes: Sizes) -> Iterator[Measured]:
    """By IPMI: a session, a pulse and a serial port each."""
    with sol_consoles(folder, sizes.sol) as place:
        before = _memory(place.mn)
        began = time.monotonic()
        place.have_consoles()
        yield Measured(
            f"{sizes.sol:,} consoles by SOL up after they were defined", round(place.up() - began, 2), "s", 1
        )
        after = _memory(place.mn)
        yield Measured("memory of one", round((after - before) / sizes.sol, 1), "kB", 1, aim=PER_CONSOLE)
        cpu, began = cpu_exactly(place.mn), time.monotonic()
        time.sleep(sizes.seconds)
        cpu = (cpu_exactly(place.mn) - cpu) / (time.monotonic() - began)
        yield Measured("daemon CPU while they say nothing", round(100 * cpu, 1), "%", 1)


def _beside(folder: Path, sizes: Sizes) -> Iterator[Measured]:
    """The same far sides with conserver, then with xcatd."""
    count, rate = sizes.beside, 10 * sizes.beside
    title = f"{count:,} consoles"
    with far_side() as far, conserver(folder / "conserver", far, count) as theirs:
        yield Measured(f"conserver: {title} up", round(far.there(count) - theirs.began, 2), "s", 1)
        time.sleep(SETTLES)
        yield Measured("conserver: processes", len(theirs.all), "", 1)
        yield Measured("conserver: memory in all (PSS)", round(theirs.memory(), 1), "MiB", 1)
        cpu = theirs.cpu()
        far.begin(0, count, rate, rate * sizes.seconds)
        spent = far.end()
        yield Measured(f"conserver: {rate:,} lines/s, CPU", round(100 * (theirs.cpu() - cpu) / spent, 1), "%", 1)
    with consoled(folder, count) as place:
        place.have_consoles()
        place.up()
        yield Measured(f"xcatd: {title} up", round(_start(place)[0], 2), "s", 1)
        yield Measured("xcatd: memory in all (PSS)", round(_memory(place.mn) / 1024, 1), "MiB", 1)
        cpu = cpu_exactly(place.mn)
        place.far.begin(0, count, rate, rate * sizes.seconds)
        spent = place.far.end()
        yield Measured(f"xcatd: {rate:,} lines/s, CPU", round(100 * (cpu_exactly(place.mn) - cpu) / spent, 1), "%", 1)


def _memory(daemon: Daemon) -> float:
    """PSS in kB, a moment after whatever was done."""
    assert daemon.process is not None
    time.sleep(SETTLES)
    return pss(daemon.process.pid)


def _each(what: str, place: Place, before: float, aim: float) -> Measured:
    return Measured(what, round((_memory(place.mn) - before) / place.consoles, 1), "kB", 1, aim=aim)


def _echoes(what: str, place: Place, sizes: Sizes, aim: float | None = None) -> Iterator[Measured]:
    found = sorted(echoes(place, sizes.keys))
    yield Measured(f"{what}, p50", round(statistics.median(found), 2), "ms", len(found))
    yield Measured(f"{what}, p99", round(found[int(0.99 * len(found))], 2), "ms", len(found), aim=aim)


def _whole(place: Place) -> Measured:
    """Compares all logs with what was said."""
    said = sum(place.far.spoken.values())
    return Measured(f"logs of {said:,} lines that differ in any byte", len(place.wrong_logs()), "logs", 1, aim=0)


PARTS: dict[str, Callable[[Path, Sizes], Iterator[Measured]]] = {
    "many": _many,
    "busy": _busy,
    "sol": _sol,
    "beside": _beside,
}
