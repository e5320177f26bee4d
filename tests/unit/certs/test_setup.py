"""The first-time set-up, done once, done twice, and done over what xCAT 2 left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.certs.xcat2 import make_xcat2_site
from xcat_certs import pem
from xcat_certs.authority import Authority
from xcat_certs.errors import AlreadyThere, Mismatch
from xcat_certs.layout import Layout
from xcat_certs.names import Role
from xcat_certs.setup import setup_management_node, setup_service_node


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


def everything(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_management_node_gets_all_that_it_needs(root: Path) -> None:
    made = setup_management_node(root, "mn1.example.org", "alpha", ["10.0.0.1", "mn-ha"])
    assert sorted(str(path.relative_to(root)) for path in made) == [
        "etc/xcat/ca/ca-cert.pem",
        "etc/xcat/ca/private/ca-key.pem",
        "etc/xcat/cert/ca.pem",
        "etc/xcat/cert/server-cert.pem",
        "etc/xcat/cert/server-cred.pem",
        "etc/xcat/cert/server-key.pem",
        "root/.xcat/ca.pem",
        "root/.xcat/client-cert.pem",
        "root/.xcat/client-cred.pem",
        "root/.xcat/client-key.pem",
    ]
    server = pem.read_certificate(Layout(root).server.certificate)
    client = pem.read_certificate(Layout(root).client("root").certificate)
    assert pem.uris_in(server) == ["xcat://alpha/mn/mn1.example.org"]
    assert str(pem.names_in(server)) == "mn1.example.org, mn1, localhost, mn-ha, 127.0.0.1, ::1, 10.0.0.1"
    assert pem.uris_in(client) == ["xcat://alpha/user/root"]


def test_a_second_time_makes_nothing(root: Path) -> None:
    setup_management_node(root, "mn1", "alpha", ["10.0.0.1"])
    before = everything(root)
    assert setup_management_node(root, "mn1", "alpha", ["10.0.0.1"]) == ()
    assert setup_management_node(root, "mn1", "beta") == ()
    assert everything(root) == before


@pytest.mark.parametrize("lost", ["server-cert.pem", "server-cred.pem", "ca.pem"])
def test_what_is_missing_is_made_again_for_the_same_key(root: Path, lost: str) -> None:
    setup_management_node(root, "mn1", "alpha")
    server = Layout(root).server
    key = server.key.read_bytes()
    (server.directory / lost).unlink()
    assert server.directory / lost in setup_management_node(root, "mn1", "alpha")
    assert server.key.read_bytes() == key
    assert setup_management_node(root, "mn1", "alpha") == ()


def test_a_new_address_or_name_gives_a_new_certificate(root: Path) -> None:
    setup_management_node(root, "mn1", "alpha")
    server = Layout(root).server
    assert setup_management_node(root, "mn1", "alpha", ["10.0.0.1"]) == (server.certificate, server.cred)
    assert setup_management_node(root, "mn2", "alpha", ["10.0.0.1"]) == (server.certificate, server.cred)
    assert pem.uris_in(pem.read_certificate(server.certificate)) == ["xcat://alpha/mn/mn2"]


def test_a_revoked_certificate_is_replaced(root: Path) -> None:
    setup_management_node(root, "mn1", "alpha")
    authority = Authority.open(Layout(root).authority)
    authority.revoke(authority.named("root")[0].serial)
    assert Layout(root).client("root").cred in setup_management_node(root, "mn1", "alpha")


def test_the_credentials_of_another_cluster_are_not_touched(root: Path, tmp_path: Path) -> None:
    setup_management_node(tmp_path / "other", "mn9", "beta")
    (root / "root").mkdir(parents=True)
    (tmp_path / "other/root/.xcat").rename(root / "root/.xcat")
    before = everything(root / "root")
    with pytest.raises(Mismatch, match=r"root/.xcat/ca.pem is the certificate of another authority"):
        setup_management_node(root, "mn1", "alpha")
    assert everything(root / "root") == before


def test_a_cred_file_without_its_key_is_not_replaced(root: Path) -> None:
    setup_management_node(root, "mn1", "alpha")
    server = Layout(root).server
    server.key.unlink()
    before = everything(root)
    with pytest.raises(AlreadyThere, match=r"server-cred.pem holds a key"):
        setup_management_node(root, "mn1", "alpha")
    assert everything(root) == before


def test_a_service_node_makes_a_key_and_a_request(root: Path, tmp_path: Path) -> None:
    server = Layout(root).server
    assert setup_service_node(root, "sn1", ["10.0.0.7", "sn1-ib"]) == (server.key, server.request)
    assert setup_service_node(root, "sn1", ["10.0.0.7"]) == (server.request,)
    setup_management_node(tmp_path / "mn", "mn1", "alpha")
    authority = Authority.open(Layout(tmp_path / "mn").authority)
    certificate = authority.sign(server.request.read_bytes(), Role.SERVICE, "sn1", addresses=["10.0.0.7"])
    assert pem.uris_in(pem.parse_certificate(certificate, "it")) == ["xcat://alpha/sn/sn1"]


def test_an_authority_of_xcat_2_is_adopted_with_its_keys(
    root: Path, openssl: Callable[..., object], tmp_path: Path
) -> None:
    make_xcat2_site(root, openssl)
    layout = Layout(root)
    keys = layout.server.key.read_bytes(), layout.client("root").key.read_bytes()
    authority = Authority.open(layout.authority)
    assert [(entry.name, entry.role) for entry in authority.list()] == [
        ("xCAT CA", None),
        ("mn1", None),
        ("root", None),
    ]
    with pytest.raises(Exception, match="was made by xCAT 2: run `xcatd init` once"):
        authority.renew(authority.named("root")[0].serial)

    made = setup_management_node(root, "mn1", "alpha")
    # the server needs a role, so it gets a new certificate; root's is good enough
    assert made == (layout.authority / "cluster", layout.server.certificate, layout.server.cred)
    assert (layout.server.key.read_bytes(), layout.client("root").key.read_bytes()) == keys
    assert pem.uris_in(pem.read_certificate(layout.server.certificate)) == ["xcat://alpha/mn/mn1"]
    assert setup_management_node(root, "mn1", "alpha") == ()
    authority.revoke(authority.named("root")[0].serial)
    verify = [
        "verify",
        "-CAfile",
        layout.authority / "ca-cert.pem",
        "-CRLfile",
        layout.authority / "crl.pem",
        "-crl_check",
    ]
    openssl(*verify, layout.server.certificate)
    openssl(*verify, layout.client("root").certificate, status=2)
