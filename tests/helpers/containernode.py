"""A service node as sites have it: xcatd as a service of a host with systemd, and its management node on another host."""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.cluster import CLIENT, SOURCE, Daemon, made
from tests.helpers.container import Container, Wishes, container
from tests.helpers.namespaces import cable, namespaces
from tests.helpers.servicehosts import stop_servers

PORT = 3001
INTERFACE = "up0"
ABOVE, BELOW = "10.7.0.1", "10.7.0.2"
"""The addresses of the two hosts, in 10.7.0.0/16."""
PROGRAM = "/opt/xcatd/bin/xcatd"
"""Where the units expect it."""
UNITS = ("xcatd.service", "xcatd.socket")


@dataclass(frozen=True, slots=True)
class ServiceNode:
    """The management node `mn` with what is typed there, and the service node's host `sn`."""

    mn: Daemon
    sn: Container

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Type a command on the service node, as its root."""
        return self.sn.run(sys.executable, "-I", "-S", "-c", CLIENT, *argv)

    def is_linked(self) -> bool:
        """Whether the management node has a link from the service node, over which the tables have gone."""
        above = self.mn.run("lsdaemons").stdout
        return f"link {self.sn.name}: up" in above and self.run("nodels", self.sn.name).stdout == f"{self.sn.name}\n"

    def await_link(self) -> None:
        """AssertionError, with the journal of the service: the link does not come."""
        try:
            until(self.is_linked, f"the link of {self.sn.name}")
        except AssertionError as error:
            error.add_note(self.sn.journal("xcatd"))
            raise

    def log(self) -> str:
        """The log of the service node's daemon."""
        return self.sn.path("/var/log/xcat/xcatd.log").read_text()


def unit_text(unit: str) -> str:
    """A unit of ours, without what would hide this source tree or its interpreter, which may be in a home or in /tmp."""
    lines = (SOURCE / "systemd" / unit).read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("ProtectHome=", "PrivateTmp=")))


@contextlib.contextmanager
def service_node(folder: Path, *tables: str, wishes: Wishes | None = None, start: bool = True) -> Iterator[ServiceNode]:
    """A management node and its service node sn1, which are linked; both end with the block.

    `tables`: command lines that are typed on the management node before the service node starts. Without `start` its
    service does not run yet.
    """
    with namespaces("mn", "sn") as (above, below):
        cable(above, below, INTERFACE)
        above.up(INTERFACE, f"{ABOVE}/16")
        below.up(INTERFACE, f"{BELOW}/16")
        mn = made(Daemon(folder / "mn1", "mn1", ABOVE, PORT, before=above.before))
        with contextlib.ExitStack() as stack:
            stack.callback(stop_servers, mn.root)
            stack.callback(mn.stop)
            mn.start(wait=False)
            until(lambda: mn.run("nodels").returncode == 0, "the management node")
            typed(mn, f"nodeadd sn1 groups=service hosts.ip={BELOW}", *tables)
            with container(folder, below, "sn1", with_program(wishes or Wishes())) as sn:
                join(mn, sn)
                pair = ServiceNode(mn, sn)
                if start:
                    sn.done("systemctl", "start", "xcatd")
                    pair.await_link()
                yield pair


def with_program(wishes: Wishes) -> Wishes:
    """The same with this source tree, its interpreter, and the units as they are; the program is where they expect it."""
    units = {f"/etc/systemd/system/{unit}": (SOURCE / "systemd" / unit).read_text() for unit in UNITS}
    program = {PROGRAM: f'#!/bin/sh\nexec {sys.executable} -m xcatd "$@"\n'}
    return dataclasses.replace(wishes, seen=(*wishes.seen, *_folders()), files={**units, **program, **wishes.files})


def _folders() -> list[Path]:
    """Where the program and its interpreter are; not what is inside another of them."""
    folders = {SOURCE, Path(sys.prefix)}
    if sys.base_prefix != "/usr":
        folders.add(Path(sys.base_prefix))
    else:
        assert sys.version_info[:2] == (3, 11), "containers have Debian 12's Python, 3.11: .venv must have the same"
    return [each for each in sorted(folders) if not folders & {*each.parents}]


def join(mn: Daemon, sn: Container) -> None:
    """What an administrator does: the key is made on the service node, and its request is signed by the management node."""
    sn.done(PROGRAM, "init", "--name", sn.name, "--address", sn.address, "--port", str(PORT), "--master", mn.host)
    cert = "/etc/xcat/cert"
    signed = mn.root / f"{sn.name}.pem"
    made = mn.xcatcert("sign", "sn", sn.name, str(sn.path(f"{cert}/server-req.pem")), "--out", str(signed))
    assert made.returncode == 0, made.stderr
    sn.path(f"{cert}/signed.pem").write_bytes(signed.read_bytes())
    sn.path(f"{cert}/above.pem").write_bytes((mn.root / "etc/xcat/cert/ca.pem").read_bytes())
    sn.done(sys.executable, "-m", "xcat_certs", "install", f"{cert}/signed.pem", "--ca", f"{cert}/above.pem")
