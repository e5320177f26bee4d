"""site.installloc: a service node has site.installdir from the management node, or from another file server.

It has no column: a service node is one that has a row in table servicenode.
"""

from __future__ import annotations

from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.nfs.mounting import NfsMount, Share
from xcatd.services.place import Place

_SETTING = "site.installloc"
_NO_SERVICES = ("node", "comments", "disable")


class InstallMount(NfsMount):
    name = "installmount"
    tables = ("noderes",)
    site_keys = ("installloc", "installdir", "master", "useNFSv4onAIX")

    def share(self, place: Place) -> Share | None:
        text = place.site("installloc").strip()
        host, colon, path = text.rpartition(":")
        host = host.strip("[]") if colon else place.above
        if not text or not _has_row(place):
            return None
        if not path.startswith("/"):
            raise ServiceError(f"site.installloc is {text!r}: set it to a path, or to host:path")
        if not host:
            raise ServiceError(f"site.installloc is {text!r} and nobody says where: set site.master, or host:path")
        return None if place.is_me(host) else Share(host, path, _SETTING)

    def point(self, place: Place) -> Path:
        return place.install


def _has_row(place: Place) -> bool:
    row = place.world.row(place.node, "servicenode") if place.node else {}
    return any(value for column, value in row.items() if column not in _NO_SERVICES)
