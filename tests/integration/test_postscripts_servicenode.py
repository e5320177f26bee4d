"""The postscripts servicenode, xcatserver and xcatclient make a real host a service node: with a token, and without any key of the
management node."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, made
from tests.helpers.container import Wishes, container
from tests.helpers.containernode import ABOVE, BELOW, INTERFACE, PORT, ServiceNode, with_program
from tests.helpers.namespaces import cable, namespaces
from tests.helpers.scripts import copied
from tests.helpers.signer import signing

XCATCERT = "/opt/xcatd/bin/xcatcert"
VARIABLES = {"NODE": "sn1", "NODEIP": BELOW, "MASTER": ABOVE, "XCATDPORT": str(PORT)}


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[ServiceNode]:
    """A management node, and a host on which nothing but the program is."""
    with namespaces("mn", "sn") as (above, below):
        cable(above, below, INTERFACE)
        above.up(INTERFACE, f"{ABOVE}/16")
        below.up(INTERFACE, f"{BELOW}/16")
        mn = made(Daemon(tmp_path / "mn1", "mn1", ABOVE, PORT, before=above.before))
        scripts = copied(tmp_path)
        (scripts / "ca").mkdir()
        (scripts / "ca/ca-cert.pem").write_bytes((mn.root / "etc/xcat/cert/ca.pem").read_bytes())
        more = {XCATCERT: f'#!/bin/sh\nexec {sys.executable} -m xcat_certs "$@"\n'}
        wishes = with_program(Wishes(binds={"/xcatpost": scripts}, files=more))
        try:
            with signing(mn.root):
                mn.start(wait=False)
                until(lambda: mn.run("nodels").returncode == 0, "the management node")
                typed(mn, f"nodeadd sn1 groups=service hosts.ip={BELOW}")
                with container(tmp_path, below, "sn1", wishes) as sn:
                    yield ServiceNode(mn, sn)
        finally:
            mn.stop()


def test_a_host_becomes_a_service_node(pair: ServiceNode) -> None:
    ended = pair.sn.run("/xcatpost/servicenode", **VARIABLES)
    assert ended.returncode == 1
    assert "on the management node type nodetoken --service sn1" in ended.stderr
    token = typed(pair.mn, "nodetoken --service sn1").partition(": ")[2]
    pair.sn.path("/etc/xcat/token").write_text(token)
    said = pair.sn.done("/xcatpost/servicenode", **VARIABLES)
    assert "xcatserver: sn1 has its certificate\n" in said
    pair.await_link()
    assert pair.sn.state("xcatd") == "active"
    assert not pair.sn.path("/etc/xcat/token").exists()
    assert pair.sn.path("/etc/xCATSN").exists()
    assert token.strip() not in said
    key = (pair.mn.root / "etc/xcat/cert/server-key.pem").read_bytes()
    assert key not in [path.read_bytes() for path in pair.sn.path("/etc/xcat").rglob("*.pem")]
    again = pair.sn.done("/xcatpost/servicenode", **VARIABLES)
    assert again.splitlines()[-1] == "servicenode: nothing to do"
    security = pair.sn.run("/xcatpost/servicenode", **{**VARIABLES, "UPDATESECURITY": "1"})
    assert (security.returncode, "/etc/xcat/token is not there" in security.stderr) == (1, True)
    assert pair.run("nodels").stdout == "sn1\n"


def test_others_are_left_alone_when_security_is_updated(pair: ServiceNode) -> None:
    said = pair.sn.done("/xcatpost/servicenode", **{**VARIABLES, "UPDATESECURITY": "1"})
    assert said.splitlines() == ["servicenode: this is no service node", "servicenode: nothing to do"]
