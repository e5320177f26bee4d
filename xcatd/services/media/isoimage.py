"""An ISO image or a device with one, read without mounting it: bsdtar (libarchive) lists and unpacks it as it is read, with the
names of Rock Ridge, else those of Joliet."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from xcatd.errors import ServiceError
from xcatd.services.media.source import CLUE_SIZE, Contents, Progress
from xcatd.services.programs import find_program

_MAGIC_AT, _MAGIC = 32769, b"CD001"
"""The first volume descriptor (ECMA-119, 8.1)."""
_LINE = re.compile(r"(\S)\S*\s+\d+\s+\S+\s+\S+\s+(\d+)\s+\w{3}\s+\d+\s+[\d:]+ (.*)")
"""A line of bsdtar -tv: kind and rights, links, owner, group, size, time, name."""
_AS_NEW_FILES = ("--no-same-owner", "--no-same-permissions", "--no-xattrs", "--no-acls", "--no-fflags")
_LEFT = 5
"""Lines of complaints that are kept."""
_SAID = 1 << 14
"""Bytes of complaints that are read."""
_SPARE = 16 << 20
"""Bytes that must be free besides."""


def is_iso(path: Path) -> bool:
    """Whether a file begins as an ISO image does. It blocks. Raises OSError."""
    with path.open("rb") as file:
        file.seek(_MAGIC_AT)
        return file.read(len(_MAGIC)) == _MAGIC


@dataclass(frozen=True, slots=True)
class IsoImage:
    """A file or a device."""

    path: Path

    async def contents(self) -> Contents:
        async with contextlib.aclosing(self._lines("-tvf", str(self.path), errors=False)) as said:
            lines = [line async for line in said]
        files: dict[str, int | None] = {}
        names: set[str] = set()
        for kind, size, name in _entries(lines):
            names.add(name)
            if kind in "-h":
                files[name] = size
        return Contents(files, names)

    async def read(self, name: str) -> str:
        async with _running("-xOqf", str(self.path), "--", _pattern(name)) as process:
            assert process.stdout is not None
            octets = await process.stdout.read(CLUE_SIZE)
        return octets.decode(errors="replace")

    async def unpack(self, contents: Contents, folder: Path, progress: Progress) -> None:
        await asyncio.to_thread(_check_room, folder, contents.size)
        words = ("-xvf", str(self.path), "-C", str(folder), *_AS_NEW_FILES)
        done, total = 0, contents.size
        async with contextlib.aclosing(self._lines(*words, errors=True)) as said:
            async for line in said:
                if line.startswith("x "):
                    await progress(done, total)  # it is named before it is unpacked
                    done += contents.files.get(line[2:].removeprefix("./")) or 0

    async def _lines(self, *words: str, errors: bool) -> AsyncGenerator[str, None]:
        """What bsdtar says, a line after the other; `errors`: on standard error. Raises ServiceError when it does not end well."""
        last: list[str] = []
        with tempfile.TemporaryFile() as aside:
            pipes = (
                (asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE) if errors else (asyncio.subprocess.PIPE, aside)
            )
            async with _running(*words, stdout=pipes[0], stderr=pipes[1]) as process:
                stream = process.stderr if errors else process.stdout
                assert stream is not None
                async for raw in stream:
                    line = raw.decode(errors="replace").rstrip("\n")
                    last = [*last[1 - _LEFT :], line]
                    yield line
                status = await process.wait()
            if status and not errors:
                aside.seek(0)
                last = aside.read(_SAID).decode(errors="replace").splitlines()
        if status:
            raise ServiceError(f"{self.path} cannot be read to its end: {_complaint(last)}")


@contextlib.asynccontextmanager
async def _running(
    *words: str, stdout: int = asyncio.subprocess.PIPE, stderr: int | IO[bytes] = asyncio.subprocess.DEVNULL
) -> AsyncIterator[asyncio.subprocess.Process]:
    """bsdtar at work. It ends with the block, at the latest."""
    program = find_program("bsdtar")
    if program is None:
        raise ServiceError("bsdtar is not installed: install the package libarchive-tools (Debian, Ubuntu) or bsdtar")
    process = await asyncio.create_subprocess_exec(
        program,
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
        umask=0o022,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()  # to the end of what it said, else asyncio may wait for ever


def _check_room(folder: Path, size: int) -> None:
    free, wanted = shutil.disk_usage(folder).free, size + _SPARE
    if free < wanted:
        raise ServiceError(
            f"{folder.parent} has {free >> 20} MiB free, and the medium needs {wanted >> 20} MiB: make room there"
        )


def _entries(lines: Sequence[str]) -> Iterator[tuple[str, int | None, str]]:
    """Kind, size and name of what a listing has. The size of a second name of a file is not known."""
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        kind, size, name = found[1], int(found[2]), found[3].replace("\\\\", "\\")
        if kind == "l":
            yield kind, None, name.partition(" -> ")[0]
        elif kind == "-" and size == 0 and " link to " in name:
            yield kind, None, name.partition(" link to ")[0]
        elif name != ".":
            yield kind, size, name.removeprefix("./").rstrip("/")


def _pattern(name: str) -> str:
    """A name as bsdtar takes it, which reads patterns."""
    return re.sub(r"([*?\[\]\\])", r"\\\1", name)


def _complaint(lines: Sequence[str]) -> str:
    """The line that says what is wrong: the last one that is not only about the end."""
    said = [line for line in lines if "Error exit delayed" not in line]
    if not said:
        return "bsdtar failed"
    return said[-1].removeprefix("x ").removeprefix("bsdtar: ").replace(": Unknown error -1", "").rstrip(".")
