"""One long-lived connection to another daemon, on which requests of both sides run side by side.

A request crosses in three steps, so that a daemon that hangs costs no second execution: it is *offered* (`q`), *accepted*
(`a`) and only then told to *go* (`g`). Before `go` the caller may take it back and try the next one of the pool; after it the
request counts as delivered. Replies come in batches, and only as many as the caller gave credit for: a reader that stops
stops the workers. Heartbeats in both directions say how the other side is before a request needs it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from xcatd.api import ReadStdin, Sink
from xcatd.errors import Malformed, PeerLost, XcatError
from xcatd.hierarchy.wire import Wire
from xcatd.model import Reply, Request
from xcatd.protocol.frames import Frame, Kind, encode
from xcatd.protocol.wire import replies_from_json, replies_to_json, request_from_json, request_to_json
from xcatd.tls import Identity

log = logging.getLogger(__name__)

HEARTBEAT = 1.0
"""Seconds between two heartbeats; three missed ones end the link."""
CREDIT = 32
"""Batches of replies that may be under way for one request."""
BATCH = 256
"""Replies in one batch at the most."""
FASTEST_DOUBT = 0.04
"""Seconds: a peer that has not accepted by then is doubted, if its usual answer is quicker than that."""
SLOWEST_DOUBT = 1.0


class NotDelivered(XcatError):
    """The peer never got to work on it: another one may be tried."""


class Runner(Protocol):
    """What runs the requests of the other side: the hall."""

    async def run(self, request: Request, sink: Sink, stdin: ReadStdin) -> int: ...


Spawn = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]
Note = Callable[["Link", Kind, int, bytes], None]


class Link:
    """A live connection to the daemon that `identity` names."""

    def __init__(
        self, wire: Wire, identity: Identity, *, dialled: bool, runner: Runner, spawn: Spawn, note: Note
    ) -> None:
        self.identity = identity
        self.name = identity.name
        self.wire = wire
        self.dialled = dialled
        self.version = ""
        self._runner = runner
        self._spawn = spawn
        self._note = note
        self._loop = asyncio.get_running_loop()
        self._stream = 1 if dialled else 2
        self._calls: dict[int, _Call] = {}
        self._served: dict[int, _Served] = {}
        self._heard = self._loop.time()
        self._trip = 0.0
        self._wobble = 0.0
        self.doubted = False
        self.closing = False
        self._quiet = asyncio.Event()
        self._over = asyncio.Event()

    # -- health ---------------------------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        return not (self.wire.lost or self.closing)

    @property
    def patience(self) -> float:
        """Seconds to wait for an acceptance: the usual round trip and four times its variation (as RFC 6298 does)."""
        return min(max(self._trip + 4 * self._wobble, FASTEST_DOUBT), SLOWEST_DOUBT)

    async def beat(self) -> None:
        """Send heartbeats until the link ends, and end it when the other side has fallen silent."""
        while self.alive:
            silent = self._loop.time() - self._heard
            if silent > 3 * HEARTBEAT:
                log.warning("link to %s: silent for %.1f s, closing it", self.name, silent)
                self.wire.abort()
                return
            self.send(Kind.PING, 0, repr(self._loop.time()).encode())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT):
                    await self._over.wait()

    def _measure(self, seconds: float) -> None:
        if not self._trip:
            self._trip, self._wobble = seconds, seconds / 2
        else:
            self._wobble += (abs(seconds - self._trip) - self._wobble) / 4
            self._trip += (seconds - self._trip) / 8

    # -- wire -----------------------------------------------------------------------------------------------------

    def send(self, kind: Kind, stream: int, payload: bytes = b"") -> None:
        self.wire.write(encode(kind, stream, payload))

    def received(self, frame: Frame) -> None:
        """Take one frame. Raises Malformed, after which the connection is of no use."""
        self._heard = self._loop.time()
        self.doubted = False
        kind, stream = frame.kind, frame.stream
        if kind == Kind.PING:
            self.send(Kind.PONG, 0, frame.payload)
        elif kind == Kind.PONG:
            self._measure(self._heard - float(frame.payload))
        elif kind == Kind.REQUEST_PEER:
            self._offered(stream, frame.payload)
        elif kind in (Kind.GO, Kind.CREDIT, Kind.CANCEL, Kind.INPUT):
            if served := self._served.get(stream):
                served.told(kind, frame.payload)
        elif kind in (Kind.ACCEPTED, Kind.REPLIES, Kind.DONE, Kind.WANT):
            if call := self._calls.get(stream):
                call.told(kind, frame.payload)
        else:
            self._note(self, Kind(kind), stream, frame.payload)

    def ended(self) -> None:
        """The connection is gone: whoever waits for it is told."""
        for call in list(self._calls.values()):
            call.broken()
        for served in list(self._served.values()):
            served.cancel()
        self._quiet.set()
        self._over.set()

    def say_goodbye(self, reason: str) -> None:
        """Ask the other side to connect anew, elsewhere or later; what is under way goes on."""
        self.closing = True
        self.send(Kind.GOAWAY, 0, json.dumps({"reason": reason}).encode())

    async def wind_up(self) -> None:
        """Let what is under way end, then close the connection."""
        self.closing = True
        while (self._calls or self._served) and not self.wire.lost:
            self._quiet.clear()
            await self._quiet.wait()
        self.wire.close()

    # -- our requests ---------------------------------------------------------------------------------------------

    async def call(self, request: Request, sink: Sink, stdin: ReadStdin, *, patient: bool) -> int:
        """Have the peer run a request; gives its exit status.

        `patient`: there is nobody else to ask, so wait for the acceptance as long as the link lives. Raises
        NotDelivered before the request was told to go, PeerLost after.
        """
        stream, self._stream = self._stream, self._stream + 2
        call = self._calls[stream] = _Call(self, stream)
        try:
            self.send(Kind.REQUEST_PEER, stream, request_to_json(request))
            await call.acceptance(None if patient else self.patience)
            self.send(Kind.GO, stream)
            return await call.relay(sink, stdin)
        finally:
            del self._calls[stream]
            self._quiet.set()
            if not call.over:
                self.send(Kind.CANCEL, stream)

    # -- their requests -------------------------------------------------------------------------------------------

    def _offered(self, stream: int, payload: bytes) -> None:
        served = self._served[stream] = _Served(self, stream)
        request = request_from_json(payload)
        self.send(Kind.ACCEPTED, stream)
        served.task = self._spawn(self._serve(served, request), f"{request.command} for {self.name}")

    async def _serve(self, served: _Served, request: Request) -> None:
        status, error = 1, ""
        try:
            await served.go.wait()
            status = await self._runner.run(request, served, served.stdin)
            await served.flushed()
        except XcatError as failed:
            error = str(failed)
        finally:
            self._served.pop(served.stream, None)
            self._quiet.set()
            self.send(Kind.DONE, served.stream, json.dumps({"status": status, "error": error}).encode())


class _Call:
    """A request of ours in the peer's hands."""

    def __init__(self, link: Link, stream: int) -> None:
        self._link = link
        self._stream = stream
        self._accepted = asyncio.get_running_loop().create_future()
        self._batches: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._status: Mapping[str, Any] | None = None
        self._wanted = False
        self._broken = False

    @property
    def over(self) -> bool:
        return self._status is not None or self._broken

    def told(self, kind: int, payload: bytes) -> None:
        if kind == Kind.ACCEPTED:
            if not self._accepted.done():
                self._accepted.set_result(None)
        elif kind == Kind.REPLIES:
            self._batches.append(payload)
        elif kind == Kind.WANT:
            self._wanted = True
        else:
            self._status = json.loads(payload)
        self._news.set()

    def broken(self) -> None:
        self._broken = True
        if not self._accepted.done():
            self._accepted.set_exception(NotDelivered(f"the link to {self._link.name} broke"))
            self._accepted.exception()
        self._news.set()

    async def acceptance(self, wait: float | None) -> None:
        try:
            async with asyncio.timeout(wait):
                await self._accepted
        except TimeoutError:
            self._link.doubted = True
            raise NotDelivered(f"{self._link.name} did not take it within {wait:.2f} s") from None

    async def relay(self, sink: Sink, stdin: ReadStdin) -> int:
        read = 0
        while True:
            if self._wanted:
                self._wanted = False
                self._link.send(Kind.INPUT, self._stream, (await stdin()).encode("utf-8", "surrogateescape"))
            while self._batches:
                for reply in replies_from_json(self._batches.popleft()):
                    await sink.send(reply)
                read += 1
                if read % (CREDIT // 2) == 0:
                    self._link.send(Kind.CREDIT, self._stream)
            if self._status is not None:
                if error := self._status.get("error"):
                    raise PeerLost(f"{self._link.name}: {error}")
                return int(self._status["status"])
            if self._broken:
                raise PeerLost(f"the link to {self._link.name} broke while it worked on the request")
            self._news.clear()
            await self._news.wait()


class _Served:
    """A request of the peer in our hands; the sink of its replies."""

    def __init__(self, link: Link, stream: int) -> None:
        self.stream = stream
        self.go = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self._link = link
        self._pending: list[Reply] = []
        self._credit = CREDIT
        self._room = asyncio.Event()
        self._room.set()
        self._due = False
        self._input = ""
        self._answered = asyncio.Event()

    async def stdin(self) -> str:
        """The caller's standard input, fetched from where the caller is."""
        if not self._answered.is_set():
            self._link.send(Kind.WANT, self.stream)
            await self._answered.wait()
        return self._input

    def told(self, kind: int, payload: bytes) -> None:
        if kind == Kind.GO:
            self.go.set()
        elif kind == Kind.INPUT:
            self._input = payload.decode("utf-8", "surrogateescape")
            self._answered.set()
        elif kind == Kind.CREDIT:
            self._credit += CREDIT // 2
            self._flush()
        else:
            self.cancel()

    def cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()

    @property
    def flowing(self) -> bool:
        return self._room.is_set()

    async def send(self, reply: Reply) -> None:
        await self._room.wait()
        self._pending.append(reply)
        if len(self._pending) >= BATCH:
            self._flush()
        elif not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._flush)

    async def flushed(self) -> None:
        """Wait until everything is on its way."""
        self._flush()
        while self._pending:
            await self._room.wait()
            self._flush()

    def _flush(self) -> None:
        self._due = False
        while self._pending and self._credit > 0:
            batch, self._pending = self._pending[:BATCH], self._pending[BATCH:]
            self._credit -= 1
            self._link.send(Kind.REPLIES, self.stream, replies_to_json(batch))
        if len(self._pending) >= BATCH or (self._pending and self._credit <= 0):
            self._room.clear()
        else:
            self._room.set()


def read_hello(payload: bytes) -> Mapping[str, str]:
    """The hello of the other side: its name and version. Raises Malformed."""
    try:
        hello = json.loads(payload)
        return {"name": str(hello["name"]), "version": str(hello["version"])}
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed("The other daemon's greeting cannot be read") from error


def hello(name: str, version: str) -> bytes:
    """Our greeting, the first frame of either side."""
    return encode(Kind.HELLO, 0, json.dumps({"name": name, "version": version}).encode())
