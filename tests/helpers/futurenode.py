"""A management node that signs, and beside it a host that is to become something: a service node, with nothing but the program."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, made
from tests.helpers.container import Wishes, container
from tests.helpers.containernode import ABOVE, BELOW, INTERFACE, PORT, ServiceNode, with_program
from tests.helpers.namespaces import Namespace, cable, namespaces
from tests.helpers.signer import signing

XCATCERT = "/opt/xcatd/bin/xcatcert"


@dataclass(frozen=True, slots=True)
class Ground:
    """A management node that runs and signs, and where it and the host to come are in the network."""

    mn: Daemon
    above: Namespace
    below: Namespace

    @contextlib.contextmanager
    def host(self, folder: Path, scripts: Path, binds: Mapping[str, Path]) -> Iterator[ServiceNode]:
        """The host. `scripts`: the folder of scripts, which gets the authority's certificate; `binds`: what the host sees where."""
        (scripts / "ca").mkdir()
        (scripts / "ca/ca-cert.pem").write_bytes((self.mn.root / "etc/xcat/cert/ca.pem").read_bytes())
        more = {XCATCERT: f'#!/bin/sh\nexec {sys.executable} -m xcat_certs "$@"\n'}
        with container(folder, self.below, "sn1", with_program(Wishes(binds=binds, files=more))) as sn:
            yield ServiceNode(self.mn, sn)


@contextlib.contextmanager
def ground(folder: Path, node: str = "sn1", group: str = "service") -> Iterator[Ground]:
    """A management node with this node in its tables."""
    with namespaces("mn", node[:2]) as (above, below):
        cable(above, below, INTERFACE)
        above.up(INTERFACE, f"{ABOVE}/16")
        below.up(INTERFACE, f"{BELOW}/16")
        mn = made(Daemon(folder / "mn1", "mn1", ABOVE, PORT, before=above.before))
        try:
            with signing(mn.root):
                mn.start(wait=False)
                until(lambda: mn.run("nodels").returncode == 0, "the management node")
                typed(mn, f"nodeadd {node} groups={group} hosts.ip={BELOW}")
                yield Ground(mn, above, below)
        finally:
            mn.stop()
