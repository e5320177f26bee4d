"""servicenode.nfsserver, which asks for HTTP too: nginx or Apache gives out site.installdir and site.tftpdir, read-only, to the
networks of the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.asking.http import get
from xcatd.services.asking.patience import patiently
from xcatd.services.asking.sample import NAME, own_folders, sample_in
from xcatd.services.fileservice import FileService, Read, Rendered
from xcatd.services.managers import Program
from xcatd.services.place import Place
from xcatd.services.ports import Port
from xcatd.services.service import column_value
from xcatd.services.web.choice import server_of
from xcatd.services.web.site import Site, site_of

_COLUMN = "nfsserver"
_GIVEN, _FORBIDDEN, _NOT_THERE = 200, 403, 404


class HttpServer(FileService):
    name = "httpserver"
    tables = ("networks",)
    site_keys = ("installdir", "tftpdir", "httpport", "installloc", "sharedtftp")
    after = ("installmount", "tftpmount")

    def wanted(self, place: Place) -> str:
        return column_value(place.value("servicenode", _COLUMN), _COLUMN)

    def program(self, place: Place, value: str) -> Program:
        return server_of(place).program

    def ports(self, place: Place, value: str) -> Sequence[Port]:
        return (Port("tcp", site_of(place).port),)

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        site, server = site_of(place), server_of(place)
        files = dict(server.files(site, now(server.main_path)))
        folders = [*own_folders(place, [place.install, place.tftpboot], now)]
        if not site.is_whole_host:
            folders += [place.root / "run", place.root / "var/log", place.root / "var/lib"]
        return Rendered(files, folders)

    async def check(self, place: Place, value: str, rendered: Rendered) -> None:
        await server_of(place).check(site_of(place), rendered.files)

    async def verify(self, place: Place, value: str) -> None:
        site = site_of(place)

        async def ask() -> None:
            for path, folder in site.folders.items():
                await _ask(site, path, folder, await sample_in(place, folder))

        await patiently(ask)


async def _ask(site: Site, path: str, folder: Path, there: str) -> None:
    """Raises ServiceError when the server does not give what is in a folder: our file with this text, or no such file."""
    answer = await get(f"{path}/{NAME}", "127.0.0.1", site.port)
    if (answer.status == _GIVEN and answer.body == there) or (not there and answer.status in (_GIVEN, _NOT_THERE)):
        return
    reason = "it may not read it" if answer.status == _FORBIDDEN else "another server, or other settings, have the path"
    raise ServiceError(f"The HTTP server does not give out {folder} as {path} (status {answer.status}): {reason}")
