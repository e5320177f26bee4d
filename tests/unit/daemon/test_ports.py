"""Which ports the tables want, and what given sockets are for."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tests.helpers.cluster import environment
from tests.helpers.tables import snapshot_of
from xcatd.daemon.ports import node_port, site_port
from xcatd.errors import StoreError
from xcatd.store import Snapshot

GIVEN = """
import os, socket, sys
os.dup2(int(sys.argv[1]), 3), os.dup2(int(sys.argv[2]), 4), os.dup2(int(sys.argv[3]), 5)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="3")
from tests.unit.daemon.test_ports import Tables
from xcatd.daemon.ports import given_listeners
made = given_listeners(Tables(xcatiport=sys.argv[5]) if sys.argv[5] else Tables(None), int(sys.argv[4]))
print([(each.secure, each.nodes) for each in made])
"""


class Tables:
    """What a daemon knows of the site; None: nothing yet."""

    def __init__(self, known: None = None, **site: str) -> None:
        self._rows = [{"key": key, "value": value} for key, value in site.items()] if site else None

    @property
    def snapshot(self) -> Snapshot:
        if self._rows is None:
            raise StoreError("The tables have not arrived")
        return snapshot_of(site=self._rows)


@pytest.mark.parametrize(("text", "port"), [("3002", 3002), ("", 0), ("none", 0), ("0", 0), ("70000", 0)])
def test_the_site_says_where_nodes_are_heard(text: str, port: int) -> None:
    assert node_port(Tables(xcatiport=text, xcatdport="3005")) == port  # type: ignore[arg-type]
    assert site_port(Tables(xcatiport=text, xcatdport="3005")) == 3005  # type: ignore[arg-type]


def test_before_the_tables_have_come() -> None:
    assert site_port(Tables()) == 3001  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        node_port(Tables())  # type: ignore[arg-type]


def test_a_given_socket_is_for_nodes_if_its_port_is() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as callers,
        socket.create_server(("127.0.0.1", 0)) as nodes,
        socket.socket(socket.AF_UNIX) as local,
    ):
        local.bind("")
        local.listen()
        numbers = [str(each.fileno()) for each in (callers, nodes, local)]
        ports = [str(each.getsockname()[1]) for each in (callers, nodes)]
        seen = [
            subprocess.run(
                [sys.executable, "-c", GIVEN, *numbers, ports[0], wanted],
                capture_output=True, text=True, env=environment(), timeout=60, check=True,
                pass_fds=[int(number) for number in numbers],
            ).stdout.strip()
            for wanted in (ports[1], "")
        ]  # fmt: skip
    assert seen == ["[(True, False), (False, True), (False, False)]", "[(True, False), (True, False), (False, False)]"]
