"""A node that is to be installed, with what is asked about it again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from xcatd.services.autoinst.image import Image
from xcatd.services.networks import MASTER
from xcatd.services.postscripts.here import Here

SITE_DEFAULTS: Final[Mapping[str, str]] = {
    "installdir": "/install",
    "tftpdir": "/tftpboot",
    "httpport": "80",
    "xcatdport": "3001",
    "xcatiport": "3002",
    "timezone": "Etc/UTC",
}
"""What a row of table site means that is not there."""


@dataclass(frozen=True, slots=True)
class Target:
    """`server`: the address of the node's server; `answers`: of the one that has its answer file (noderes.tftpserver); `files`: of
    the one that has its packages (noderes.nfsserver)."""

    here: Here
    image: Image
    node: str
    server: str
    answers: str
    files: str

    @property
    def web(self) -> str:
        """The server of its packages as URLs have it: http://HOST:PORT."""
        return f"http://{authority(self.files)}:{site(self.here, 'httpport')}"

    def url(self, place: str) -> str:
        """Where a repository is: a folder of the server, or a URL already."""
        return place if "://" in place else self.web + quote(str(Path(place)))


Block = Callable[[Target], Sequence[str]]
"""Lines as they are written for a node. Raises ServiceError, which does not name the node."""


def target_of(here: Here, image: Image, node: str) -> Target:
    """A node of this server."""
    server = here.master_address(node)
    named = [here.world.value(node, "noderes", column) for column in ("tftpserver", "nfsserver")]
    answers, files = ("" if one == MASTER else one for one in named)
    return Target(here, image, node, server, answers or server, files or answers or server)


def authority(host: str) -> str:
    """A host as it stands in a URL. RFC 3986, section 3.2.2."""
    return f"[{host}]" if ":" in host else host


def site(here: Here, key: str) -> str:
    """A value of table site, or what counts without it."""
    return here.world.snapshot.site(key) or SITE_DEFAULTS.get(key, "")
