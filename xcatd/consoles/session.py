"""Somebody at a terminal and a console: what he types, what he sees, and what he may do besides (conserver's escapes)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from xcatd.consoles.console import Console, State
from xcatd.consoles.escape import Do, Escapes, NoEscapes, Type
from xcatd.consoles.message import Message
from xcatd.consoles.viewer import Viewer
from xcatd.errors import NodeError
from xcatd.model import Size, Terminal

REPLAYED, REPLAYED_LONG = 20, 60
"""Lines that `^Ecr` and `^Ecp` show again."""

PIECE, PIECES = 1 << 12, 16
"""Bytes of one piece that is typed, and how many pieces wait while the console takes nothing; then keys wait."""
CATCHES_UP = 1.0
"""Seconds that an escape waits for what was typed before it: a console that takes nothing can be left all the same."""
_BREAK = b""

May = Callable[[bool], bool]
"""Whether the viewer may type there; True: whether he may take that from another. It is asked each time, and recorded."""

HELP = """
 .    leave                          ?   this help
 a    type (attach)                  s   look on only (spy)
 f    type, whoever types now        w   who is here
 l0   send a break                   i   how the console is
 o    open it anew, also when somebody has it at its other end
 d    take it down                   z   suspend
 r    the last 20 lines again        p   the last 60
 ^R   the last line again            \\nnn a byte, octal
 b    a message to all here          eXY other keys instead of ^Ec
"""


@dataclass(slots=True)
class Session:
    """One viewer from his coming to his leaving. `send` puts bytes on his screen and waits while he does not read. `plain`: it is a
    program at which people come and go; it has no escapes, and types when one of them does and nobody else."""

    console: Console
    viewer: Viewer
    terminal: Terminal
    send: Callable[[bytes], Awaitable[None]]
    may: May
    plain: bool = False
    _ahead: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(PIECES), init=False)
    _message: Message | None = field(default=None, init=False)

    async def run(self, *, force: bool, spy: bool) -> str:
        """Until he leaves, or nobody types any more. Gives why he was sent away, "" when he went."""
        escapes = NoEscapes() if self.plain else Escapes()
        self.console.join(self.viewer)
        try:
            self._greet(force=force, spy=spy)
            async with asyncio.TaskGroup() as group:
                hands = [group.create_task(work) for work in (self._keys(escapes), self._typing())]
                await self._show()
                for hand in hands:
                    hand.cancel()
        finally:
            self.console.leave(self.viewer)
        return "" if self.viewer.ended == _LEFT else self.viewer.ended

    def _greet(self, *, force: bool, spy: bool) -> None:
        if not self.plain:
            self.viewer.tell("Enter `^Ec?' for help")
        if spy:
            self.viewer.tell("you look on only")
        elif not self.plain:
            self._attach(force=force)
        if self.console.state is not State.UP and self.console.why:
            self.viewer.tell(f"console is {self.console.state}: {self.console.why}")

    def _attach(self, *, force: bool) -> None:
        if not self.may(force):
            self.viewer.tell("you may not type here")
            return
        before = self.console.take(self.viewer, force=force)
        if before is not None and not force:
            self.viewer.tell(f"{before.name} types, you look on; `^Ecf' takes over")
            return
        self.viewer.tell("you type" if before is None else f"you type now, {before.name} looks on")
        if (size := self.terminal.size) is not None:
            self.console.resize(size.rows, size.columns)

    async def _show(self) -> None:
        while octets := await self.viewer.next():
            await self.send(octets)

    async def _keys(self, escapes: Escapes) -> None:
        while (key := await self.terminal.key()) is not None:
            if isinstance(key, Size):
                if self.viewer.types:
                    self.console.resize(key.rows, key.columns)
                continue
            for deed in escapes.feed(key.octets):
                if isinstance(deed, Type):
                    await self._type(deed.octets)
                else:
                    self._message = None
                    await self._catch_up()
                    await self._do(deed)
        await self._catch_up()
        self.viewer.send_away(_LEFT)

    async def _type(self, octets: bytes) -> None:
        if self._message is not None:
            octets = self._compose(self._message, octets)
            if not octets:
                return
        if self.plain and self.console.writer is None:
            self._attach(force=False)
        if not self.viewer.types:
            self.viewer.show(b"\a")
            return
        for place in range(0, len(octets), PIECE):
            await self._ahead.put(octets[place : place + PIECE])

    def _compose(self, message: Message, octets: bytes) -> bytes:
        """Keys for a message; gives those that are for the console again."""
        shown, rest = message.feed(octets)
        self.viewer.show(shown)
        if message.text is None:
            return b""
        self._message = None
        if message.text:
            self.console.announce(f"{self.viewer.name}: {message.text}")
        else:
            self.viewer.tell("no message")
        return rest

    async def _typing(self) -> None:
        """What waits goes to the console, unless another types there by now."""
        while True:
            octets = await self._ahead.get()
            if self.viewer.types:
                await (self._break() if octets == _BREAK else self.console.type(octets))
            self._ahead.task_done()

    async def _catch_up(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(CATCHES_UP):
                await self._ahead.join()

    async def _do(self, deed: Do) -> None:
        if deed.letter in _LOOKING:
            _LOOKING[deed.letter](self)
        elif deed.letter in "ldo" and not self.viewer.types:
            self.viewer.tell("only who types may do that; `^Eca' first")
        elif deed.letter == "l":
            await self._ask_break(deed.argument)
        elif deed.letter == "d":
            self.console.take_down(self.viewer.name)
            self.console.tell(f"{self.viewer.name} has taken the console down; `^Eco' brings it up")
        elif deed.letter == "o":
            self.console.bring_up(self.viewer.name, steal=True)
        elif deed.letter != "e":
            self.viewer.tell("unknown, `^Ec?' for help")

    async def _ask_break(self, which: bytes) -> None:
        """conserver has nine sequences; here each digit is the break. Its `l?` must not be one: SysRq listens to what follows."""
        if which.isdigit():
            await self._ahead.put(_BREAK)
        else:
            self.viewer.tell("`^Ecl0' sends a break")

    async def _break(self) -> None:
        try:
            await self.console.send_break()
        except NodeError as error:
            self.viewer.tell(str(error))
        else:
            self.viewer.tell("break sent")

    # -- what anybody may do -------------------------------------------------------------------------------------

    def leave(self) -> None:
        self.viewer.tell("disconnected")
        self.viewer.send_away(_LEFT)

    def attach(self) -> None:
        self._attach(force=False)

    def force(self) -> None:
        self._attach(force=True)

    def spy(self) -> None:
        self.viewer.types = False
        self.viewer.tell("you look on only")

    def help(self) -> None:
        self.viewer.show(HELP.replace("\n", "\r\n").encode())

    def who(self) -> None:
        for other in self.console.viewers:
            doing = "types" if other.types else "looks on"
            self.viewer.tell(f"{other.name} {doing} since {other.since:%Y-%m-%d %H:%M:%S} UTC")

    def state(self) -> None:
        why = f": {self.console.why}" if self.console.why else ""
        since = f"{self.console.since:%Y-%m-%d %H:%M:%S} UTC"
        self.viewer.tell(f"console of {self.console.node} is {self.console.state} since {since}{why}")
        if trouble := self.console.log_trouble:
            self.viewer.tell(trouble)

    def replay(self, lines: int) -> None:
        self.viewer.tell("what it said last")
        self.viewer.show(self.console.history.lines(lines))

    def write_message(self) -> None:
        self.viewer.tell("a message to all here, then Enter")
        self._message = Message()

    def suspend(self) -> None:
        self.terminal.suspend()


_LEFT = "left"
_LOOKING: dict[str, Callable[[Session], None]] = {
    ".": Session.leave,
    "a": Session.attach,
    "f": Session.force,
    "s": Session.spy,
    "?": Session.help,
    "w": Session.who,
    "i": Session.state,
    "b": Session.write_message,
    "z": Session.suspend,
    "r": lambda session: session.replay(REPLAYED),
    "p": lambda session: session.replay(REPLAYED_LONG),
    "\x12": lambda session: session.replay(1),
}
