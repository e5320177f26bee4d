"""`updatenode -k` of a real service node: it gets a new certificate, its daemon starts anew, and its nodes go on by way of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed
from tests.helpers.containernode import PORT, ServiceNode
from tests.helpers.futurenode import ground
from tests.helpers.scripts import copied
from tests.helpers.updates import folder_of, serving, trusting

ENDED = "sn1: Redeliver security files has completed."


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[ServiceNode]:
    with ground(tmp_path) as there:
        scripts = copied(tmp_path).rename(folder_of(there.mn, "install") / "postscripts")
        with there.host(tmp_path, scripts, {}) as pair:
            trusting(there.mn, pair.sn, f"chtab key=xcatdport site.value={PORT}")
            (scripts / "_ssh").mkdir()
            (scripts / "_ssh/authorized_keys").write_text((there.mn.root / "root/.ssh/id_ed25519.pub").read_text())
            with serving(there.mn, there.above):
                yield pair


def test_a_service_node_is_made_and_gets_a_new_certificate(pair: ServiceNode) -> None:
    pair.sn.done("mkdir", "-p", "/etc/xcat")
    pair.sn.path("/etc/xcat/token").write_text(typed(pair.mn, "nodetoken --service sn1").partition(": ")[2])
    said = typed(pair.mn, "updatenode sn1 -P servicenode")
    assert "sn1: xcatserver: sn1 has its certificate\n" in said
    pair.await_link()
    certificate = pair.sn.path("/etc/xcat/cert/server-cert.pem")
    before = certificate.read_bytes()
    typed(pair.mn, "nodeadd n1 groups=all hosts.ip=10.7.0.9 noderes.servicenode=sn1")
    done = pair.mn.run("updatenode", "n1", "-k", "-t", "20")
    assert f"{ENDED}\n" in done.stdout, done.stderr
    assert certificate.read_bytes() != before
    assert not pair.sn.path("/etc/xcat/token").exists()
    # That it has no key for its node is said by the service node itself, which is linked again when its turn comes.
    assert done.stderr.startswith("Error: [sn1]: root has no ssh key in /root/.ssh")
    assert typed(pair.mn, "nodetoken sn1 -l") == ""
