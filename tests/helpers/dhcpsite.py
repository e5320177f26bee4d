"""A management node in a network namespace, and machines in another one that are plugged into its network and ask for addresses."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, made
from tests.helpers.namespaces import Namespace, cable, namespaces

CLIENT = Path(__file__).parents[1] / "simulators/dhcpclient.py"
BIOS, UEFI, ARM64, OPAL, HTTP = (f"93={number:04x}" for number in (0, 7, 11, 14, 16))
IPXE = f"77={b'iPXE'.hex()}"
TABLES = (
    "chtab key=domain site.value=c.net",
    "chtab key=nameservers site.value='<xcatmaster>'",
    "chtab key=dhcpinterfaces site.value='mn1|up0'",
    "mkdef -t network compute net=10.0.0.0 mask=255.255.0.0 mgtifname=up0 gateway=10.0.0.254 tftpserver='<xcatmaster>' "
    "dynamicrange=10.0.200.1-10.0.200.200 mtu=9000",
    "mkdef -t network other net=10.9.0.0 mask=255.255.0.0 dynamicrange=10.9.200.1-10.9.200.200",
    "nodeadd n[1-9] groups=compute noderes.netboot=xnba",
    "chdef -t group compute ip='|n(\\d+)|10.0.0.($1+10)|' mac='|n(\\d+)|02:00:00:00:00:0($1)|'",
)


@dataclass(frozen=True)
class Site:
    """The management node, its own namespace, and that of the machines."""

    mn: Daemon
    here: Namespace
    machines: Namespace

    def lease(self, number: int, *options: str, way: str = "up0") -> Any:
        """What the machine with this number is told; None: nothing. `way`: see the client."""
        words = [*self.machines.before, sys.executable, str(CLIENT), way, mac(number), *options]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def file(self, number: int, *options: str) -> str:
        return str(self.lease(number, *options)["file"])

    def fails(self, line: str) -> list[str]:
        """Type a command that must fail; gives what it says on standard error."""
        done = self.mn.run(*shlex.split(line))
        assert (done.stdout, done.returncode) == ("", 1), done.stderr
        return done.stderr.splitlines()


def mac(number: int) -> str:
    return f"02:00:00:00:00:{number:02d}"


@contextlib.contextmanager
def dhcp_site(folder: Path, backend: str) -> Iterator[Site]:
    """The management node runs, with nine nodes and two networks in its tables; no DHCP server does."""
    with namespaces("mn", "nodes") as (here, there):
        cable(here, there, "up0")
        here.up("up0", "10.0.0.1/16")
        here.bridge("aside", "10.9.0.1/16")
        there.up("up0")
        mn = made(Daemon(folder / "mn1", "mn1", "127.0.0.1", 3001, before=here.before))
        try:
            mn.start(wait=False)
            until(lambda: mn.run("nodels").returncode == 0, "the daemon")
            typed(mn, *TABLES, f"chtab key=dhcpbackend site.value={backend}")
            yield Site(mn, here, there)
        finally:
            mn.stop()
