"""servicenode.proxydhcp: a boot server of our own tells machines their loaders where the DHCP server that gives them addresses does
not (xcatd/services/proxydhcp)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.asking.patience import patiently
from xcatd.services.asking.pxe import ask
from xcatd.services.files import read_text
from xcatd.services.fileservice import File, FileService, Read, Rendered
from xcatd.services.managers import Program
from xcatd.services.ownunits import how_to_link
from xcatd.services.place import Place
from xcatd.services.ports import Port
from xcatd.services.proxydhcp.answers import PORT
from xcatd.services.proxydhcp.book import Book, dumped, loaded
from xcatd.services.proxydhcp.pages import example, names_of_servers, pages_of

_FILE, _UNIT = "/etc/xcat/proxydhcp.json", "xcatd-proxydhcp"


class ProxyDhcp(FileService):
    name = "proxydhcp"
    needs_current_tables = True
    tables = ("networks", "mac", "noderes", "nodelist", "nodegroup", "hosts")
    site_keys = ("httpport",)

    def program(self, place: Place, value: str) -> Program:
        words = (sys.executable, "-m", "xcatd.services.proxydhcp", str(place.below(_FILE)))
        return Program("proxydhcp", (_UNIT,), words, f"xcatd, and {how_to_link(_UNIT)}")

    def names(self, place: Place) -> Collection[str]:
        return names_of_servers(place)

    def ports(self, place: Place, value: str) -> Sequence[Port]:
        return (Port("udp", PORT),)

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        pages = pages_of(place)
        if not pages.book.networks:
            raise ServiceError(
                "There is no IPv4 network in table networks, so nobody is to be told anything: run makenetworks"
            )
        return Rendered({place.below(_FILE): File(dumped(pages.book))}, warnings=pages.problems)

    async def verify(self, place: Place, value: str) -> None:
        """It must have the book that was written last, and answer out of it."""
        book = await asyncio.to_thread(_book, place.below(_FILE))
        mac, address = example(book)

        async def question() -> None:
            if await ask(mac, address) != book.digest:
                raise ServiceError(f"proxydhcp answers out of another book than {place.below(_FILE)}: `kill -HUP` it")

        await patiently(question)


def _book(path: Path) -> Book:
    return loaded(read_text(path))
