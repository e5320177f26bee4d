"""One console: kept open while it is wanted, whatever its far side does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.unit.consoles.far import Far, Kept, Wire
from xcatd.consoles import console as module
from xcatd.consoles.console import Console, State
from xcatd.consoles.line import Line, Way
from xcatd.consoles.viewer import Viewer
from xcatd.daemon.supervisor import Supervisor
from xcatd.errors import NodeError, NotFound


class Bench:
    """A console whose far side the test holds."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.far = Far()
        self.way: Way | None = self.far
        self.kept = Kept()
        self.supervisor = supervisor
        self.tasks: list[asyncio.Task[None]] = []
        self.console = Console("n1", self._find, self.kept, asyncio.Semaphore(1), self._wake)

    def _find(self) -> Way:
        if self.way is None:
            raise NotFound("n1 has no console")
        return self.way

    def _wake(self, console: Console) -> None:
        if not self.tasks or self.tasks[-1].done():
            self.tasks.append(self.supervisor.spawn(console.run(), "console"))

    async def comes(self, question: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not question():  # noqa: ASYNC110 - a console is looked at, as a person does
                await asyncio.sleep(0.001)

    async def becomes(self, state: State) -> None:
        await self.comes(lambda: self.console.state is state)


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(module, "LINGERS", 0.05)
    async with Supervisor() as supervisor:
        yield Bench(supervisor)


async def refused_break(bench: Bench) -> str:
    with pytest.raises(NodeError) as error:
        await bench.console.send_break()
    return str(error.value)


def keep(bench: Bench) -> None:
    bench.console.on_demand = False
    bench.console.consider()


async def test_what_it_says_is_kept_also_when_nobody_looks(bench: Bench) -> None:
    keep(bench)
    bench.far.says(b"login: ")
    await bench.comes(lambda: bench.kept.text == b"login: ")
    assert (bench.console.state, bench.console.history.lines(1)) == (State.UP, b"login: ")
    assert bench.kept.notes == ["up"]


async def test_on_demand_it_is_open_only_while_somebody_looks(bench: Bench) -> None:
    bench.console.consider()
    await asyncio.sleep(0)
    assert (bench.console.state, bench.far.opened) == (State.IDLE, 0)
    viewer = Viewer("root@mn1")
    bench.console.join(viewer)
    await bench.becomes(State.UP)
    bench.console.leave(viewer)
    again = Viewer("root@mn1")
    bench.console.join(again)
    await asyncio.sleep(0.1)
    assert bench.console.state is State.UP  # he came back in time
    bench.console.leave(again)
    await bench.becomes(State.IDLE)
    assert bench.far.opened == 1


async def test_one_that_is_lost_is_opened_again_and_viewers_see_why(bench: Bench) -> None:
    viewer = Viewer("root@mn1")
    bench.console.join(viewer)
    await bench.becomes(State.UP)
    bench.far.breaks_off("the BMC is gone")
    await bench.comes(lambda: bench.far.opened == 2)
    await bench.becomes(State.UP)
    assert (
        await viewer.next()
        == b"\r\n[console is up]\r\n\r\n[console is down: the BMC is gone]\r\n\r\n[console is up]\r\n"
    )
    assert bench.kept.notes == ["root@mn1 attached", "up", "down: the BMC is gone", "up"]


async def test_one_that_cannot_be_reached_is_tried_again(bench: Bench) -> None:
    bench.far.refuses = "nobody answers at 10.0.0.1"
    keep(bench)
    await bench.becomes(State.DOWN)
    assert bench.console.why == "nobody answers at 10.0.0.1"
    bench.far.refuses = ""
    await bench.becomes(State.UP)


async def test_one_that_ends_in_good_order_is_opened_again(bench: Bench) -> None:
    keep(bench)
    bench.far.says(b"")
    await bench.comes(lambda: bench.far.opened == 2)


async def test_another_way_is_taken_at_once_and_the_same_one_goes_on(bench: Bench) -> None:
    keep(bench)
    await bench.becomes(State.UP)
    bench.console.consider()
    await asyncio.sleep(0.02)
    assert bench.far.opened == 1
    other = Far()
    bench.way = other
    bench.console.consider()
    await bench.comes(lambda: other.opened == 1)
    bench.way = None
    bench.console.consider()
    await bench.becomes(State.DOWN)
    assert bench.console.why == "n1 has no console"


async def test_one_types_and_others_look_on(bench: Bench) -> None:
    ann, bob = Viewer("ann@mn1"), Viewer("bob@mn1")
    for viewer in (ann, bob):
        bench.console.join(viewer)
    await bench.becomes(State.UP)
    assert bench.console.take(ann, force=False) is None
    assert bench.console.take(bob, force=False) is ann
    assert bench.console.writer is ann
    assert bench.console.take(bob, force=True) is ann
    assert (bench.console.writer, ann.types) == (bob, False)
    assert b"bob@mn1 types now" in await ann.next()
    assert bench.kept.notes[-1] == "bob@mn1 took over from ann@mn1"
    bench.console.leave(bob)
    assert bench.console.writer is None


async def test_typing_a_break_and_the_window(bench: Bench) -> None:
    await bench.console.type(b"lost")
    with pytest.raises(NodeError, match="the console of n1 is not up"):
        await bench.console.send_break()
    bench.console.resize(25, 80)
    keep(bench)
    await bench.becomes(State.UP)
    assert bench.far.size == (25, 80)
    await bench.console.type(b"ls\r")
    await bench.console.send_break()
    bench.console.resize(50, 132)
    assert (bench.far.typed, bench.far.breaks, bench.far.size) == (b"ls\r", 1, (50, 132))


async def test_who_types_at_one_that_takes_nothing_is_free_when_it_is_taken_down(bench: Bench) -> None:
    bench.far.takes = asyncio.Event()
    keep(bench)
    await bench.becomes(State.UP)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        for octets in (b"ann", b"bob"):
            group.create_task(bench.console.type(octets))
        breaking = group.create_task(refused_break(bench))
        await asyncio.sleep(0)
        bench.console.take_down("root@mn1")
        assert await breaking == "the console of n1 is not up"
    assert (bench.far.typed, bench.far.breaks) == (b"", 0)


async def test_it_can_be_taken_down_and_brought_up_again_by_stealing(bench: Bench) -> None:
    keep(bench)
    await bench.becomes(State.UP)
    bench.console.take_down("root@mn1")
    await bench.becomes(State.OFF)
    bench.console.consider()
    await asyncio.sleep(0.02)
    assert bench.console.state is State.OFF
    bench.console.bring_up("root@mn1", steal=True)
    await bench.becomes(State.UP)
    assert (bench.far.opened, bench.far.stolen) == (2, 1)


async def test_one_that_never_pauses_leaves_room_for_all_else(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def more(wire: Line) -> bytes:
        return b"y\n"

    monkeypatch.setattr(Wire, "read", more)
    keep(bench)
    await bench.becomes(State.UP)
    bench.console.take_down("root@mn1")
    await bench.becomes(State.OFF)


async def test_somebody_who_comes_to_one_that_is_down_has_it_tried_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 3600.0)
    bench.far.refuses = "nobody answers at 10.0.0.1"
    keep(bench)
    await bench.becomes(State.DOWN)
    bench.far.refuses = ""
    bench.console.join(Viewer("root@mn1"))
    await bench.becomes(State.UP)


async def test_pauses_grow_until_it_was_up_for_longer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    clock = [0.0]

    async def pause(console: Console, seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0.001)

    monkeypatch.setattr(Console, "_pause", pause)
    monkeypatch.setattr(module, "_now", lambda: clock[0])
    bench.far.refuses = "off"
    keep(bench)
    await bench.comes(lambda: len(pauses) > 4)
    assert pauses[:4] == [0.01, 0.02, 0.04, 0.08]
    bench.far.refuses = ""
    await bench.becomes(State.UP)
    before = len(pauses)
    bench.far.breaks_off("lost at once")
    await bench.comes(lambda: bench.far.opened == 2)
    clock[0] = 1000.0
    bench.far.breaks_off("it was turned off, and on again")
    await bench.comes(lambda: bench.far.opened == 3)
    assert pauses[before:] == [min(0.01 * 2**before, module.LONGEST_PAUSE), 0.01]


async def test_no_pause_is_long_while_somebody_looks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 3600.0)
    monkeypatch.setattr(module, "WATCHED_PAUSE", 0.01)
    bench.far.refuses = "the virtual machine is off"
    bench.console.join(Viewer("root@mn1"))
    await bench.becomes(State.DOWN)
    bench.far.refuses = ""
    await bench.becomes(State.UP)


async def test_one_whose_holder_is_gone_is_claimed_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 3600.0)
    bench.far.refuses = "in use by another session"
    keep(bench)
    await bench.becomes(State.DOWN)
    bench.far.refuses = ""
    bench.console.claim()
    await bench.becomes(State.UP)
    assert bench.far.stolen == 1
