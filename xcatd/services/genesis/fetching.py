"""A service node with a TFTP folder of its own gets the small boot image from its management node, over HTTP. It blocks."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from xcatd.errors import NotFound, ServiceError
from xcatd.services.boot.kernels import genesis
from xcatd.services.genesis.placing import Fill, bring, sums_file

PATIENCE: Final = 60.0
"""Seconds of silence after which it is given up."""
_BLOCK: Final = 1 << 20
_MOST: Final = 4096
"""Bytes of the file of sums that are looked at."""


@dataclass(frozen=True, slots=True)
class Upper:
    """Who has the files: a name or an address, and the port of its web server."""

    host: str
    port: int

    def url(self, name: str) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/tftpboot/{name}"


def fetch_image(upper: Upper, tftpdir: Path, arch: str) -> bool:
    """Bring the files of an architecture, if those that are here are others; gives whether they were.

    Raises NotFound when there are none, and ServiceError: nobody is there, or what came is not whole; then the old ones are in
    place.
    """
    with _answer(upper, sums_file(arch)) as said:
        wanted = dict(_sums(said.read(_MOST).decode(errors="replace")))
    if all(_sum(tftpdir / name) == wanted.get(Path(name).name, "-") for name in genesis(arch)):
        return False
    bring(tftpdir, arch, {name: _fetching(upper, name) for name in genesis(arch)}, wanted)
    return True


def _fetching(upper: Upper, name: str) -> Fill:
    def fill(file: BinaryIO) -> None:
        with _answer(upper, name) as said:
            try:
                while block := said.read(_BLOCK):
                    file.write(block)
            except http.client.HTTPException as error:
                raise ServiceError(f"{upper.url(name)} has ended before its end: try again") from error

    return fill


@contextlib.contextmanager
def _answer(upper: Upper, name: str) -> Iterator[http.client.HTTPResponse]:
    with contextlib.closing(http.client.HTTPConnection(upper.host, upper.port, timeout=PATIENCE)) as connection:
        try:
            connection.request("GET", f"/tftpboot/{name}")
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            reason = str(error).lower() or type(error).__name__
            raise ServiceError(f"{upper.url(name)} cannot be fetched: {reason}") from error
        if answer.status == http.client.NOT_FOUND:
            raise NotFound(f"{upper.url(name)} is not there: type mknb on {upper.host}")
        if answer.status != http.client.OK:
            raise ServiceError(f"{upper.url(name)} cannot be fetched: {answer.status} {answer.reason}")
        yield answer


def _sums(text: str) -> Iterator[tuple[str, str]]:
    """As sha256sum writes them: name and sum."""
    for line in text.splitlines():
        digest, _, name = line.partition("  ")
        yield name, digest


def _sum(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
