"""The postscript xcatclient sets a timer on a node that has a certificate, and what that timer starts renews it: on a real host,
with the settings of its unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.cluster import Daemon
from tests.helpers.container import Wishes, container
from tests.helpers.containernode import ABOVE, PORT, ServiceNode
from tests.helpers.futurenode import ground
from tests.helpers.scripts import copied
from xcat_certs.authority import Authority
from xcat_certs.keys import make_request
from xcat_certs.names import Role

TIMER, SERVICE = "xcat-renewcert.timer", "xcat-renewcert.service"
VARIABLES = {"NODE": "cn1", "MASTER": ABOVE, "XCATDPORT": str(PORT)}


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[ServiceNode]:
    """A management node, and a node whose certificate is soon at its end."""
    with ground(tmp_path, "cn1", "all") as made:
        wishes = Wishes(binds={"/xcatpost": copied(tmp_path)}, files=credentials(tmp_path, made.mn))
        with container(tmp_path, made.below, "cn1", wishes) as node:
            yield ServiceNode(made.mn, node)


def credentials(folder: Path, mn: Daemon) -> dict[str, str]:
    """The files of a node whose certificate of a hundred days was given 80 days ago."""
    then = Authority.open(mn.root / "etc/xcat/ca", clock=lambda: datetime.now(UTC) - timedelta(days=80))
    request = make_request(folder / "cn1", "cn1", prefix="client").read_bytes()
    signed = then.sign(request, Role.NODE, "cn1", days=100).decode()
    pair = signed + (folder / "cn1/client-key.pem").read_text()
    return {"/root/.xcat/ca.pem": then.certificate_pem.decode(), "/root/.xcat/client-cred.pem": pair}


def test_a_node_has_its_certificate_renewed_by_a_timer(pair: ServiceNode) -> None:
    before = pair.sn.path("/root/.xcat/client-cred.pem").read_text()
    said = pair.sn.done("/xcatpost/xcatclient", "-d", **VARIABLES)
    assert f"xcatclient: started {TIMER}\n" in said
    assert pair.sn.state(TIMER) == "active"
    assert pair.sn.done("systemctl", "is-enabled", TIMER) == "enabled\n"
    started = pair.sn.run("systemctl", "start", SERVICE)
    assert started.returncode == 0, pair.sn.journal(SERVICE)
    after = pair.sn.path("/root/.xcat/client-cred.pem").read_text()
    assert after != before and "the certificate of cn1 is good until" in pair.sn.journal(SERVICE)
    listed = [line.split()[4] for line in pair.mn.xcatcert("list").stdout.splitlines() if " cn1 " in line]
    assert listed == ["revoked", "valid"]
    again = pair.sn.done("/xcatpost/xcatclient", "-d", **VARIABLES)
    assert again.splitlines()[-1] == "xcatclient: nothing to do"


def test_without_a_server_it_says_so(pair: ServiceNode) -> None:
    ended = pair.sn.run("/xcatpost/xcatclient", "-d", NODE="cn1")
    assert (ended.returncode, ended.stderr) == (1, "xcatclient: MASTER is not set: run it from mypostscript\n")
    assert not pair.sn.path("/etc/systemd/system/xcat-renewcert.timer").exists()
