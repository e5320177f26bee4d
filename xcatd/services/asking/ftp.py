"""A client of FTP (RFC 959, RFC 2428) that logs in as anybody and reads a small file or the names of a folder."""

from __future__ import annotations

import asyncio
import contextlib
import re

from xcatd.errors import ServiceError
from xcatd.services.asking.patience import hang_up

PORT = 21
PATIENCE = 5.0
"""Seconds that all of it may take. vsftpd may look up who we are first."""
_PASSIVE = re.compile(r"\(\|\|\|(\d+)\|\)")
"""Where data is to be had (RFC 2428 section 3)."""


class Session:
    """A conversation with a server. Its methods raise ServiceError with what the server says."""

    def __init__(self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._host, self._reader, self._writer = host, reader, writer

    async def expect(self, words: str, *codes: str) -> str:
        """Say something ("" says nothing), and have one of these codes for an answer."""
        if words:
            self._writer.write(f"{words}\r\n".encode())
            with contextlib.suppress(ConnectionError):  # it may have said why before it hung up
                await self._writer.drain()
        line = await self._answer()
        if line[:3] not in codes:
            raise ServiceError(f"The FTP server answers {words or 'a caller'} with: {line or 'nothing'}")
        return line

    async def data(self, words: str) -> str:
        """What a command gives over a connection of its own."""
        line = await self.expect("EPSV", "229")
        found = _PASSIVE.search(line)
        if found is None:
            raise ServiceError(f"The FTP server does not say where its data is: {line}")
        reader, writer = await asyncio.open_connection(self._host, int(found[1]))
        try:
            await self.expect(words, "150", "125")
            content = await reader.read()
        finally:
            await hang_up(writer)
        await self.expect("", "226", "250")
        return content.decode(errors="replace")

    async def _answer(self) -> str:
        """The last line of an answer, which may have several."""
        while True:
            line = (await self._reader.readline()).decode(errors="replace").rstrip()
            if not line or re.match(r"\d{3} ", line) or line[:3] == "500":
                return line


async def read_as_anybody(name: str, host: str, port: int = PORT) -> str:
    """The content of a file; without a name, the names in the topmost folder. Raises ServiceError when it is not given."""
    where = f"at {host} port {port}"
    try:
        async with asyncio.timeout(PATIENCE):
            return await _read(name, host, port)
    except TimeoutError as error:
        raise ServiceError(f"The FTP server {where} does not answer within {PATIENCE:g} s") from error
    except OSError as error:
        raise ServiceError(f"No FTP server answers {where}: {error}") from error


async def _read(name: str, host: str, port: int) -> str:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        session = Session(host, reader, writer)
        await session.expect("", "220")
        if (await session.expect("USER anonymous", "331", "230"))[:3] == "331":
            await session.expect("PASS xcatd@", "230")
        return await session.data(f"RETR {name}" if name else "NLST")
    finally:
        await hang_up(writer)
