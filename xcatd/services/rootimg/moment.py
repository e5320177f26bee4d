"""The moment of an image: when its repositories were made, so that what is built of the same packages is the same.

https://reproducible-builds.org/specs/source-date-epoch; sources are `Release` (Date) of Debian's repositories and
`repodata/repomd.xml` (timestamp) of others.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from xcatd.services.rootimg.repositories import is_folder
from xcatd.services.rootimg.spec import Repository

DEFAULT: Final = 1_000_000_000
"""Seconds since 1970 where no repository says when it was made."""
_PATIENCE: Final = 15.0
_LARGEST: Final = 1 << 24
_DATE: Final = re.compile(rb"^Date: *(.+)$", re.MULTILINE)
_STAMP: Final = re.compile(rb"<timestamp>(\d+)")


def moment_of(repositories: Sequence[Repository]) -> int:
    """Seconds since 1970: the latest of the moments at which repositories were made. It reads files and URLs."""
    return max((when for one in repositories for when in _moments(one)), default=DEFAULT)


def _moments(one: Repository) -> Iterator[int]:
    if not one.suite:
        yield from map(int, _STAMP.findall(_read(one, "repodata/repomd.xml")))
        return
    name = "Release" if one.suite.endswith("/") else f"dists/{one.suite}/Release"
    found = _DATE.search(_read(one, name))
    if found is not None:
        with contextlib.suppress(ValueError):
            yield int(parsedate_to_datetime(found[1].decode(errors="replace").strip()).timestamp())


def _read(one: Repository, name: str) -> bytes:
    """A file of a repository; nothing when it cannot be read, of which the installer will say more."""
    with contextlib.suppress(OSError, URLError, ValueError):
        folder = is_folder(one)
        if folder is not None:
            return (folder / name).read_bytes()
        with urlopen(f"{one.url.rstrip('/')}/{name}", timeout=_PATIENCE) as answer:  # noqa: S310 - the site's own tables
            return bytes(answer.read(_LARGEST))
    return b""
