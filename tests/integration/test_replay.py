"""What a real xCAT 2.19 client sent to its daemon is sent to ours, and an old client must print the same.

Each recording of tests/vectors/wire is played twice: its bytes over TLS, printed by `perlprint`; and its command line
typed at our own client.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.helpers import captured
from tests.helpers.alone import alone, credentials, typed
from tests.helpers.cluster import Daemon
from tests.helpers.perlprint import Printed, perlprint
from tests.helpers.sshnodes import key_for_root
from tests.helpers.xmlclient import ask
from tests.simulators.bmcs import bmcs
from tests.unit.protocol.recorded import FOLDER, Exchange, exchanges
from xcatd.daemon.version import version_line
from xcatd.store.schema.own import TABLES as OWN

RECORDED = {exchange.name: exchange for exchange in exchanges()}

WAITING = {"nodeset-bad"}
"""Recordings that wait for their command. One that begins to work fails a test below: take it out of the list."""

CHASSIS = (
    "Power Status: off",
    "Power Overload: false",
    "Power Interlock: inactive",
    "Power Fault: false",
    "Power Control Fault: false",
    "Power Restore Policy: Always off",
    "Last Power Event: ",
    "Chassis intrusion: inactive",
    "Front Panel Lockout: inactive",
    "Drive Fault: false",
    "Cooling Fault: false",
    "LED status not supported on this system",
)
"""What `rvitals` says of the recorded BMC, which has no sensors."""

NOWHERE = "127.255.255.255"
"""The broadcast address of the loopback network: no packet leaves this host, and nothing answers."""

VERSION = b"Version 2.19.0 (git commit 7733d16f8de0fc36b80638c04a7033931fa13304, built peer)"

PREPARED = {
    "makeknownhosts": ("nodech n01 hosts.ip=NULL",),
    "nodestat": (f"nodech n01-n02 hosts.ip={NOWHERE}",),
    "xdsh-unreach": ("nodech n01 hosts.ip=NULL",),
    "chdef-m": ("nodech n01 groups,=extra",),
    "mkdef-node": ("noderm n[01-10]",),
    "nodech": ("nodeadd n11 groups=all",),
    "noderm": ("nodeadd n11-n12 groups=all",),
    "rmdef": ("mkdef -t network -o net90 net=10.90.0.0 mask=255.255.0.0",),
    "tabch": ("chtab key=wiretest site.value=1",),
}
"""What earlier commands had left behind when this one was recorded."""

AFTERWARDS = {
    **dict.fromkeys(("makeknownhosts", "nodestat", "xdsh-unreach"), ("nodech n01-n02 hosts.ip=10.90.1.1",)),
    "chdef": ("nodech n01 nodelist.comments=NULL",),
    "chdef-m": ("nodech n01 groups=compute,all",),
    "chdef-stdin": ("nodech n01 nodelist.comments=NULL",),
    "mkdef-group": ("rmdef -t group g1",),
    "mkdef-node": tuple(f"chtab node=n{number:02} ipmi.bmc=127.7.9.{number}" for number in range(1, 11)),
    "nodech": ("noderm n11",),
    "tabch": ("tabch -d key=wiretest site",),
    "chtab": ("tabch -d key=wiretest site",),
}
"""What removes the traces of a recorded command, so that they can be played in any order."""

OURS_DIFFERS = {"nosuchcmd": "names the nearest commands", "psh-local": "is a program of its own"}
"""Recorded command lines for which our own client prints something else, and what."""


@dataclass(frozen=True)
class System:
    """The recorded system, running, and the credentials of its people."""

    daemon: Daemon
    people: dict[str, Path | None]

    @contextmanager
    def as_recorded(self, name: str) -> Iterator[None]:
        """The tables as they were when the recording was made, and no traces afterwards."""
        typed(self.daemon, *PREPARED.get(name, ()))
        yield
        typed(self.daemon, *AFTERWARDS.get(name, ()))

    async def replay(self, exchange: Exchange) -> Printed:
        """What an old client prints for our answer to the recorded request."""
        with self.as_recorded(exchange.name):
            answer = await ask(self.daemon.address, self.daemon.port, exchange.request, self.people[exchange.user])
        return self._as_at_root(perlprint(answer, show_source=exchange.show_source))

    def retype(self, exchange: Exchange) -> Printed:
        """What our own client prints for the recorded command line, typed by the same person."""
        folder = str(self.people[exchange.user] or "")
        with self.as_recorded(exchange.name):
            words = shlex.split(exchange.command_line.removeprefix("cat | "))
            done = self.daemon.run(*words, stdin=exchange.stdin, tls=True, XCAT_CREDENTIALS=folder)
        return self._as_at_root(Printed(done.stdout.encode(), done.stderr.encode(), done.returncode))

    def _as_at_root(self, printed: Printed) -> Printed:
        """With files named as on a host that is the daemon's alone."""
        return replace(printed, stdout=printed.stdout.replace(str(self.daemon.root).encode(), b""))


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("replay")
    with ExitStack() as stack:
        stack.enter_context(bmcs(captured.BMC, folder / "bmcs"))
        daemon = stack.enter_context(alone(folder, captured.NAME, captured.build))
        key_for_root(daemon)
        (daemon.root / "root/.ssh/known_hosts").touch()
        keys = daemon.root / "etc/xcat/hostkeys"
        keys.mkdir(parents=True)
        (keys / "ssh_host_rsa_key.pub").write_text("ssh-rsa AAAA\n")
        yield System(daemon, {"root": daemon.credentials, "joe": credentials(daemon, "joe"), "none": None})


def wanted(exchange: Exchange) -> Printed:
    """What must be printed: as recorded, with the differences that are wanted."""
    recorded = Printed(exchange.stdout, exchange.stderr, exchange.status)
    match exchange.name:
        case (
            "makeknownhosts"
        ):  # other nodes get their lines all the same; -V says what was done, not with which program
            known = "/root/.ssh/known_hosts is as it should be: 0 nodes"
            return Printed(f"[vm]: {known}\n".encode(), b"Error: [vm]: Can not resolve n01\n", 1)
        case "nodestat":  # `offline` came from nodeset, for the second node at one address
            return replace(recorded, stdout=b"n01: noping\nn02: noping\n")
        case "nosuchcmd":  # xCAT exits with 0 and a script goes on as if it had worked
            return replace(recorded, status=1)
        case "reventlog":  # xCAT gives up on a BMC that tells of no sensors, and calls its node BADCODE
            return Printed(b"bmc1: no SEL entries\n", b"", 0)
        case "tabdump":  # ours come between them
            names = [*recorded.stdout.decode().split(), *(table.name for table in OWN)]
            return replace(recorded, stdout="".join(f"{name}\n" for name in sorted(names)).encode())
        case "rvitals":
            return Printed("".join(f"bmc1: {line}\n" for line in CHASSIS).encode(), b"", 0)
        case "psh-local":  # psh prints the daemon's warning itself, on standard output
            return Printed(b"", exchange.stdout, exchange.status)
        case "xdsh-unreach":  # the stream and the beginning of the line are as they were; ssh(1) is not asked
            said = b"[vm]: n01: its name cannot be resolved: give hosts.ip, or run makehosts or makedns\n"
            return replace(recorded, stderr=said)
        case _:  # this is another version
            return replace(recorded, stdout=recorded.stdout.replace(VERSION, version_line().encode()))


def named(exchange: Exchange) -> str:
    return exchange.name


@pytest.mark.parametrize("exchange", [each for each in RECORDED.values() if each.name not in WAITING], ids=named)
async def test_an_old_client_prints_what_it_printed_for_the_old_daemon(system: System, exchange: Exchange) -> None:
    assert await system.replay(exchange) == wanted(exchange)


@pytest.mark.parametrize("exchange", [RECORDED[name] for name in sorted(WAITING)], ids=named)
async def test_a_recording_that_waits_does_not_work_yet(system: System, exchange: Exchange) -> None:
    assert await system.replay(exchange) != wanted(exchange), f"{exchange.name} works: take it out of WAITING"


@pytest.mark.parametrize(
    "exchange", [each for each in RECORDED.values() if each.name not in {*WAITING, *OURS_DIFFERS}], ids=named
)
def test_our_client_prints_what_the_old_one_printed(system: System, exchange: Exchange) -> None:
    assert system.retype(exchange) == wanted(exchange)


def test_a_recording_without_a_request(system: System) -> None:
    """`xdsh -q` asked xCAT's libraries and no daemon."""
    done = system.daemon.run("xdsh", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, (FOLDER / "xdsh-q.stdout").read_text(), "")


def test_help_keeps_its_empty_lines_for_an_old_client(system: System) -> None:
    done = system.daemon.run("lsxcatd", "-h")
    request = b"<xcatrequest><arg>-h</arg><command>lsxcatd</command></xcatrequest>"
    answer = asyncio.run(ask(system.daemon.address, system.daemon.port, request, system.people["root"]))
    assert perlprint(answer).stdout.decode() == done.stdout
    assert "\n\nOptions:\n" in done.stdout


def test_a_command_that_once_went_past_the_daemon_prints_the_same(system: System) -> None:
    """xCAT's chtab wrote into the database itself, so there is no request to replay."""
    with system.as_recorded("chtab"):
        done = system.daemon.run("chtab", "key=wiretest", "site.value=1")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
