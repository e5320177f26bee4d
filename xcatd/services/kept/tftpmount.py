"""site.sharedtftp: a service node with a TFTP server has site.tftpdir from the management node.

1, yes or nothing: from there; 0 or no: it has its own; anything else names the host to take it from.
"""

from __future__ import annotations

from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.kept.tftpserver import TftpServer
from xcatd.services.managers import Program
from xcatd.services.nfs.mounting import NfsMount, Share
from xcatd.services.place import Place
from xcatd.services.service import ALONE, NO, ON, YES, column_value

_SETTING = "site.sharedtftp"


class TftpMount(NfsMount):
    name = "tftpmount"
    tables = ("noderes",)
    site_keys = ("sharedtftp", "tftpdir", "master", "useNFSv4onAIX")

    def share(self, place: Place) -> Share | None:
        word = place.site("sharedtftp").strip()
        if (word and word.lower() in NO) or not _has_server(place):
            return None
        host = place.above if not word or word.lower() in YES else word
        if not host:
            raise ServiceError(
                "site.sharedtftp wants the management node's files and nobody says where: set site.master"
            )
        return None if place.is_me(host) else Share(host, place.site("tftpdir", "/tftpboot"), _SETTING)

    def point(self, place: Place) -> Path:
        return place.tftpboot

    def user(self, place: Place) -> Program:
        return TftpServer().program(place, ON)


def _has_server(place: Place) -> bool:
    return column_value(place.value("servicenode", "tftpserver"), "tftpserver") != ALONE
