"""What a real xCAT 2.19 client sent to its daemon is sent to ours, and an old client must print the same.

Each recording of tests/vectors/wire is played twice: its bytes over TLS, printed by `perlprint`; and its command line
typed at our own client.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.helpers import captured
from tests.helpers.cluster import Daemon, running
from tests.helpers.perlprint import Printed, perlprint
from tests.helpers.xmlclient import ask
from tests.simulators.bmcs import bmcs
from tests.unit.protocol.recorded import Exchange, exchanges
from xcatd.daemon.version import version_line

RECORDED = {exchange.name: exchange for exchange in exchanges()}

WAITING = {
    *("chdef", "chdef-badattr", "chdef-m", "chdef-stdin"),
    *("lsdef", "lsdef-all-l", "lsdef-bad", "lsdef-i", "lsdef-node", "lsdef-site"),
    *("makeknownhosts", "mkdef-exists", "mkdef-group", "mkdef-node", "rmdef"),
    *("nodeset-bad", "nodestat", "reventlog", "rvitals", "xdsh-unreach"),
}
"""Recordings that wait for their command. One that begins to work fails a test below: take it out of the list."""

VERSION = b"Version 2.19.0 (git commit 7733d16f8de0fc36b80638c04a7033931fa13304, built peer)"

PREPARED = {
    "nodech": ("nodeadd n11 groups=all",),
    "noderm": ("nodeadd n11-n12 groups=all",),
    "tabch": ("chtab key=wiretest site.value=1",),
}
"""What earlier commands had left behind when this one was recorded."""

LEFT = {"nodech": "noderm n11", "tabch": "tabch -d key=wiretest site"}
"""How to undo what a recorded command leaves behind, so that they can be played in any order."""


@dataclass(frozen=True)
class System:
    """The recorded system, running, and the credentials of its people."""

    daemon: Daemon
    people: dict[str, Path | None]

    async def play(self, exchange: Exchange) -> Printed:
        """What an old client prints for our answer to the recorded request."""
        for line in PREPARED.get(exchange.name, ()):
            assert self.daemon.run(*shlex.split(line)).returncode == 0
        answer = await ask(self.daemon.address, self.daemon.port, exchange.request, self.people[exchange.user])
        return perlprint(answer, show_source=exchange.show_source)

    def tidy(self, name: str) -> None:
        if line := LEFT.get(name):
            assert self.daemon.run(*shlex.split(line)).returncode == 0


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("replay")
    with ExitStack() as stack:
        stack.enter_context(bmcs(captured.BMC, folder / "bmcs"))
        [daemon] = stack.enter_context(running(folder, (), captured.NAME, prepare=captured.build)).all
        made = daemon.xcatcert("issue", "user", "joe", "--dir", str(folder / "joe"))
        assert made.returncode == 0, made.stderr
        yield System(daemon, {"root": daemon.credentials, "joe": folder / "joe", "none": None})


def wanted(exchange: Exchange) -> Printed:
    """What must be printed: as recorded, with the differences that are wanted."""
    recorded = Printed(exchange.stdout, exchange.stderr, exchange.status)
    match exchange.name:
        case "nosuchcmd":  # xCAT exits with 0 and a script goes on as if it had worked
            return replace(recorded, status=1)
        case "psh-local":  # psh prints the daemon's warning itself, on standard output
            return Printed(b"", exchange.stdout, exchange.status)
        case _:  # this is another version
            return replace(recorded, stdout=recorded.stdout.replace(VERSION, version_line().encode()))
