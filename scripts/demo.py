"""`make demo`: a management node, two service nodes, 24 BMCs and 24 nodes on this host; shows commands and checks their output.

Everything is real but the hardware: three xcatd processes with mutual TLS on loopback addresses, OpenIPMI's simulator for
each BMC, the client as it is installed. All of it is below one temporary folder and is gone at the end.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SOURCE), str(SOURCE / "client"), str(SOURCE / "certs")]

from tests.helpers.cluster import Cluster, Daemon, environment, running  # noqa: E402
from tests.simulators.bmcs import Bmc, Rack, User, bmcs  # noqa: E402
from xcat_client.install import install  # noqa: E402

NODES = [f"cn{number:02}" for number in range(1, 25)]
COMMANDS = ["nodels", "rpower", "nodeadd", "chtab", "lsxcatd"]
HURRY = 2.0
"""Seconds after which a person notices that a command waits."""


class Unexpected(Exception):
    """The output was not what it must be."""


class Terminal:
    """Types commands at the management node and compares what comes back."""

    def __init__(self, folder: Path, management: Daemon) -> None:
        self._bin = folder / "bin"
        install(self._bin, COMMANDS, python=sys.executable)
        self._env = environment(XCAT_ROOT=str(management.root))

    def type(self, line: str, expected: Mapping[str, str] | None = None, silent: bool = False) -> float:
        """Run a command line; `expected` maps each node to its text. Gives the seconds it took."""
        words = line.split()
        if not silent:
            print(f"\n$ {line}", flush=True)
        began = time.monotonic()
        done = subprocess.run(
            [str(self._bin / words[0]), *words[1:]],
            check=False,
            capture_output=True,
            text=True,
            env=self._env,
            timeout=60,
        )
        took = time.monotonic() - began
        if not silent or done.returncode:
            print(done.stdout + done.stderr, end="", flush=True)
        if done.returncode or done.stderr:
            raise Unexpected(f"`{line}` ended with {done.returncode}")
        if expected is not None:
            lines = sorted(done.stdout.splitlines())
            wanted = sorted(f"{node}: {text}" if text else node for node, text in expected.items())
            if lines != wanted:
                raise Unexpected(
                    f"`{line}` printed {len(lines)} lines, of which {len(set(lines) - set(wanted))} are wrong"
                )
        return took


def define(terminal: Terminal, rack: list[Bmc]) -> None:
    """Tell the cluster about its nodes: two groups, each with the other's service node as second in its pool."""
    terminal.type("nodeadd sn1,sn2 groups=service,all")
    for group, first, pool in (("rack1", 0, "sn1,sn2"), ("rack2", 12, "sn2,sn1")):
        names = f"cn[{first + 1:02}-{first + 12:02}]"
        terminal.type(f"nodeadd {names} groups=compute,{group},all nodehm.mgt=ipmi")
        terminal.type(f"chtab node={group} noderes.servicenode={pool}")
    terminal.type("chtab key=ipmi passwd.username=admin passwd.password=secret")
    for node, bmc in zip(NODES, rack, strict=True):
        terminal.type(f"chtab node={node} ipmi.bmc={bmc.host}:{bmc.port}", silent=True)
    print(f"\n(and each node's BMC: ipmi.bmc={rack[0].host}:{rack[0].port} to {rack[-1].host}:{rack[-1].port})")


def settle(cluster: Cluster) -> None:
    """Wait until both service nodes know the nodes: tables travel within a moment."""
    deadline = time.monotonic() + 10
    for service in cluster.services:
        while service.run("rpower", NODES[-1], "stat").returncode:
            if time.monotonic() > deadline:
                raise Unexpected(f"{service.name} did not get the tables")


def show(cluster: Cluster, terminal: Terminal, rack: list[Bmc]) -> None:
    define(terminal, rack)
    settle(cluster)
    off = dict.fromkeys(NODES, "off")
    terminal.type("nodels compute", dict.fromkeys(NODES, ""))
    terminal.type("rpower compute stat", off)
    six = dict.fromkeys(NODES[:6], "on")
    terminal.type("rpower cn[01-06] on", six)
    terminal.type("rpower compute stat", off | six)
    victim = cluster.services[0]
    print(f"\n$ kill -9 {victim.process.pid if victim.process else '?'}      # that was {victim.name}", flush=True)
    victim.stop(signal.SIGKILL)
    took = terminal.type("rpower compute stat", off | six)
    if took > HURRY:
        raise Unexpected(f"the dead service node cost {took:.1f} s")
    print(f"\nThe pool served all 24 nodes in {took:.2f} s with {victim.name} dead.")


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="xcatd-demo-") as name:
        folder = Path(name)
        print("Making an authority, starting mn1, sn1 and sn2 and 24 simulated BMCs ...", flush=True)
        rack = Rack(count=len(NODES), address="127.1.0.1", users=(User("admin", "secret"),))
        try:
            with running(folder) as cluster, bmcs(rack, folder / "bmcs") as simulated:
                show(cluster, Terminal(folder, cluster.management), list(simulated))
        except Unexpected as error:
            print(f"\nThe demo failed: {error}", file=sys.stderr)
            return 1
    print(f"All output was right ({time.monotonic() - began:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
