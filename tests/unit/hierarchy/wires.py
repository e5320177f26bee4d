"""Two links over a wire in memory, which a test may stall and cut at any frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from xcatd.api import ReadStdin, Sink
from xcatd.daemon.supervisor import Supervisor
from xcatd.hierarchy.link import Link, Note
from xcatd.hierarchy.wire import Wire
from xcatd.model import Caller, Reply, Request, Role, Terminal
from xcatd.protocol.frames import Frame, FrameReader, Kind
from xcatd.protocol.limits import PEER_FRAME
from xcatd.tls import Identity

ROOT = Caller("root", Role.USER)


def asked(command: str = "rpower", *argv: str, **more: object) -> Request:
    return Request("abc-1", command, ROOT, argv, **more)  # type: ignore[arg-type]


async def nothing() -> str:
    """No standard input."""
    return ""


class MemoryWire(Wire):
    """One end. Frames arrive at the other end with the next turn of the loop, unless that end is stalled."""

    def __init__(self) -> None:
        super().__init__()
        self.other: MemoryWire
        self.link: Link
        self.sent: list[Frame] = []
        self.stalled = False
        self.cut_at: Kind | None = None
        """The connection breaks when a frame of this kind is about to be sent."""
        self._broken = False
        """Set a turn after `lost`: what was sent before still arrives."""
        self._waiting: list[bytes] = []
        self._frames = FrameReader(PEER_FRAME)

    def write(self, data: bytes) -> None:
        if self.lost:
            return
        frames = FrameReader(PEER_FRAME).feed(data)
        self.sent += frames
        if self.cut_at in [frame.kind for frame in frames]:
            self.abort()
        else:
            asyncio.get_running_loop().call_soon(self.other.arrive, data)

    def arrive(self, data: bytes) -> None:
        if self.stalled:
            self._waiting.append(data)
        elif not self._broken:
            for frame in self._frames.feed(data):
                self.link.received(frame)

    def resume(self) -> None:
        self.stalled = False
        waiting, self._waiting = self._waiting, []
        for data in waiting:
            self.arrive(data)

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        for end in (self, self.other):
            if not end.lost:
                end.lost = True
                asyncio.get_running_loop().call_soon(end._break)

    def _break(self) -> None:
        self._broken = True
        self.connection_lost(None)
        self.link.ended()

    def kinds(self) -> list[Kind]:
        return [frame.kind for frame in self.sent]


Work = Callable[[Request, Sink, ReadStdin], Awaitable[int]]


@dataclass
class Hall:
    """Runs requests by a function of the test, and remembers them."""

    work: Work
    requests: list[Request] = field(default_factory=list)
    cancelled: int = 0

    async def run(self, request: Request, sink: Sink, stdin: ReadStdin, *, terminal: Terminal | None = None) -> int:
        self.requests.append(request)
        try:
            return await self.work(request, sink, stdin)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


@dataclass
class Heard:
    """A sink that keeps what it gets; closed, it makes the speaker wait."""

    replies: list[Reply] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def flowing(self) -> bool:
        return self.open.is_set()

    async def send(self, reply: Reply) -> None:
        await self.open.wait()
        self.replies.append(reply)


def listening() -> Heard:
    heard = Heard()
    heard.open.set()
    return heard


@dataclass
class Pair:
    """`up` is the link as the lower daemon (sn1) sees it, `down` as the upper one (mn1) does."""

    up: Link
    down: Link
    upper: Hall
    lower: Hall

    @property
    def mn(self) -> MemoryWire:
        """The end of mn1."""
        assert isinstance(self.down.wire, MemoryWire)
        return self.down.wire

    @property
    def sn(self) -> MemoryWire:
        """The end of sn1."""
        assert isinstance(self.up.wire, MemoryWire)
        return self.up.wire


async def idle(request: Request, sink: Sink, stdin: ReadStdin) -> int:
    """Work that is done at once."""
    return 0


def _ignore(link: Link, kind: Kind, stream: int, payload: bytes) -> None:
    """Notes are for the daemon."""


def identity(name: str, role: Role) -> Identity:
    return Identity(name, role, "test")


def make(
    supervisor: Supervisor,
    lower: Work = idle,
    upper: Work = idle,
    names: tuple[str, str] = ("mn1", "sn1"),
    notes: tuple[Note, Note] = (_ignore, _ignore),
) -> Pair:
    """A pair whose tasks belong to `supervisor`. `notes` take what is for the upper and for the lower daemon."""
    halls = Hall(upper), Hall(lower)
    mn, sn = MemoryWire(), MemoryWire()
    mn.other, sn.other = sn, mn
    down = Link(
        mn, identity(names[1], Role.SERVICE), dialled=False, runner=halls[0], spawn=supervisor.spawn, note=notes[0]
    )
    up = Link(
        sn, identity(names[0], Role.MANAGEMENT), dialled=True, runner=halls[1], spawn=supervisor.spawn, note=notes[1]
    )
    mn.link, sn.link = down, up
    return Pair(up, down, *halls)


@asynccontextmanager
async def linked(lower: Work = idle, upper: Work = idle) -> AsyncIterator[Pair]:
    async with Supervisor() as supervisor:
        yield make(supervisor, lower, upper)


async def turns(count: int = 20) -> None:
    """Let everybody have some turns of the loop."""
    for _ in range(count):
        await asyncio.sleep(0)
