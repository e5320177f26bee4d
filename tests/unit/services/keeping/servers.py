"""A service for tests whose server is a real program of its own: it serves as long as its file says so."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from xcatd.errors import ServiceError
from xcatd.services.fileservice import File, FileService, Read, Rendered
from xcatd.services.managers import Program
from xcatd.services.place import Place
from xcatd.services.programs import comes_true

_SERVER = """
import pathlib, signal, sys
file, answer = map(pathlib.Path, sys.argv[1:])
def read(*_):
    text = file.read_text()
    if text.startswith("crash"):
        print("this text is no good", flush=True)
        sys.exit(3)
    answer.write_text(text)
signal.signal(signal.SIGHUP, read)
read()
while True:
    signal.pause()
"""


class Echo(FileService):
    """Its server says in the file `answer` what it has read. site.domain is what it is told."""

    name = "ipforward"
    site_keys = ("domain",)
    refused: ClassVar[Sequence[str]] = ("bad",)

    def program(self, place: Place, value: str) -> Program:
        words = (sys.executable, "-S", "-c", _SERVER, str(place.root / "conf"), str(place.root / "answer"))
        return Program("echo", ("echo",), words, "echo-server")

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        return Rendered({place.root / "conf": File(f"{place.site('domain')}\n")}, [place.root / "data"])

    async def check(self, place: Place, value: str, rendered: Rendered) -> None:
        (file,) = rendered.files.values()
        if (file.text or "").strip() in self.refused:
            raise ServiceError(f"echo refuses its new configuration, so the old one stays: {file.text}")

    async def verify(self, place: Place, value: str) -> None:
        async def answers() -> bool:
            path = place.root / "answer"
            return path.exists() and path.read_text() == (place.root / "conf").read_text()

        if not await comes_true(answers, 2.0):
            raise ServiceError("echo does not answer with its configuration")


def conf(root: Path) -> str:
    return (root / "conf").read_text().strip()
