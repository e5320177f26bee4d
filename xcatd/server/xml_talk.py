"""The language of xCAT 2 at the door (protocol.md section 1): requests one after another, answers in XML."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xcatd.errors import Denied, Malformed, UnknownCommand, XcatError
from xcatd.model import Caller, Failure, Reply, Request, Role, length_of
from xcatd.protocol.limits import REQUEST, TRUSTED
from xcatd.protocol.xml import RequestReader, ResponseWriter, XmlRequest
from xcatd.server.builtin import BUILTIN, authenticate, note_use
from xcatd.server.idle import Idle
from xcatd.server.records import ABORTED, Record
from xcatd.server.xml_body import is_whole, words_and_input

if TYPE_CHECKING:
    from xcatd.server.connection import Connection
    from xcatd.server.door import Door

WAITING = 64
"""Requests that a caller may send ahead of the answers."""
_AS_DATA = frozenset({"updatenode", "xdcp", "xdsh"})
"""Commands whose answers have no nodes in xCAT 2, but lines that begin with a node's name; front ends go by that."""
_LAST = frozenset({"getcredentials"})
"""Requests of images of xCAT 2 whose programs wait until the daemon hangs up."""
MANY, LUMP = 512, 1 << 16
"""Replies, and characters in them, after which they are sent at once."""


class XmlOutbox:
    """Replies become responses; those of one turn of the loop share as many as an old client's print rules allow."""

    def __init__(self, connection: Connection, writer: ResponseWriter) -> None:
        self._connection = connection
        self._writer = writer
        self._pending: list[Reply] = []
        self._length = 0
        self._due = False

    @property
    def flowing(self) -> bool:
        return self._connection.flowing

    async def send(self, reply: Reply) -> None:
        if not self._connection.flowing:
            await self._connection.drain()
        self._pending.append(reply)
        self._length += length_of(reply)
        if len(self._pending) >= MANY or self._length >= LUMP:
            self.flush()
            await asyncio.sleep(0)  # a command that talks without pause lets others have their turn
        elif not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        self._due = False
        self._length = 0
        pending, self._pending = self._pending, []
        if pending:
            self._connection.write(self._writer.write(pending))


class XmlTalk:
    """A connection of a client, a node or a front end of xCAT 2."""

    def __init__(self, door: Door, connection: Connection) -> None:
        self._door = door
        self._connection = connection
        trusted = connection.caller.name == "root" or connection.caller.may_vouch
        self._requests = RequestReader(TRUSTED if trusted else REQUEST)
        self._waiting: deque[XmlRequest] = deque()
        self._running: asyncio.Task[None] | None = None
        self._fault = ""
        """What is wrong behind the requests that wait; it is said when they are answered."""
        self._idle = Idle(door.limits.idle, connection.close)
        self._idle.begin()

    def received(self, data: bytes) -> None:
        if self._fault:
            return
        try:
            self._take(self._requests.feed(data))
            self._requests.feed(b"")  # what is wrong behind a whole request is known now
        except Malformed as error:
            self._fault = str(error)
        if len(self._waiting) > WAITING:
            self._connection.pause_reading()
        if self._running is None and self._waiting:
            self._idle.end()
            self._running = self._door.spawn(self._serve(), "requests in XML")
        elif self._running is None and self._fault:
            self._connection.dismiss(self._fault)

    def _take(self, requests: Sequence[XmlRequest]) -> None:
        for request in requests:
            if request.abort:
                self._stop()
                return
            self._waiting.append(request)

    def _stop(self) -> None:
        """Answer nothing more, and end what is under way."""
        self._waiting.clear()
        if self._running is None:
            self._connection.close()
        else:  # not before its first step: a task that never ran would not clean up
            asyncio.get_running_loop().call_soon(self._running.cancel)

    async def _serve(self) -> None:
        whole = False
        try:
            while self._waiting:
                await self._answer(self._waiting.popleft())
                self._connection.resume_reading()
            whole = True
        finally:
            self._running = None
            if not whole:
                self._connection.close()
            elif self._fault:
                self._connection.dismiss(self._fault)
            else:
                self._idle.begin()

    async def _answer(self, asked: XmlRequest) -> None:
        host = self._door.hall.host
        writer = ResponseWriter(host.name, asked.transid, as_data=asked.command in _AS_DATA)
        outbox = XmlOutbox(self._connection, writer)
        record: Record | None = None
        status = 1
        self._door.began(self._connection)
        try:
            caller, changes = authenticate(asked, await self._caller(asked), host.store.snapshot)
            if changes:
                self._door.spawn(note_use(host.store, changes, caller.name), "the use of a token")
            request = self._request(asked, caller)
            record = Record(request)
            if asked.command in BUILTIN or asked.gettoken:
                self._door.hall.gate(None, ())
                elements = await BUILTIN["gettoken" if asked.gettoken else asked.command](
                    self._door.hall, asked, request
                )
                self._connection.write(writer.answer(elements))
                status = 0
                if asked.command in _LAST and not self._waiting:
                    self._connection.close()
                return
            status = await self._door.hall.run(request, outbox)
            outbox.flush()
            self._connection.write(writer.finish(status))
        except XcatError as error:
            status = error.status
            if record is None:
                self._door.complain(self._connection, str(error))
            outbox.flush()
            text = "Unsupported request" if isinstance(error, UnknownCommand) else str(error)
            self._connection.write(writer.refuse(Failure(text, code=error.status)))
        except asyncio.CancelledError:
            status = ABORTED
            raise
        finally:
            self._door.ended()
            if record is not None:
                record.end(status)

    async def _caller(self, asked: XmlRequest) -> Caller:
        """Who asks: the peer, or another for whom a daemon speaks."""
        caller = await self._door.known(self._connection)
        if asked.username and caller.may_vouch:
            return replace(caller, name=asked.username, role=Role.USER)
        if asked.username and asked.username != caller.name:
            raise Denied(
                f"{caller.name or 'An anonymous caller'} may not act for {asked.username}: only a service node or management "
                "node may"
            )
        return caller

    def _request(self, asked: XmlRequest, caller: Caller) -> Request:
        if not asked.command and asked.gettoken is None:
            raise Malformed("The request names no command: send <command>NAME</command>")
        words, stdin = words_and_input(asked)
        return Request(
            self._door.ids.new(),
            asked.command,
            caller,
            words,
            whole=is_whole(asked),
            noderange=asked.noderange,
            nodes=asked.nodes,
            stdin=stdin,
            cwd=asked.cwd or "/",
            env=(*asked.environment, *(_pair(word) for word in asked.env)),
            client_type=asked.client_type or "other",
            remote_clients=asked.remote_client if caller.name == "root" or caller.may_vouch else (),
        )

    def refuse(self, sentence: str) -> None:
        """One whole answer, so that an old client prints the sentence and exits with 1."""
        self._connection.write(ResponseWriter(self._door.hall.host.name).refuse(Failure(sentence)))

    def ended(self) -> None:
        self._idle.end()
        self._stop()


def _pair(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value
