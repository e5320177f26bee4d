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
import math
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from typing import Any, Protocol

from xcatd.api import ReadStdin, Sink
from xcatd.errors import NoServiceNode, XcatError
from xcatd.hierarchy.incoming import Served
from xcatd.hierarchy.outgoing import Call
from xcatd.hierarchy.refusal import NotDelivered
from xcatd.hierarchy.wire import Wire
from xcatd.model import Request, Terminal
from xcatd.protocol.frames import Frame, Kind, encode
from xcatd.protocol.wire import request_from_json, request_to_json
from xcatd.tls import Identity

log = logging.getLogger(__name__)

HEARTBEAT = 1.0
"""Seconds between two heartbeats; three missed ones end the link."""
_MEASURES = 4
"""Of so many heartbeats whoever was dialled sends one, as long as those of the other side come: they say that it is there, and the
answers to them that we are. A daemon with a hundred below it does little more than half of the work so."""
FASTEST_DOUBT = 0.25
"""Seconds: a peer that has not accepted by then is doubted, if its usual answer is quicker than that.

Not less: on a busy host even a healthy daemon may take a tenth of a second, and the order of a pool is to be kept.
"""
SLOWEST_DOUBT = 1.0


class Runner(Protocol):
    """What runs the requests of the other side: the hall."""

    async def run(self, request: Request, sink: Sink, stdin: ReadStdin, *, terminal: Terminal | None = None) -> int: ...


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
        self.above: tuple[str, ...] = ()
        """The daemons above the other side, nearest first, when it greeted."""
        self._runner = runner
        self._spawn = spawn
        self._note = note
        self._loop = asyncio.get_running_loop()
        self._stream = 1 if dialled else 2
        self._calls: dict[int, Call] = {}
        self._served: dict[int, Served] = {}
        self._holds = 0
        self._heard = self._loop.time()
        self._asked = -math.inf
        """When the other side sent its last heartbeat."""
        self._beats = 0
        self._trip = 0.0
        self._wobble = 0.0
        self.doubted = False
        self.closing = False
        self._refusal = ""
        self.dismissed = asyncio.Event()
        """Set when the other side has said goodbye, or is gone."""
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
        """Send heartbeats until the connection ends, and end it when the other side has fallen silent.

        That goes on after a goodbye: requests may still be under way.
        """
        while not self.wire.lost:
            silent = self._loop.time() - self._heard
            if silent > 3 * HEARTBEAT:
                log.warning("link to %s: silent for %.1f s, closing it", self.name, silent)
                self.wire.abort()
                return
            if self._must_ask():
                self.send(Kind.PING, 0, repr(self._loop.time()).encode())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT):
                    await self._over.wait()

    def _must_ask(self) -> bool:
        self._beats += 1
        is_asked = not self.dialled and self._loop.time() - self._asked < 1.5 * HEARTBEAT
        return not is_asked or self._beats % _MEASURES == 1

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
            self._asked = self._heard
            self.send(Kind.PONG, 0, frame.payload)
        elif kind == Kind.PONG:
            self._measure(self._heard - float(frame.payload))
        elif kind == Kind.REQUEST_PEER:
            self._offered(stream, frame.payload)
        elif kind in (Kind.GO, Kind.CREDIT, Kind.CANCEL, Kind.INPUT, Kind.WINDOW):
            if served := self._served.get(stream):
                self._told(served, kind, frame.payload)
        elif kind in (Kind.ACCEPTED, Kind.REPLIES, Kind.DONE, Kind.WANT, Kind.KEYS, Kind.SUSPEND):
            if call := self._calls.get(stream):
                call.told(kind, frame.payload)
        else:
            self._note(self, Kind(kind), stream, frame.payload)

    def ended(self) -> None:
        """The connection is gone: whoever waits for it is told."""
        for call in list(self._calls.values()):
            call.broken()
        for served in list(self._served.values()):
            self._cancel(served)
        self._quiet.set()
        self._over.set()
        self.dismissed.set()

    def say_goodbye(self, reason: str) -> None:
        """Ask the other side to connect anew, elsewhere or later. The connection serves until whoever ends closes it."""
        self.closing = True
        self.send(Kind.GOAWAY, 0, json.dumps({"reason": reason}).encode())

    def refuse(self, reason: str) -> None:
        """Take no new requests from the other side, so that it asks somebody else; what is under way goes on."""
        self._refusal = reason

    async def wind_up(self) -> None:
        """Let what is under way end, then close the connection."""
        self.closing = True
        while (self._calls or self._served or self._holds) and not self.wire.lost:
            self._quiet.clear()
            await self._quiet.wait()
        self.wire.close()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep the connection from being wound up meanwhile."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            self._quiet.set()

    # -- our requests ---------------------------------------------------------------------------------------------

    async def call(
        self, request: Request, sink: Sink, stdin: ReadStdin, *, patient: bool, terminal: Terminal | None = None
    ) -> int:
        """Have the peer run a request; gives its exit status.

        `patient`: there is nobody else to ask, so wait for the acceptance as long as the link lives. Raises
        NotDelivered before the request was told to go, PeerLost after; Refused when its hall says no.
        """
        if self.wire.lost:
            raise NotDelivered(f"the link to {self.name} broke")
        if (text := request.stdin) is not None:
            request, stdin = replace(request, stdin=None), _reading(text)
        stream, self._stream = self._stream, self._stream + 2
        call = self._calls[stream] = Call(self, stream)
        try:
            self.send(Kind.REQUEST_PEER, stream, request_to_json(request))
            await call.acceptance(None if patient else self.patience)
            self.send(Kind.GO, stream)
            return await call.relay(sink, stdin, terminal)
        finally:
            del self._calls[stream]
            self._quiet.set()
            if not call.over:
                self.send(Kind.CANCEL, stream)

    # -- their requests -------------------------------------------------------------------------------------------

    def _offered(self, stream: int, payload: bytes) -> None:
        if self._refusal:
            self._done(stream, NoServiceNode(self._refusal))
            return
        self._served[stream] = Served(self, stream, request_from_json(payload))
        self.send(Kind.ACCEPTED, stream)

    def _told(self, served: Served, kind: int, payload: bytes) -> None:
        if kind == Kind.CANCEL:
            self._cancel(served)
        elif kind != Kind.GO:
            served.told(kind, payload)
        elif served.task is None:
            served.task = self._spawn(self._serve(served), f"{served.request.command} for {self.name}")
            served.task.add_done_callback(lambda _: self._finished(served))

    def _cancel(self, served: Served) -> None:
        if served.task is None:
            self._finished(served)
        else:
            served.task.cancel()

    def _finished(self, served: Served) -> None:
        self._served.pop(served.stream, None)
        self._quiet.set()

    async def _serve(self, served: Served) -> None:
        status, error = 1, None
        try:
            status = await self._runner.run(served.request, served, served.stdin, terminal=served.keys)
            await served.flushed()
        except XcatError as failed:
            error = failed
        finally:
            self._done(served.stream, error, status)
            self._record(served.request, status)

    def _record(self, request: Request, status: int) -> None:
        log.info(
            "request of a daemon",
            extra={
                "facts": {
                    "request": request.id,
                    "command": request.command,
                    "caller": request.caller.name,
                    "nodes": len(request.nodes or ()),
                    "daemon": self.name,
                    "status": status,
                }
            },
        )

    def _done(self, stream: int, error: XcatError | None, status: int = 1) -> None:
        done = {"status": status, "code": error.code if error else "", "error": str(error) if error else ""}
        self.send(Kind.DONE, stream, json.dumps(done).encode())


def _reading(text: str) -> ReadStdin:
    """Standard input that has come with the request."""

    async def read() -> str:
        return text

    return read
