"""A connection to a daemon's port that is kept, as old clients and front ends of xCAT 2 may keep it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.helpers.cluster import PATIENCE, Daemon
from tests.helpers.xmlclient import client_context

ESC = "\x1b"
_STAND_IN = "xxxxESCxxxx"
_END = b"</xcatresponse>"
_DONE = b"<serverdone>"


def request(command: str, *args: str, **elements: str | Sequence[str]) -> bytes:
    """A request as old clients write it; `elements` are those besides command and arg, texts or lists of texts."""
    parts = [f"<arg>{escape(word)}</arg>" for word in args]
    parts.append(f"<command>{escape(command)}</command>")
    for name, given in elements.items():
        texts = [given] if isinstance(given, str) else given
        parts += [f"<{name}>{escape(text)}</{name}>" for text in texts]
    return f"<xcatrequest>{''.join(parts)}</xcatrequest>".encode()


def login(element: str, user: str, password: str) -> bytes:
    """The element `becomeuser` or `gettoken`, to be put into a request."""
    return f"<{element}><username>{user}</username><password>{password}</password></{element}>".encode()


def with_part(asked: bytes, part: bytes) -> bytes:
    """The request with one more element."""
    return asked.replace(b"</xcatrequest>", part + b"</xcatrequest>")


class Conversation:
    """Requests and their answers, one after another. No wait is longer than the tests' patience."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._held = b""

    async def say(self, *pieces: bytes) -> None:
        """Send bytes, each piece in a record of its own."""
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()

    async def answer(self) -> bytes:
        """All responses up to the one with serverdone. Raises EOFError when the daemon hangs up before."""
        whole = b""
        async with asyncio.timeout(PATIENCE):
            while True:
                while (end := self._held.find(_END)) >= 0:
                    response, self._held = self._held[: end + len(_END)], self._held[end + len(_END) :]
                    whole += response
                    if _DONE in response:
                        return whole
                await self._more()

    async def ask(self, asked: bytes) -> Answer:
        await self.say(asked)
        return Answer(await self.answer())

    async def rest(self) -> bytes:
        """What still comes until the daemon hangs up, which it must do."""
        with suppress(EOFError, ConnectionError):
            async with asyncio.timeout(PATIENCE):
                while True:
                    await self._more()
        return self._held

    async def _more(self) -> None:
        piece = await self._reader.read(1 << 20)
        if not piece:
            raise EOFError(self._held)
        self._held += piece

    def hang_up(self) -> None:
        """As a client that dies: no word of goodbye."""
        self._writer.transport.abort()

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError, TimeoutError):
            await self._writer.wait_closed()


class Answer:
    """An answer, taken apart."""

    def __init__(self, raw: bytes) -> None:
        swapped = raw.replace(ESC.encode(), _STAND_IN.encode())
        self._responses = ElementTree.fromstring(b"<all>" + swapped + b"</all>")
        self.raw = raw

    def texts(self, name: str) -> list[str]:
        """The texts of the elements of this name directly below a response."""
        return [_text(each) for each in self._responses.findall(f"./xcatresponse/{name}")]

    @property
    def nodes(self) -> list[str]:
        """The names of the nodes that were spoken of."""
        return [_text(each) for each in self._responses.findall("./xcatresponse/node/name")]

    @property
    def contents(self) -> list[str]:
        """What was said of nodes."""
        return [_text(each) for each in self._responses.findall("./xcatresponse/node/data/contents")]

    @property
    def error(self) -> str:
        """The one error of an answer that has no other."""
        [text] = self.texts("error")
        assert self.texts("errorcode") == ["1"]
        return text

    def text(self, path: str) -> str:
        [found] = self._responses.findall(f"./xcatresponse/{path}")
        return _text(found)


def _text(element: ElementTree.Element) -> str:
    return (element.text or "").replace(_STAND_IN, ESC)


@asynccontextmanager
async def conversation(daemon: Daemon, credentials: Path | None) -> AsyncIterator[Conversation]:
    """Connect to the daemon's port; `credentials` None: as somebody without a certificate."""
    reader, writer = await asyncio.open_connection(daemon.address, daemon.port, ssl=client_context(credentials))
    talk = Conversation(reader, writer)
    try:
        yield talk
    finally:
        await talk.close()
