"""The recorded exchanges of tests/vectors/wire."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "vectors" / "wire"


@dataclass(frozen=True, slots=True)
class Exchange:
    name: str
    command_line: str
    request: bytes
    answer: bytes
    stdout: bytes
    stderr: bytes
    status: int
    connections: int
    user: str
    stdin: str | None

    @property
    def show_source(self) -> bool:
        """Whether the command line asks for it: the client looks for -V among the words."""
        return bool({"-V", "--verbose"} & set(self.command_line.split()))


def exchanges() -> list[Exchange]:
    """Those in which the client spoke to the daemon."""
    found = [_read(path.stem) for path in sorted(FOLDER.glob("*.json"))]
    return [exchange for exchange in found if exchange.connections]


def _read(name: str) -> Exchange:
    facts = json.loads((FOLDER / f"{name}.json").read_text())
    request, answer, stdout, stderr = (
        (FOLDER / f"{name}.{kind}").read_bytes() for kind in ("req.xml", "rsp.xml", "stdout", "stderr")
    )
    said = (request, answer, stdout, stderr, facts["exit"])
    return Exchange(name, facts["cmd"], *said, facts["connections"], facts["user"], facts["stdin"])
