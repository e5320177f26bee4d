"""A management node in a network namespace, for tests of its name server, and a neighbour in the same network."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon
from tests.helpers.namespaces import Namespace
from tests.simulators.named import NameServer, stop_named
from xcatd.daemon.init import write_changes
from xcatd.daemon.paths import Paths
from xcatd.store import Put

HOSTS = """\
127.0.0.1 localhost
10.0.0.1 mn1 mn1.cluster.net
10.0.1.1 n1 n1.cluster.net one eins
10.0.1.2 n2.cluster.net n2
10.1.0.2 n2-ib
2001:db8::1 n1
192.168.0.9 outside
10.0.1.77 bad_name
"""
ZONES = (
    "cluster.net",
    "ib.net",
    "0.10.in-addr.arpa",
    "0.1.10.in-addr.arpa",
    "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
)
SETTINGS = {"domain": "cluster.net", "nameservers": "10.0.0.1", "master": "10.0.0.1"}
ROWS = (
    *(Put("site", {"key": key}, {"value": value}) for key, value in SETTINGS.items()),
    Put("networks", {"net": "10.0.0.0", "mask": "255.255.0.0"}, {"netname": "main"}),
    Put("networks", {"net": "10.1.0.0", "mask": "255.255.255.0"}, {"netname": "ib", "domain": "ib.net"}),
    Put("networks", {"net": "2001:db8::/64", "mask": "/64"}, {"netname": "six"}),
)
DONE = (
    "Getting reverse zones, this may take several minutes for a large cluster.",
    "Completed getting reverse zones.",
    "Updating zones.",
    "Completed updating zones.",
    "Restarting named",
    "Restarting named complete",
    "Updating DNS records, this may take several minutes for a large cluster.",
    "Completed updating DNS records.",
    "DNS setup is completed",
)
QUIET = tuple(line for line in DONE if not line.startswith("Restarting"))


@dataclass(frozen=True)
class DnsSite:
    """A management node with a network of its own, and a neighbour in the same network."""

    mn: Daemon
    here: Namespace
    there: Namespace

    @property
    def server(self) -> NameServer:
        return NameServer("127.0.0.1", 53, self.mn.root, self.here.before)

    @property
    def conf(self) -> Path:
        return self.mn.root / "etc/bind/named.conf"

    @property
    def pid(self) -> int:
        return int((self.mn.root / "run/named/named.pid").read_text())

    def zone_files(self) -> set[str]:
        return {path.name for path in (self.mn.root / "var/lib/bind").iterdir() if path.suffix != ".jnl"}

    def serials(self) -> Sequence[int]:
        return [self.server.serial(zone) for zone in ZONES]

    def makedns(self, *words: str) -> Sequence[str]:
        """What it prints; it must succeed without a word on standard error."""
        return typed(self.mn, shlex.join(("makedns", *words))).splitlines()

    def stop_named(self) -> None:
        stop_named(self.mn.root / "run/named/named.pid")

    def add_to_hosts(self, line: str) -> None:
        """Add a line to the hosts file."""
        with (self.mn.root / "etc/hosts").open("a") as text:
            text.write(f"{line}\n")

    def refused(self, *words: str) -> str:
        """What it says that does not succeed."""
        done = self.mn.run("makedns", *words)
        assert done.returncode == 1, done.stdout
        assert "DNS setup is completed" not in done.stdout
        return done.stderr.removeprefix("Error: [mn1]: ").strip()


def furnish(root: Path) -> None:
    """Fill the tables of a management node that does not run."""
    asyncio.run(write_changes(Paths(root), lambda _: ROWS, "test"))


@contextlib.contextmanager
def dns_site(furnished: Path, folder: Path, port: int, hosts: tuple[Namespace, Namespace]) -> Iterator[DnsSite]:
    """A copy of a `furnished` root runs, its hosts file is written; no name server runs. One that was started is stopped at the
    end."""
    shutil.copytree(furnished, folder / "root", symlinks=True)
    mn = Daemon(folder / "root", "mn1", "127.0.0.1", port, before=hosts[0].before)
    (mn.root / "etc/hosts").write_text(HOSTS)
    with contextlib.ExitStack() as stack:
        stack.callback(stop_named, mn.root / "run/named/named.pid")
        stack.callback(mn.stop)
        mn.start(wait=False)
        until(lambda: mn.run("nodels").returncode == 0, "its tables")
        yield DnsSite(mn, *hosts)
