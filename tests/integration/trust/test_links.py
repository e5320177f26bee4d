"""Links between daemons whose certificates are not as they must be."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.alone import credentials, log_lines, served, until
from tests.helpers.cluster import PATIENCE, Daemon, free_port, join, running
from tests.helpers.trust import OTHER_ADDRESS, Watch
from tests.helpers.xmlclient import client_context
from xcatd.daemon.settings import read_settings, write_settings
from xcatd.protocol.frames import Kind, encode
from xcatd.tls import ALPN


def is_linked(service: Daemon) -> bool:
    return service.run("nodels", "n1").stdout == "n1\n"


def complaints(daemon: Daemon, words: str) -> list[str]:
    return [line["event"] for line in log_lines(daemon) if line["level"] == "warning" and words in line["event"]]


def test_a_service_node_whose_certificate_is_revoked_is_cut_off(daemon: Daemon, service: Daemon) -> None:
    service.start()
    until(lambda: is_linked(service), "the link")
    assert daemon.xcatcert("revoke", "sn7").returncode == 0
    [on_service] = until(lambda: complaints(service, "no link to"), "the service node to say why")
    assert on_service.startswith(f"no link to 127.0.0.1 port {daemon.port}: The certificate of sn7 (serial ")
    assert on_service.endswith("have a new one issued.")
    complaint = f"caller sn7 from 127.0.0.1: {on_service.partition(': ')[2]}"
    assert until(lambda: complaints(daemon, "caller sn7"), "the management node to say why") == [complaint]


def test_a_service_node_of_another_authority(foreign: Daemon, idle: Daemon, tmp_path: Path) -> None:
    address = "127.0.1.8"
    with served(idle) as daemon:
        stranger = join(foreign, Daemon(tmp_path / "sn8", "sn8", address, free_port(address), master=daemon.host))
        try:
            stranger.start()
            [on_service] = until(lambda: complaints(stranger, "no link to"), "the service node to say why")
        finally:
            stranger.stop()
        assert on_service == (
            f"no link to 127.0.0.1 port {daemon.port}: The peer's certificate is of an unknown authority: it must be "
            "issued by this cluster's."
        )
        assert until(lambda: complaints(daemon, "authority"), "the management node to say why") == [
            "no handshake with 127.0.0.1: The peer refuses our certificate, whose authority it does not know: both need "
            "the same ca.pem."
        ]


def test_a_service_node_that_dials_a_name_which_is_not_in_the_certificate(daemon: Daemon, service: Daemon) -> None:
    path = service.root / "etc/xcat/xcatd.yaml"
    write_settings(path, replace(read_settings(path), master=f"{OTHER_ADDRESS}:{daemon.port}"))
    service.start()
    [said] = until(lambda: complaints(service, "no link to"), "the service node to say why")
    assert said == (
        f"no link to {OTHER_ADDRESS} port {daemon.port}: The peer's certificate is of another host: dial a name in it, or "
        "issue it with --address."
    )


@pytest.mark.parametrize("role", ["user", "node"])
def test_only_daemons_may_link(daemon: Daemon, role: str) -> None:
    context = client_context(credentials(daemon, f"some-{role}", role=role))
    context.set_alpn_protocols([ALPN])
    watch = Watch(daemon)
    with (
        socket.create_connection((daemon.address, daemon.port), timeout=PATIENCE) as plain,
        context.wrap_socket(plain) as caller,
    ):
        caller.sendall(encode(Kind.HELLO, 0, json.dumps({"name": "sn1", "version": "1"}).encode()))
        said = b""
        while piece := caller.recv(4096):
            said += piece
    sentence = watch.line(f"some-{role}").partition(": ")[2]
    assert sentence == (
        f"The certificate of some-{role} has the role {role}: only service nodes and management nodes may link; have one "
        "signed with: xcatcert sign sn NAME CSRFILE"
    )
    assert sentence.encode() in said


def test_a_management_node_whose_certificate_is_revoked_leads_nobody(tmp_path: Path) -> None:
    with running(tmp_path, ["sn1"]) as cluster:
        [service] = cluster.services
        assert cluster.management.xcatcert("revoke", cluster.management.name).returncode == 0
        [said] = until(lambda: complaints(service, "no link to"), "the service node to say why")
        assert said.startswith(f"no link to 127.0.0.1 port {cluster.management.port}: The certificate of mn1 (serial ")
