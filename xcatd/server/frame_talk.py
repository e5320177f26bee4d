"""Our own language at the door: a command line comes in, text for two streams and a status go out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from xcatd.errors import Denied, Malformed, StandsBy, UnknownCommand, XcatError
from xcatd.hierarchy import Link
from xcatd.model import Done, Failure, Raw, Reply, Request, Role
from xcatd.protocol.frames import Frame, FrameReader, Kind, encode
from xcatd.protocol.limits import CALLER_FRAME, PEER_FRAME
from xcatd.protocol.text import Printer, Traced
from xcatd.protocol.xml import XmlRequest
from xcatd.server.frame_request import Typed, read_request
from xcatd.server.idle import Idle
from xcatd.server.input import Input
from xcatd.server.records import ABORTED, Record

if TYPE_CHECKING:
    from xcatd.server.connection import Connection
    from xcatd.server.door import Door


LUMP = 1 << 16
"""Bytes after which output is sent at once."""


class Outbox:
    """Prints replies for the caller; what is said within one turn of the loop goes out in one piece. `raw` tells whether the
    caller's terminal needs a carriage return at the end of a line now."""

    def __init__(
        self, connection: Connection, stream: int, printer: Printer | Traced, raw: Callable[[], bool] = lambda: False
    ) -> None:
        self._raw = raw
        self._connection = connection
        self._stream = stream
        self._printer = printer
        self._pieces: list[tuple[Kind, bytes]] = []
        self._size = 0
        self._due = False

    @property
    def flowing(self) -> bool:
        return self._connection.flowing

    async def send(self, reply: Reply) -> None:
        if not self._connection.flowing:
            await self._connection.drain()
        self.add(reply)
        if self._size >= LUMP:
            self._flush()
            await asyncio.sleep(0)  # a command that talks without pause lets others have their turn

    def add(self, reply: Reply) -> None:
        out, err = self._printer.out(reply)
        if self._raw() and not isinstance(reply, Raw):
            out, err = (text.replace(b"\n", b"\r\n") for text in (out, err))
        if err:
            self._put(Kind.ERR, err)
        if out:
            self._put(Kind.OUT, out)

    def _put(self, kind: Kind, text: bytes) -> None:
        self._size += len(text)
        if self._pieces and self._pieces[-1][0] is kind and len(self._pieces[-1][1]) < 32768:
            self._pieces[-1] = (kind, self._pieces[-1][1] + text)
        else:
            self._pieces.append((kind, text))
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def point(self, error: StandsBy) -> None:
        """Tell the caller's program who would do it."""
        self._put(Kind.ELSEWHERE, "\n".join((str(error), *error.places)).encode())

    def _flush(self, last: bytes = b"") -> None:
        self._due = False
        data = b"".join(encode(kind, self._stream, text) for kind, text in self._pieces) + last
        self._pieces.clear()
        self._size = 0
        if data:
            self._connection.write(data)

    def end(self, status: int) -> None:
        """Send what is left and the exit status, which fits into a byte and is never 0 by accident."""
        self.add(Done(status))
        code = status & 0xFF or (1 if status else 0)
        self._flush(encode(Kind.EXIT, self._stream, str(code).encode()))


class FrameTalk:
    """A connection on which requests come as frames; or another daemon, which greets and then is a link."""

    def __init__(self, door: Door, connection: Connection) -> None:
        self._door = door
        self._connection = connection
        is_daemon = connection.caller.may_vouch
        self._frames = FrameReader(PEER_FRAME if is_daemon else CALLER_FRAME, skips=is_daemon)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._inputs: dict[int, Input] = {}
        self._link: Link | None = None
        self._idle = Idle(door.limits.idle, connection.close)
        self._idle.begin()

    def received(self, data: bytes) -> None:
        try:
            for frame in self._frames.feed(data):
                self._frame(frame)
            self._frames.feed(b"")  # what is wrong behind whole frames is said now
        except (XcatError, ValueError) as error:
            self._connection.dismiss(str(error))

    def _frame(self, frame: Frame) -> None:
        if self._link is not None:
            self._link.received(frame)
        elif frame.kind is Kind.REQUEST:
            self._begin(frame.stream, frame.payload)
        elif frame.kind is Kind.ABORT:
            self._stop(frame.stream)
        elif frame.kind in (Kind.INPUT, Kind.WINDOW):
            if frame.stream in self._inputs:
                self._inputs[frame.stream].take(frame.kind, frame.payload)
        elif frame.kind is Kind.HELLO:
            self._become_link(frame.payload)
        else:
            raise Malformed(f"A frame of kind {frame.kind.name} is not for callers; speak with this release's client")

    def _become_link(self, payload: bytes) -> None:
        caller = self._connection.caller
        if not caller.may_vouch or self._connection.identity is None:
            raise Denied(
                f"The certificate of {caller.name or 'an unknown caller'} has the role {caller.role}: only service nodes and "
                "management nodes may link; have one signed with: xcatcert sign sn NAME CSRFILE"
            )
        self._idle.end()
        self._link = self._door.welcome(self._connection, payload)
        self._door.linked(self._connection)

    def _begin(self, stream: int, payload: bytes) -> None:
        if stream in self._running:
            raise Malformed(f"Stream {stream} still has a request under way: take another one")
        if len(self._running) >= self._door.limits.streams:
            raise Malformed(
                f"More than {self._door.limits.streams} requests at once on one connection: wait for an answer first"
            )
        self._idle.end()
        most = self._door.limits.of_input(self._connection.caller.role)
        given = self._inputs[stream] = Input(self._connection, stream, most)
        self._running[stream] = self._door.spawn(self._serve(stream, payload, given), "a request")

    def _stop(self, stream: int) -> None:
        if stream in self._running:  # not before its first step: a task that never ran would not clean up
            asyncio.get_running_loop().call_soon(self._running[stream].cancel)

    async def _serve(self, stream: int, payload: bytes, given: Input) -> None:
        status = 1
        outbox = Outbox(self._connection, stream, Printer(show_source=False))
        record: Record | None = None
        self._door.began(self._connection)
        try:
            typed = read_request(payload)
            request = await self._request(typed)
            printer = _printer(request, others_words=self._is_verbatim(request.command))
            outbox = Outbox(self._connection, stream, printer, lambda: typed.tty and given.keys.asked)
            record = Record(request)
            answer = given.line if typed.tty and typed.progress else None
            status = await self._door.hall.run(request, outbox, given.read, answer, given.keys)
        except XcatError as error:
            status = error.status
            if record is None:
                self._door.complain(self._connection, str(error))
            if isinstance(error, StandsBy):
                outbox.point(error)
            outbox.add(Failure(str(error), code=error.status))
        except asyncio.CancelledError:
            status = ABORTED
            raise
        finally:
            outbox.end(status)
            self._door.ended()
            del self._running[stream], self._inputs[stream]
            if not (self._running or self._connection.lost):
                self._idle.begin()
            if record is not None:
                record.end(status)

    async def _request(self, typed: Typed) -> Request:
        command, *words = typed.words
        caller = await self._door.known(self._connection)
        return Request(
            self._door.ids.new(),
            command,
            caller,
            tuple(words),
            whole=True,
            cwd=typed.cwd,
            env=typed.env,
            progress=typed.progress,
            screen=typed.screen,
        )

    def _is_verbatim(self, command: str) -> bool:
        try:
            return self._door.hall.registry.find(command).verbatim
        except UnknownCommand:
            return False  # the hall says so

    def refuse(self, sentence: str) -> None:
        """Say it in the place of an answer, whatever was asked; to a daemon, in the place of a greeting."""
        identity = self._connection.identity
        if self._link is not None:
            self._link.say_goodbye(sentence)
        elif identity is not None and identity.role in (Role.SERVICE, Role.MANAGEMENT):
            self._connection.write(encode(Kind.GOAWAY, 0, json.dumps({"reason": sentence}).encode()))
        else:
            outbox = Outbox(self._connection, 1, Printer(show_source=False))
            outbox.add(Failure(sentence))
            outbox.end(1)

    def ended(self) -> None:
        self._idle.end()
        for stream in self._running:
            self._stop(stream)
        if self._link is not None:
            self._link.ended()


def _printer(request: Request, *, others_words: bool) -> Printer | Traced:
    """The print rules that the caller's switches ask for (protocol.md 1.7). `others_words`: a -V may be for somebody else."""
    switches = {name for name, value in request.env if value}
    verbose = not others_words and ("-V" in request.argv or "--verbose" in request.argv)
    printer = Printer(show_source=verbose or "XCATSHOWSVR" in switches, as_xml="XCATSHOWXML" in switches)
    if "XCATXMLTRACE" not in switches:
        return printer
    return Traced(printer, XmlRequest(request.command, args=request.argv, cwd=request.cwd, client_type="cli"))
