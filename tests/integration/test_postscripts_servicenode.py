"""The postscripts servicenode, xcatserver and xcatclient make a real host a service node: with a token, and without any key of the
management node."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed
from tests.helpers.containernode import ABOVE, BELOW, PORT, ServiceNode
from tests.helpers.futurenode import ground
from tests.helpers.scripts import copied

VARIABLES = {"NODE": "sn1", "NODEIP": BELOW, "MASTER": ABOVE, "XCATDPORT": str(PORT)}


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[ServiceNode]:
    scripts = copied(tmp_path)
    with ground(tmp_path) as there, there.host(tmp_path, scripts, {"/xcatpost": scripts}) as pair:
        yield pair


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
