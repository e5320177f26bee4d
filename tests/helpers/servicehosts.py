"""A management node and a service node, each in a network namespace of its own, with services below their roots."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.helpers.alone import until
from tests.helpers.cluster import Daemon, join, made
from tests.helpers.namespaces import Namespace, cable, namespaces
from tests.helpers.program import is_alive

PORT = 3001
MN, SN, CLIENT = "10.7.0.1", "10.7.0.2", "10.5.0.9"
"""The addresses of the management node, of the service node, and of a machine behind it."""


@dataclass(frozen=True)
class ServiceHosts:
    """`mn` and `sn` run, and are linked. `client` is a machine on the service node's second network, 10.5.0.0/16."""

    mn: Daemon
    sn: Daemon
    here: Namespace
    there: Namespace
    client: Namespace

    def in_client(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a program on the client machine."""
        return subprocess.run([*self.client.before, *words], capture_output=True, text=True, timeout=60)

    def status(self, service: str, host: str = "sn1") -> str:
        """The line of a service in `xcatstatus`, "" when there is none; its error behind it."""
        done = self.mn.run("xcatstatus", host, "-a")
        lines = [line for line in done.stdout.splitlines() if line.split()[1:2] == [service]]
        return "\n".join([*lines, *(line for line in done.stderr.splitlines() if f" {service}: " in line)])

    def becomes(self, service: str, word: str, host: str = "sn1") -> str:
        """Wait until the line of a service has a word; gives the line."""
        until(lambda: word in self.status(service, host), f"{service} {word}: {self.sn.log()[-3000:]}")
        return self.status(service, host)


@contextlib.contextmanager
def service_hosts(folder: Path, apart: Sequence[str] = ()) -> Iterator[ServiceHosts]:
    """They are stopped at the end, and so is every server that their daemons have started. `apart`: words before the command line
    of the service node's daemon."""
    with namespaces("mn", "sn", "client") as (here, there, client):
        cable(here, there, "up0")
        here.up("up0", f"{MN}/16")
        there.up("up0", f"{SN}/16")
        cable(there, client, "rack0")
        there.up("rack0", "10.5.0.1/16", "fd05::1/64")
        client.up("rack0", f"{CLIENT}/16", "fd05::9/64")
        client.ip("route", "add", "default", "via", "10.5.0.1")
        mn = made(Daemon(folder / "mn1", "mn1", MN, PORT, before=here.before))
        sn = join(mn, Daemon(folder / "sn1", "sn1", SN, PORT, master=mn.host, before=(*there.before, *apart)))
        with contextlib.ExitStack() as stack:
            for daemon in (mn, sn):
                stack.callback(stop_servers, daemon.root)
                stack.callback(daemon.stop)
                daemon.start(wait=False)
                until(partial(_answers, daemon), f"the tables of {daemon.name}")
            yield ServiceHosts(mn, sn, here, there, client)


def _answers(daemon: Daemon) -> bool:
    return daemon.run("nodels").returncode == 0


def stop_servers(root: Path) -> None:
    """Stop the servers below a root that a daemon has started, and wait for their ends."""
    for path in (root / "run/xcat/services").glob("*.pid"):
        number = int(path.read_text().split()[0])
        with contextlib.suppress(ProcessLookupError):
            os.killpg(number, signal.SIGKILL)  # each leads a group, some have children
        until(partial(_is_over, number), f"the end of process {number}")


def _is_over(number: int) -> bool:
    return not is_alive(number)
