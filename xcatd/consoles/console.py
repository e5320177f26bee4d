"""One console: its way in is kept open as long as it is wanted, what it says goes to the log and to those who look."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from enum import StrEnum

from xcatd.consoles.history import History
from xcatd.consoles.line import Line, Way
from xcatd.consoles.recorder import Recorder
from xcatd.consoles.viewer import Viewer
from xcatd.errors import NodeError, XcatError

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 60.0
"""Seconds before it is tried again; each pause is twice the one before, until it has been up for longer than that."""
WATCHED_PAUSE = 1.0
"""No pause is longer while somebody looks: the console of a virtual machine comes with its power, and he wants to see it start."""
LINGERS = 5.0
"""Seconds for which a console on demand stays open when the last viewer has left."""


class State(StrEnum):
    UP = "up"
    CONNECTING = "connecting"
    DOWN = "down"
    """It was lost or could not be reached: it is tried again."""
    IDLE = "idle"
    """On demand, and nobody looks."""
    OFF = "off"
    """Somebody has taken it down (`^Ecd`)."""


class Console:
    """`way` gives how it is reached now, by the tables; it raises XcatError when they do not say. `on_demand`: it is open only
    while somebody looks. `wake` has somebody call `run`, if nobody does."""

    def __init__(
        self,
        node: str,
        way: Callable[[], Way],
        recorder: Recorder,
        opening: AbstractAsyncContextManager[object],
        wake: Callable[[Console], None],
    ) -> None:
        self.node = node
        self.on_demand = True
        self.state = State.IDLE
        self.why = ""
        """Why it is not up, a sentence."""
        self.since = datetime.now(UTC)
        self.history = History()
        self.viewers: list[Viewer] = []
        self._way = way
        self._opened: Way | None = None
        self._recorder = recorder
        self._opening = opening
        self._wake = wake
        self._line: Line | None = None
        self._scope: asyncio.Timeout | None = None
        self._turn = asyncio.Lock()
        self._speaking: asyncio.Timeout | None = None
        self._rest: asyncio.Event | None = None
        self._came = math.inf
        """When it was last opened, in the loop's time; infinity: the last try failed."""
        self._off = False
        self._steal = False
        self._size: tuple[int, int] | None = None

    # -- viewers -------------------------------------------------------------------------------------------------

    @property
    def writer(self) -> Viewer | None:
        """Who types, if anybody does."""
        return next((viewer for viewer in self.viewers if viewer.types), None)

    def join(self, viewer: Viewer) -> None:
        """Somebody looks: what it says from now on is for his screen, too. One that is down is tried again at once."""
        self.viewers.append(viewer)
        self.note(f"{viewer.name} attached")
        self._hurry()
        self._wake(self)

    def leave(self, viewer: Viewer) -> None:
        """A console on demand stays open for a moment: he may come back."""
        self.viewers.remove(viewer)
        self.note(f"{viewer.name} left")
        asyncio.get_running_loop().call_later(LINGERS, self.consider)

    def take(self, viewer: Viewer, *, force: bool) -> Viewer | None:
        """Let him type. Gives who typed before: with `force` that one only looks from now on, else nothing changes."""
        before = self.writer
        if before is viewer:
            return None
        if before is not None:
            if not force:
                return before
            before.types = False
            before.tell(f"{viewer.name} types now, you look on")
            self.note(f"{viewer.name} took over from {before.name}")
        viewer.types = True
        return before

    def tell(self, text: str) -> None:
        """Say something to all who look."""
        for viewer in self.viewers:
            viewer.tell(text)

    def announce(self, text: str) -> None:
        """The same, and to those who read the log."""
        self.tell(text)
        self.note(text)

    def send_away(self, why: str) -> None:
        """Nobody looks any more."""
        for viewer in self.viewers:
            viewer.send_away(why)

    # -- what viewers may do -------------------------------------------------------------------------------------

    async def type(self, octets: bytes) -> None:
        """For the console; it waits while the console takes nothing. What is typed while it is not up is lost."""
        with contextlib.suppress(NodeError):  # who reads hears of it, too
            await self._speak(lambda line: line.write(octets))

    async def send_break(self) -> None:
        """Raises NodeError when it is not up, or has none."""
        await self._speak(lambda line: line.send_break())
        self.note("a break was sent")

    async def _speak(self, say: Callable[[Line], Awaitable[None]]) -> None:
        """One after the other. NodeError: it is not up, is lost, or is let go meanwhile."""
        async with self._turn:
            if self._line is not None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(None) as self._speaking:
                        await say(self._line)
                    return
            raise NodeError(f"the console of {self.node} is not up")

    async def _hush(self) -> None:
        """Nobody says anything to what is being let go."""
        self._line = None
        if self._turn.locked() and self._speaking is not None:
            _end(self._speaking)
        async with self._turn:
            self._speaking = None

    def resize(self, rows: int, columns: int) -> None:
        """The window of who types."""
        self._size = rows, columns
        if self._line is not None:
            self._line.resize(rows, columns)

    def take_down(self, who: str) -> None:
        """Close the way, until somebody opens it again."""
        self._off = True
        self.note(f"{who} took it down")
        self._interrupt()

    def bring_up(self, who: str, *, steal: bool) -> None:
        """Open the way anew; `steal` it from whoever has it at the other end."""
        self._off, self._steal = False, steal
        self.note(f"{who} opens it anew")
        self._interrupt()
        self._wake(self)

    def claim(self) -> None:
        """Who had it for us is gone, but may still hold it at the other end: the next opening turns that out."""
        self._steal = True
        self._hurry()

    # -- keeping it ----------------------------------------------------------------------------------------------

    @property
    def is_wanted(self) -> bool:
        return not self._off and (bool(self.viewers) or not self.on_demand)

    def consider(self) -> None:
        """Something has changed: whether it is wanted, or the tables. Another way is taken at once, the same one goes on."""
        if self._opened is not None and (not self.is_wanted or self._differs()):
            self._interrupt()
        if self.is_wanted:
            self._wake(self)

    def _differs(self) -> bool:
        try:
            return self._way() != self._opened
        except XcatError:
            return True

    def _interrupt(self) -> None:
        """What goes on now ends."""
        if self._scope is not None:
            _end(self._scope)
        self._hurry()

    def _hurry(self) -> None:
        """No more pause before it is tried again."""
        if self._rest is not None:
            self._rest.set()

    async def run(self) -> None:
        """Keep it open as long as it is wanted."""
        pause = FIRST_PAUSE
        while self.is_wanted:
            reason = await self._once()
            if _now() - self._came > pause:
                pause = FIRST_PAUSE
            if reason:
                self._become(State.DOWN, reason)
                await self._pause(min(pause, WATCHED_PAUSE) if self.viewers else pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        self._become(State.OFF if self._off else State.IDLE, "")

    async def _once(self) -> str:
        """Open it and read it as long as it holds and is wanted. Gives why it was lost, "" when it was let go."""
        if self.state is not State.DOWN:
            self._become(State.CONNECTING, "")
        self._came = math.inf
        async with contextlib.AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(None) as self._scope:
                    line = await self._open(stack)
                    self._become(State.UP, "")
                    while octets := await line.read():
                        self._said(octets)
                        await asyncio.sleep(0)  # there may be more already, and others wait
                return "the other side has closed it"
            except TimeoutError:
                return ""
            except XcatError as error:
                return str(error)
            finally:
                self._opened = self._scope = None
                await self._hush()
        return ""

    async def _open(self, stack: contextlib.AsyncExitStack) -> Line:
        way = self._way()
        async with self._opening:  # some at once: a daemon that starts has thousands to open
            line = await stack.enter_async_context((way.taking_over() if self._steal else way).open())
        self._steal = False
        self._line, self._opened, self._came = line, way, _now()
        if self._size is not None:
            line.resize(*self._size)
        return line

    def _said(self, octets: bytes) -> None:
        self.history.add(octets)
        self._recorder.said(self.node, octets)
        for viewer in self.viewers:
            viewer.show(octets)

    async def _pause(self, seconds: float) -> None:
        self._rest = asyncio.Event()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rest.wait()
        self._rest = None

    def stumbled(self) -> None:
        """A fault has ended `run`."""
        self._become(State.DOWN, "a fault of the daemon, which its log has")

    def _become(self, state: State, why: str) -> None:
        if (state, why) == (self.state, self.why):
            return
        self.state, self.why, self.since = state, why, datetime.now(UTC)
        if state in (State.UP, State.DOWN):
            text = f"{state}: {why}" if why else str(state)
            self.note(text)
            self.tell(f"console is {text}")
            log.info("console of %s is %s", self.node, text)

    @property
    def log_trouble(self) -> str:
        """Why what it says is not in its log as it should be, "" when it is."""
        return self._recorder.trouble(self.node)

    def note(self, text: str) -> None:
        """For those who read the log."""
        self._recorder.noted(self.node, text)


def _end(scope: asyncio.Timeout) -> None:
    """What goes on within it is over."""
    scope.reschedule(_now())


def _now() -> float:
    return asyncio.get_running_loop().time()
