"""`xdsh` beside clush and pdsh with the same fan-out, over one real sshd that stands for all nodes; and folding equal answers.

All exchange keys by curve25519. What OpenSSH 9 prefers, sntrup761, takes 65 ms of processor time more a connection here.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import cpu_of
from benchmarks.table import Measured, median
from tests.helpers.alone import typed
from tests.helpers.cluster import Cluster, Daemon, running
from tests.helpers.sshnodes import Sshd, key_for_root, sshd
from xcatd.dispatch.forms import AsTheyCome, Folded
from xcatd.model import Line, Reply

FANOUT = 64
RUNS = 3
SIZES = (200, 1_000)
BELOW = 2_000
"""Nodes of two service nodes."""
COMMANDS = {"true": "true", "100 lines": "seq -f 'line %.0f of a hundred' 100"}
FOLDED = 10_000
_PROGRAMS = ("clush", "pdsh")


@dataclass(frozen=True)
class Hall:
    """A cluster whose daemons come into the nodes, and a configuration for others' ssh that does, too."""

    cluster: Cluster
    nodes: Sshd
    config: Path

    @property
    def mn(self) -> Daemon:
        return self.cluster.management


def measure() -> list[Measured]:
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as cluster, sshd(Path(name) / "nodes") as nodes:
        hall = _prepared(Hall(cluster, nodes, Path(name) / "ssh_config"))
        rows = [row for size in SIZES for what in COMMANDS for row in _beside(hall, size, what)]
        rows += _below(hall)
    folding = [asyncio.run(_fold()) for _ in range(RUNS)]
    return [*rows, median(f"{FOLDED} equal answers of 3 lines, folded", folding, "s", aim=1.0)]


def _prepared(hall: Hall) -> Hall:
    daemons = hall.cluster.all
    for daemon in daemons:
        key_for_root(daemon)
        (daemon.root / "root/.ssh/config").write_text(f"Host *\n Port {hall.nodes.port}\n")
        keys = daemon.root / "etc/xcat/hostkeys"
        keys.mkdir(parents=True, exist_ok=True)
        (keys / "ssh_host_ed25519_key.pub").write_text(hall.nodes.public())
    own = [(daemon.root / "root/.ssh/id_ed25519.pub").read_text() for daemon in daemons]
    hall.nodes.authorized.write_text("".join(own))
    key = hall.mn.root / "root/.ssh/id_ed25519"
    known = hall.config.with_name("known_hosts")
    known.write_text(f"* {hall.nodes.public()}\n")
    hall.config.write_text(
        f"Host *\n Port {hall.nodes.port}\n IdentityFile {key}\n UserKnownHostsFile {known}\n"
        " KexAlgorithms curve25519-sha256\n"
    )
    _define(hall.mn, "a", SIZES[-1], "")
    _define(hall.mn, "b", BELOW // 2, "sn1")
    _define(hall.mn, "c", BELOW // 2, "sn2")
    hall.cluster.linked()
    typed(hall.mn, f"makeknownhosts a[1-{SIZES[-1]}],b[1-{BELOW // 2}],c[1-{BELOW // 2}]")
    return hall


def _define(daemon: Daemon, letter: str, count: int, servicenode: str) -> None:
    address = f"|{letter}(\\d+)|127.{ord(letter)}.(($1-1)/200).(($1-1)%200+1)|"
    typed(daemon, f"nodeadd {letter}[1-{count}] groups={letter},all noderes.servicenode={servicenode}")
    typed(daemon, f"chtab node={letter} 'hosts.ip={address}'")


def _beside(hall: Hall, size: int, what: str) -> Iterator[Measured]:
    """Ours several times, theirs once: an ssh client a node takes its time."""
    before = cpu_of(hall.mn)
    ours = [_xdsh(hall.mn, f"a[1-{size}]", what, size) for _ in range(RUNS)]
    spent = (cpu_of(hall.mn) - before) / RUNS
    theirs = {program: _other(hall, program, size, what) for program in _PROGRAMS}
    yield median(f"xdsh {what}, {size} nodes, fan-out {FANOUT}", ours, "s", aim=round(theirs["clush"], 2))
    yield Measured("the same, daemon CPU", round(spent, 2), "s", RUNS)
    for program, took in theirs.items():
        yield Measured(f"{program} {what}, {size} nodes, fan-out {FANOUT}", round(took, 2), "s", 1)


def _below(hall: Hall) -> Iterator[Measured]:
    for what in COMMANDS:
        took = [_xdsh(hall.mn, "b,c", what, BELOW) for _ in range(RUNS)]
        yield median(f"xdsh {what}, {BELOW} nodes of two service nodes", took, "s")
    yield Measured("most memory of the management node's daemon", _peak(hall.mn), "MiB", 1)


def _xdsh(daemon: Daemon, noderange: str, what: str, size: int) -> float:
    began = time.perf_counter()
    done = daemon.run("xdsh", noderange, "-f", str(FANOUT), COMMANDS[what])
    took = time.perf_counter() - began
    _check(done.returncode, done.stdout.splitlines(), done.stderr, what, size)
    return took


def _other(hall: Hall, program: str, size: int, what: str) -> float:
    hosts = ",".join(f"127.{ord('a')}.{n // 200}.{n % 200 + 1}" for n in range(size))
    ssh = f"-F {hall.config}"
    words = {
        "clush": ["clush", "-q", "-w", hosts, "-f", str(FANOUT), "-l", "root", "-o", ssh],
        "pdsh": ["pdsh", "-R", "ssh", "-w", hosts, "-f", str(FANOUT), "-l", "root"],
    }[program]
    began = time.perf_counter()
    env = {**os.environ, "PDSH_SSH_ARGS_APPEND": ssh}
    line = [*words, COMMANDS[what]]
    done = subprocess.run(line, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=env, check=False)
    took = time.perf_counter() - began
    _check(done.returncode, done.stdout.splitlines(), done.stderr, what, size)
    return took


def _check(status: int, lines: Sequence[str], errors: str, what: str, size: int) -> None:
    if status or len(lines) != (0 if what == "true" else 100 * size):
        raise SystemExit(f"{what}: status {status}, {len(lines)} lines: {errors[:500]}")


def _peak(daemon: Daemon) -> float:
    assert daemon.process is not None
    lines = Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM:"))


class _Nowhere:
    flowing = True

    async def send(self, reply: Reply) -> None:
        """Nobody reads it."""


async def _fold() -> float:
    form = Folded(AsTheyCome(_Nowhere()))
    began = time.perf_counter()
    for number in range(FOLDED):
        for text in ("a first line", "a second one", "the last"):
            await form.send(Line(text, f"n{number}"))
    await form.close()
    return time.perf_counter() - began
