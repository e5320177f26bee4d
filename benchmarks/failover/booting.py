"""Two service nodes that serve DHCP and boot files to the nodes of one network, as hosts of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.alone import typed, until
from tests.helpers.bootsite import FILES, IMAGE, NODES, SITE
from tests.helpers.cluster import PATIENCE, Daemon, environment, join, made
from tests.helpers.media import lay
from tests.helpers.namespaces import Namespace, cable, namespaces
from tests.helpers.servicehosts import stop_servers

CLIENT = Path(__file__).parents[2] / "tests/simulators/dhcpclient.py"
PORT = 3001
FIRST, SECOND = "10.7.0.2", "10.7.0.3"
"""The addresses of sn1 and sn2."""


@dataclass(frozen=True)
class Booting:
    """`client` is a machine on the network of the two. Node 1 is b1, with the address 10.7.1.1."""

    mn: Daemon
    sn1: Daemon
    sn2: Daemon
    there: Namespace
    client: Namespace

    def ask(self, number: int) -> dict[str, Any] | None:
        """What the DHCP servers tell a node; None: nobody answers."""
        words = [*self.client.before, sys.executable, str(CLIENT), "up0", _mac(number)]
        done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment(ANSWERS_WITHIN="10"))
        found: dict[str, Any] | None = json.loads(done.stdout)
        return found

    def lease(self, number: int) -> str:
        """The server from which a node is told to load."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.ask(number)) is None:
            assert time.monotonic() < deadline, f"nobody answers b{number}"
        return str(found["next-server"])

    def file(self, number: int, server: str) -> str:
        """The boot file of a node, by TFTP from this server."""
        got = self.mn.root.parent / "got"
        got.unlink(missing_ok=True)
        words = ("tftp", "-m", "binary", server, "-c", "get", f"xcat/xnba/nodes/b{number}", str(got))
        done = subprocess.run([*self.client.before, *words], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return got.read_text()

    def dies(self) -> None:
        """The host of sn1 goes: its cable is out, its daemon and its servers are gone."""
        self.there.ip("link", "set", "up0", "down")
        self.sn1.stop(9)
        stop_servers(self.sn1.root)

    def returns(self) -> None:
        self.there.ip("link", "set", "up0", "up")
        self.sn1.start(wait=False)
        self.whole()

    def bound(self) -> None:
        """All nodes have the first one as their master, and go to the other one when it has been dead for a second."""
        typed(
            self.mn,
            f"chdef -t group big xcatmaster={FIRST}",
            "chtab key=takeover site.value=1",
            "makedhcp -a",
            "nodeset big enact",
        )
        self.whole()

    def home(self) -> None:
        """The nodes are where they were. The management node has forgotten by then how often sn1 has died."""
        number = max(int(line.split(":")[0].split()[0]) for line in typed(self.mn, "snmove --list").splitlines())
        typed(self.mn, f"snmove --rollback {number}")
        self.mn.stop()
        self.mn.start(wait=False)
        for name in ("sn1", "sn2"):
            until(lambda name=name: f"link {name}: up" in self.mn.run("lsdaemons").stdout, name)  # type: ignore[misc]
        self.whole()

    def whole(self) -> None:
        """Wait until both serve."""
        for name in ("sn1", "sn2"):
            until(lambda name=name: self._runs(name), f"the services of {name}")  # type: ignore[misc]

    def _runs(self, name: str) -> bool:
        return self.mn.run("xcatstatus", name).stdout.count("running") >= SERVICES


SERVICES = 2
"""DHCP and TFTP."""


def _mac(number: int) -> str:
    return f"02:00:00:00:{number // 256:02x}:{number % 256:02x}"


@contextmanager
def booting(folder: Path, nodes: int) -> Iterator[Booting]:
    """It runs, and all nodes are set to boot an image."""
    with ExitStack() as stack:
        here, one, two, client = stack.enter_context(namespaces("mn", "one", "two", "client"))
        here.bridge("up0", "10.7.0.1/16")
        for host, interface, addresses in (
            (one, "to1", (f"{FIRST}/16",)),
            (two, "to2", (f"{SECOND}/16",)),
            (client, "toc", ("10.7.250.1/16",)),
        ):
            cable(here, host, interface)
            host.ip("link", "set", interface, "name", "up0")
            host.up("up0", *addresses)
            here.ip("link", "set", interface, "master", "up0", "up")
        mn = made(Daemon(folder / "mn1", "mn1", "10.7.0.1", PORT, before=here.before))
        below = [
            join(mn, Daemon(folder / name, name, address, PORT, master=mn.host, before=host.before))
            for name, address, host in (("sn1", FIRST, one), ("sn2", SECOND, two))
        ]
        place = Booting(mn, below[0], below[1], one, client)
        for daemon in (mn, *below):
            stack.callback(stop_servers, daemon.root)
            stack.callback(daemon.stop)
            lay(daemon.root, FILES)
            daemon.start(wait=False)
            until(lambda daemon=daemon: daemon.run("nodels").returncode == 0, daemon.name)  # type: ignore[misc]
        _define(place, folder, nodes)
        yield place


def _define(place: Booting, folder: Path, nodes: int) -> None:
    table = folder / "mac.csv"
    table.write_text("#node,mac\n" + "".join(f'"b{number}","{_mac(number)}"\n' for number in range(1, nodes + 1)))
    typed(
        place.mn,
        *SITE,
        "chtab key=dhcpbackend site.value=kea",
        "mkdef -t network up net=10.7.0.0 mask=255.255.0.0 dynamicrange=10.7.200.1-10.7.200.9 dhcpserver=sn1",
        "nodeadd sn[1-2] groups=service 'hosts.ip=|sn(\\d+)|10.7.0.(1+$1)|'",
        "chdef sn1,sn2 setupdhcp=1 setuptftp=1",
        f"nodeadd b[1-{nodes}] groups=big noderes.netboot=xnba noderes.servicenode=sn1,sn2",
        "chdef -t group big arch=x86_64 ip='|b(\\d+)|10.7.(($1-1)/250+1).(($1-1)%250+1)|'",
        f"tabrestore {table}",
        NODES[-1],
    )
    for name in ("sn1", "sn2"):
        until(lambda name=name: f"link {name}: up" in place.mn.run("lsdaemons").stdout, name)  # type: ignore[misc]
    typed(place.mn, "makedhcp -n", "makedhcp -a", f"nodeset big osimage={IMAGE}")
