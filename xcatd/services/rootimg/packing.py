"""A tree becomes one file. The same tree gives the same bytes, whenever and with however many processors."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final, TypeAlias

from xcatd.errors import ServiceError
from xcatd.services.rootimg.archive import Archive
from xcatd.services.rootimg.cpio import write_cpio
from xcatd.services.rootimg.saying import needed

Told: TypeAlias = Callable[[int, int], None]
"""Hears how far it is: so much is done, of so much."""
_TAR: Final = (
    *("--create", "--file=-", "--sort=name", "--numeric-owner", "--format=posix", "--xattrs", "--xattrs-include=*"),
    "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime",
)
_SQUASHFS: Final = ("-noappend", "-no-recovery", "-exit-on-error", "-progress")
_BAR: Final = re.compile(rb"(\d+)/(\d+) +\d+%")
"""How far mksquashfs is, in its progress bar."""
_PIECE: Final = 1 << 18


def pack(tree: Path, target: Path, archive: Archive, size: int, moment: int, told: Told) -> None:
    """Pack what is in a folder into a new file. `size`: bytes of its files, as far as they are known; `moment`: the time of the
    archive itself, seconds since 1970. It blocks for long. Raises ServiceError."""
    try:
        if archive.method == "squashfs":
            _squash(tree, target, archive, moment, told)
        else:
            _stream(tree, target, archive, size, told)
    except OSError as error:
        raise ServiceError(f"{target.parent} cannot be packed: {(error.strerror or str(error)).lower()}") from error


def _squash(tree: Path, target: Path, archive: Archive, moment: int, told: Told) -> None:
    words = [needed("mksquashfs", "squashfs-tools"), str(tree), str(target), *_SQUASHFS, *archive.squashed]
    moment_of = {"SOURCE_DATE_EPOCH": str(moment)}
    with _running(words, "mksquashfs", stdout=subprocess.PIPE, env=moment_of) as process:
        assert process.stdout is not None
        rest = b""
        while piece := os.read(process.stdout.fileno(), _PIECE):
            rest = (rest + piece)[-_PIECE:]
            for found in _BAR.findall(rest)[-1:]:
                told(int(found[0]), int(found[1]))


def _stream(tree: Path, target: Path, archive: Archive, size: int, told: Told) -> None:
    done = 0

    def step(amount: int) -> None:
        nonlocal done
        done += amount
        told(min(done, size), size)

    with (
        target.open("xb") as file,
        _running(archive.compressor, archive.compress, stdin=subprocess.PIPE, stdout=file) as compressor,
    ):
        assert compressor.stdin is not None
        with compressor.stdin as into:
            if archive.method == "cpio":
                write_cpio(tree, into, step)
            else:
                _tar(tree, into, step)


def _tar(tree: Path, into: IO[bytes], step: Callable[[int], None]) -> None:
    with _running([needed("tar", "tar"), *_TAR, f"--directory={tree}", "."], "tar", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while piece := process.stdout.read(_PIECE):
            into.write(piece)
            step(len(piece))


@contextlib.contextmanager
def _running(
    words: Sequence[str],
    name: str,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int | IO[bytes],
    env: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A program, which has ended at the end of the block. Raises ServiceError with what it said last when it failed."""
    with tempfile.TemporaryFile() as errors:
        environment = {**os.environ, "LC_ALL": "C.UTF-8", **(env or {})}
        process = subprocess.Popen(words, stdin=stdin, stdout=stdout, stderr=errors, env=environment)
        try:
            try:
                yield process
            except BrokenPipeError:
                if process.stdin is None:
                    raise  # another one has ended that was written to
        except BaseException:
            process.kill()
            _ended(process)
            raise
        status = _ended(process)
        if status:
            raise ServiceError(f"{name} failed ({_end(status)}): {_last(errors)}")


def _ended(process: subprocess.Popen[bytes]) -> int:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.close()
    return process.wait()


def _last(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def _end(status: int) -> str:
    return f"status {status}" if status > 0 else f"signal {-status}"
