"""What the HTTP server of a host gives out, to whom: the same for each kind of server."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from xcatd.errors import ServiceError
from xcatd.services.fileservice import File
from xcatd.services.managers import Program
from xcatd.services.networks import Network
from xcatd.services.place import Place

_SAFE = re.compile(r"/[A-Za-z0-9._/+@-]*")
"""Paths that no server reads as something else."""


@dataclass(frozen=True, slots=True)
class Site:
    """`folders`: paths of URLs, without a slash at their end, with the folders that they mean. `networks`: who may have it, besides
    this host."""

    port: int
    folders: Mapping[str, Path]
    networks: Sequence[Network]
    has_ipv6: bool
    root: Path

    @property
    def is_whole_host(self) -> bool:
        return self.root == Path("/")


class WebServer(Protocol):
    """One kind of server on one family of distributions."""

    @property
    def program(self) -> Program: ...

    def files(self, site: Site, main: str) -> Mapping[Path, File]:
        """Its files. `main` is the text of `main_path` as it is."""
        ...

    @property
    def main_path(self) -> Path:
        """The distribution's file that is looked at."""
        ...

    async def check(self, site: Site, files: Mapping[Path, File]) -> None:
        """Raises ServiceError with what its own checker says about the new files, beside all others that it has."""
        ...


def site_of(place: Place) -> Site:
    """What the tables say. Raises ServiceError for what cannot be meant."""
    port = place.site("httpport", "80").strip()
    if not (port.isdecimal() and 0 < int(port) < 1 << 16):
        raise ServiceError(f"site.httpport is {port!r}: set it to a port number, or remove it for 80")
    folders = {"/install": place.install, "/tftpboot": place.tftpboot}
    for key, folder in (("installdir", place.install), ("tftpdir", place.tftpboot)):
        folders[_path(place, key)] = folder
    folders.pop("", None)
    has_ipv6 = any(address.version == 6 for address in place.addresses())
    return Site(int(port), folders, tuple(place.cluster_networks()), has_ipv6, place.root)


def _path(place: Place, key: str) -> str:
    """A folder as the path of a URL: xCAT's nodes ask for folders by the names that they have on the server."""
    text = place.site(key).strip().rstrip("/")
    if text and not _SAFE.fullmatch(text):
        raise ServiceError(f"site.{key} is {text!r}: use a path of letters, digits and . _ - + @, which begins with /")
    return text
