"""The hosts of the lab: a management node and service nodes, containers with a systemd, in which the program is installed as at a
site. What is typed here is what the pages say (docs/operations.md, docs/hierarchy.md).
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.alone import until
from tests.helpers.container import Container, Wishes, container
from tests.helpers.namespaces import Namespace
from tests.lab.product import PREFIX

BIN = PREFIX / "bin"
_UNITS = PREFIX / "lib/systemd/system"
_CERT = "/etc/xcat/cert"
PATIENCE = 300.0
"""Seconds for a command: images are made by some, on a busy machine."""


@dataclass(frozen=True, slots=True)
class LabHost:
    """A host with the program."""

    box: Container

    @property
    def name(self) -> str:
        return self.box.name

    def type(self, line: str, stdin: str | None = None) -> str:
        """Type a command of the program as root, which must succeed; gives what it printed."""
        command, *words = shlex.split(line)
        done = self.box.run(str(BIN / command), *words, stdin=stdin, patience=PATIENCE)
        assert done.returncode == 0, f"{self.name}: {line}: {done.stdout}{done.stderr}"
        return done.stdout

    def tried(self, line: str) -> tuple[int, str]:
        """Type a command that may fail; gives its status and all that it said."""
        command, *words = shlex.split(line)
        done = self.box.run(str(BIN / command), *words, patience=PATIENCE)
        return done.returncode, done.stdout + done.stderr

    def log(self) -> str:
        """Of its daemon."""
        path = self.box.path("/var/log/xcat/xcatd.log")
        return path.read_text(errors="replace") if path.exists() else ""


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders of this host that the containers have. `product` is /opt/xcatd; `install` is /install of all of them, as by NFS."""

    work: Path
    product: Path
    install: Path


@contextlib.contextmanager
def management_node(folders: Folders, space: Namespace, address: str) -> Iterator[LabHost]:
    """mn1, which runs and signs."""
    with container(folders.work, space, "mn1", _wishes(folders)) as box:
        mn = LabHost(box)
        mn.type(f"xcatconfig -i --name mn1 --address {address}")
        units = ("xcat-signer.socket", "xcat-signer.service", "xcatd.socket", "xcatd.service")
        box.done("systemctl", "enable", "--quiet", *(str(_UNITS / unit) for unit in units))
        box.done("systemctl", "start", "xcat-signer.socket", "xcatd")
        until(lambda: mn.tried("nodels")[0] == 0, "the management node")
        yield mn


@contextlib.contextmanager
def service_node(folders: Folders, space: Namespace, name: str, mn: LabHost, above: str) -> Iterator[LabHost]:
    """A service node, which the tables have already: it makes its key, gets its certificate for a token, and starts."""
    with container(folders.work, space, name, _wishes(folders)) as box:
        sn = LabHost(box)
        sn.type(f"xcatd init --name {name} --address {box.address} --master {above}")
        authority = mn.box.path(f"{_CERT}/ca.pem").read_bytes()
        box.path(f"{_CERT}/above.pem").write_bytes(authority)
        token = mn.type(f"nodetoken {name} --service").partition(": ")[2]
        # Nodes dial it on their own network.
        addresses = " ".join(f"--address {address}" for address in _addresses(box))
        sn.type(f"xcatcert enrol {name} --master {above} --ca {_CERT}/above.pem {addresses}", stdin=token)
        box.done("systemctl", "enable", "--quiet", *(str(_UNITS / unit) for unit in ("xcatd.socket", "xcatd.service")))
        box.done("systemctl", "start", "xcatd")
        until(lambda: f"link {name}: up" in mn.tried("lsdaemons")[1], f"the link of {name}")
        yield sn


def _addresses(box: Container) -> list[str]:
    """All IPv4 addresses that others can reach."""
    lines = box.done("ip", "-brief", "-4", "address", "show", "scope", "global").splitlines()
    return [word.partition("/")[0] for line in lines for word in line.split()[2:]]


def _wishes(folders: Folders) -> Wishes:
    return Wishes(binds={str(PREFIX): folders.product, "/install": folders.install})
