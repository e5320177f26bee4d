"""`updatenode -k` of a real service node: it gets a new certificate, its daemon starts anew, and its nodes go on by way of it."""

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
from tests.helpers.updates import folder_of, serving, trusting
from tests.integration.test_postscripts_servicenode import XCATCERT

ENDED = "sn1: Redeliver security files has completed."


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[ServiceNode]:
    """A management node, and a host on which nothing but the program is."""
    with namespaces("mn", "sn") as (above, below):
        cable(above, below, INTERFACE)
        above.up(INTERFACE, f"{ABOVE}/16")
        below.up(INTERFACE, f"{BELOW}/16")
        mn = made(Daemon(tmp_path / "mn1", "mn1", ABOVE, PORT, before=above.before))
        scripts = copied(tmp_path).rename(folder_of(mn, "install") / "postscripts")
        (scripts / "ca").mkdir()
        (scripts / "ca/ca-cert.pem").write_bytes((mn.root / "etc/xcat/cert/ca.pem").read_bytes())
        more = {XCATCERT: f'#!/bin/sh\nexec {sys.executable} -m xcat_certs "$@"\n'}
        try:
            with signing(mn.root):
                mn.start(wait=False)
                until(lambda: mn.run("nodels").returncode == 0, "the management node")
                with container(tmp_path, below, "sn1", with_program(Wishes(files=more))) as sn:
                    key = f"nodeadd sn1 groups=service hosts.ip={BELOW}"
                    trusting(mn, sn, key, f"chtab key=xcatdport site.value={PORT}")
                    (scripts / "_ssh").mkdir()
                    (scripts / "_ssh/authorized_keys").write_text((mn.root / "root/.ssh/id_ed25519.pub").read_text())
                    with serving(mn, above):
                        yield ServiceNode(mn, sn)
        finally:
            mn.stop()


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
