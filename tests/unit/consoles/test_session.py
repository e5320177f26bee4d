"""Somebody at a terminal and a console: what he types and sees, and conserver's escapes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.unit.consoles.far import Far, Kept
from xcatd.consoles import session
from xcatd.consoles.console import Console, State
from xcatd.consoles.session import Session
from xcatd.consoles.viewer import Viewer
from xcatd.daemon.supervisor import Supervisor
from xcatd.hierarchy.keys import Keys, packed
from xcatd.model import Size
from xcatd.protocol.frames import Kind


class Seat:
    """A person at a console."""

    def __init__(self, room: Room, name: str, *, force: bool, spy: bool, plain: bool = False) -> None:
        self.screen = ""
        self.told: list[Kind] = []
        self.asked: list[bool] = []
        self.allowed = {True, False}
        self.keys = Keys(lambda kind, payload: self.told.append(kind))
        self.keys.take(Kind.WINDOW, packed(Size(25, 80)))
        self.viewer = Viewer(name)
        self.why: str | None = None
        mine = Session(room.console, self.viewer, self.keys, self._send, self._may, plain)
        self.task = room.supervisor.spawn(self._run(mine, force=force, spy=spy), name)

    async def _run(self, mine: Session, *, force: bool, spy: bool) -> None:
        self.why = await mine.run(force=force, spy=spy)

    async def _send(self, octets: bytes) -> None:
        self.screen += octets.decode()

    def _may(self, force: bool) -> bool:
        self.asked.append(force)
        return force in self.allowed

    def type(self, text: str) -> None:
        self.keys.take(Kind.INPUT, text.encode())

    async def see(self, text: str) -> str:
        """Wait until it stands on the screen; gives what is before it, and wipes both."""
        await comes(lambda: text in self.screen)
        before, _, self.screen = self.screen.partition(text)
        return before


class Room:
    """A console, and who sits at it."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.far, self.kept, self.supervisor = Far(), Kept(), supervisor
        self.console = Console("n1", lambda: self.far, self.kept, asyncio.Semaphore(1), self._wake)
        self._task: asyncio.Task[None] | None = None

    def _wake(self, console: Console) -> None:
        if self._task is None or self._task.done():
            self._task = self.supervisor.spawn(console.run(), "console")

    async def sit(self, name: str = "ann@mn1", *, force: bool = False, spy: bool = False) -> Seat:
        seat = Seat(self, name, force=force, spy=spy)
        await seat.see("[Enter `^Ec?' for help]")
        await comes(lambda: self.console.state is State.UP)
        return seat


async def comes(question: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not question():  # noqa: ASYNC110 - it is looked at, as a person does
            await asyncio.sleep(0.001)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with Supervisor() as supervisor:
        yield Room(supervisor)


async def test_who_comes_first_types_and_sees_what_the_console_says(room: Room) -> None:
    ann = await room.sit()
    await ann.see("[you type]")
    room.far.says(b"login: ")
    await ann.see("login: ")
    ann.type("root\r")
    await comes(lambda: room.far.typed == b"root\r")
    assert (room.far.size, ann.asked) == ((25, 80), [False])
    ann.keys.take(Kind.WINDOW, packed(Size(50, 132)))
    await comes(lambda: room.far.size == (50, 132))
    ann.type("\x05c.")
    await comes(lambda: ann.why == "")
    assert "[disconnected]" in ann.screen
    assert room.console.viewers == []


async def test_who_comes_second_looks_on_until_he_takes_over(room: Room) -> None:
    ann, bob = await room.sit(), await room.sit("bob@mn1")
    await bob.see("[ann@mn1 types, you look on; `^Ecf' takes over]")
    bob.type("x")
    await bob.see("\a")
    room.far.says(b"both see this")
    for seat in (ann, bob):
        await seat.see("both see this")
    bob.type("\x05cf")
    await bob.see("[you type now, ann@mn1 looks on]")
    await ann.see("[bob@mn1 types now, you look on]")
    bob.type("y")
    await comes(lambda: room.far.typed == b"y")
    bob.type("\x05cs")
    await bob.see("[you look on only]")
    ann.type("\x05ca")
    await ann.see("[you type]")
    assert (ann.asked, bob.asked) == ([False, False], [False, True])


async def test_who_may_not_type_is_told_so(room: Room) -> None:
    ann = await room.sit(spy=True)
    await ann.see("[you look on only]")
    ann.allowed = set()
    ann.type("\x05ca")
    await ann.see("[you may not type here]")
    ann.type("\x05cl0\x05cd\x05co")
    for _ in range(3):
        await ann.see("[only who types may do that; `^Eca' first]")
    assert (room.far.breaks, room.console.writer) == (0, None)


async def test_the_other_escapes(room: Room) -> None:
    room.far.says(b"".join(f"line {number}\r\n".encode() for number in range(100)))
    ann = await room.sit()
    await ann.see("line 99")
    ann.type("\x05cw")
    await ann.see("[ann@mn1 types since ")
    ann.type("\x05ci")
    await ann.see("[console of n1 is up since ")
    room.kept.full = "there is no room"
    ann.type("\x05ci")
    await ann.see("[there is no room]")
    ann.type("\x05cr")
    await ann.see("[what it said last]\r\nline 80\r\n")
    ann.type("\x05cp")
    await ann.see("[what it said last]\r\nline 40\r\n")
    ann.type("\x05c\x12")
    await ann.see("[what it said last]\r\nline 99\r\n")
    ann.type("\x05cl0")
    await ann.see("[break sent]")
    ann.type("\x05cl?")
    await ann.see("[`^Ecl0' sends a break]")
    ann.type("\x05cz")
    await comes(lambda: Kind.SUSPEND in ann.told)
    ann.type("\x05c?")
    await ann.see("look on only (spy)\r\n")
    ann.type("\x05c$")
    await ann.see("[unknown, `^Ec?' for help]")
    ann.type("\x05ce\x01x\x01x.")
    await comes(lambda: ann.why == "")
    assert room.far.breaks == 1


async def test_a_message_goes_to_all_who_look_and_not_to_the_console(room: Room) -> None:
    ann, bob = await room.sit(), await room.sit("bob@mn1", spy=True)
    bob.type("\x05cbI reboot it, soon\x7f\x7f\x7f\x7f")
    await bob.see("I reboot it, soon\b \b\b \b\b \b\b \b")
    bob.type("now\r")
    for seat in (ann, bob):
        await seat.see("[bob@mn1: I reboot it, now]")
    assert "bob@mn1: I reboot it, now" in room.kept.notes
    ann.type("\x05cbnot this\x03typed")
    await ann.see("[no message]")
    ann.type("\x05cbnor this\x05cw")
    await ann.see("[ann@mn1 types since ")
    ann.type(" again\x05cs")
    await ann.see("[you look on only]")
    assert room.far.typed == b"typed again"


async def test_a_program_types_when_nobody_else_does_and_has_no_escapes(room: Room) -> None:
    program = Seat(room, "conservr@mn1", force=False, spy=False, plain=True)
    assert await program.see("[console is up]") == "\r\n"
    assert program.asked == []
    program.type("one \x05c.")
    await comes(lambda: room.far.typed == b"one \x05c.")
    ann = await room.sit(force=True)
    await ann.see("[you type now, conservr@mn1 looks on]")
    program.type("lost")
    await program.see("\a")
    ann.type("two\x05c.")
    await comes(lambda: ann.why == "")
    program.type(" three")
    await comes(lambda: room.far.typed == b"one \x05c.two three")
    assert program.asked == [False, False]


async def test_a_console_can_be_taken_down_and_up_again(room: Room) -> None:
    ann = await room.sit()
    ann.type("\x05cd")
    await ann.see("[ann@mn1 has taken the console down; `^Eco' brings it up]")
    await comes(lambda: room.console.state is State.OFF)
    ann.type("lost\x05cl0")
    await ann.see("[the console of n1 is not up]")
    ann.type("\x05co")
    await ann.see("[console is up]")
    assert (room.far.opened, room.far.stolen, room.far.typed) == (2, 1, b"")


async def test_one_that_takes_nothing_can_be_left_and_taken_over(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "CATCHES_UP", 0.05)
    room.far.takes = asyncio.Event()
    ann, bob = await room.sit(), await room.sit("bob@mn1")
    ann.type("x" * 10_000 + "\x05cl0\x05cw")
    await ann.see("[ann@mn1 types since ")
    bob.type("\x05cf")
    await bob.see("[you type now, ann@mn1 looks on]")
    ann.type("\x05c.")
    await comes(lambda: ann.why == "")
    room.far.takes.set()
    bob.type("y")
    await comes(lambda: room.far.typed.endswith(b"y"))
    assert len(room.far.typed) <= session.PIECE + 1
    assert room.far.breaks == 0


async def test_what_was_typed_before_an_escape_arrives_first(room: Room) -> None:
    ann = await room.sit()
    ann.type("one\x05cl0two\x05cs")
    await ann.see("[you look on only]")
    assert (room.far.typed, room.far.breaks) == (b"onetwo", 1)
    ann.type("\x05ca" + "x" * 10_000 + "exit\r\x05c.")
    await comes(lambda: ann.why == "")
    assert room.far.typed == b"onetwo" + b"x" * 10_000 + b"exit\r"


async def test_a_break_that_the_way_does_not_have(room: Room) -> None:
    room.far.has_break = False
    ann = await room.sit()
    ann.type("\x05cl0")
    await ann.see("[this console has no break]")


async def test_who_hangs_up_in_the_middle_of_an_escape_is_gone_and_others_stay(room: Room) -> None:
    ann, bob = await room.sit(), await room.sit("bob@mn1")
    ann.type("\x05c")
    ann.keys.take(Kind.INPUT, b"")
    await comes(lambda: ann.why == "")
    bob.type("\x05ca")
    await bob.see("[you type]")
    room.far.says(b"still here")
    await bob.see("still here")


async def test_a_console_that_is_down_says_why_when_somebody_comes(room: Room) -> None:
    room.far.refuses = "nobody answers at 10.0.0.1"
    seat = Seat(room, "ann@mn1", force=False, spy=False)
    await seat.see("[console is down: nobody answers at 10.0.0.1]")
    late = Seat(room, "bob@mn1", force=True, spy=False)
    await late.see("[console is down: nobody answers at 10.0.0.1]")
