"""The signer: what it signs and what it refuses, over its real socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.helpers.signer import connected, signing
from xcat_certs import pem
from xcat_certs.authority import Authority
from xcat_certs.index import serial_hex
from xcat_certs.names import Role
from xcat_certs.setup import setup_management_node

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    setup_management_node(tmp_path / "mn", "mn1", "alpha", ["10.0.0.1"])
    return tmp_path / "mn"


@pytest.fixture
def talk(root: Path) -> Iterator[Callable[[bytes], dict[str, Any]]]:
    """Sends a line to a signer that serves, and gives its answer."""
    (root / "run/xcat").mkdir(parents=True)

    def say(line: bytes) -> dict[str, Any]:
        with connected(root) as caller:
            caller.sendall(line)
            with caller.makefile("rb") as file:
                answer: dict[str, Any] = json.loads(file.readline())
                return answer

    with signing(root):
        yield say


@pytest.fixture
def ask(talk: Callable[[bytes], dict[str, Any]], request_of: Callable[..., bytes]) -> Ask:
    def ask(role: str, name: str, *addresses: str, request: bytes = b"", **more: Any) -> dict[str, Any]:
        made = request or request_of(name, *addresses)
        asked = {"role": role, "name": name, "request": made.decode(), **more}
        return talk(json.dumps(asked).encode() + b"\n")

    return ask


def test_a_node_gets_a_certificate_that_says_no_more(ask: Ask, root: Path) -> None:
    answer = ask("node", "cn1", "10.9.9.9")
    certificate = pem.parse_certificate(answer["certificate"].encode(), "It")
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(each.value) for each in names] == ["xcat://alpha/node/cn1"]
    assert answer["authority"].encode() == Authority.open(root / "etc/xcat/ca").certificate_pem
    entry = Authority.open(root / "etc/xcat/ca").entry(int(answer["serial"], 16))
    assert (entry.role, entry.name) == (Role.NODE, "cn1")


def test_a_service_node_gets_the_addresses_that_no_other_server_has(ask: Ask) -> None:
    certificate = pem.parse_certificate(ask("sn", "sn1", "10.0.0.11")["certificate"].encode(), "It")
    assert "10.0.0.11" in map(str, pem.names_in(certificate).addresses)
    assert "asks for 10.0.0.1, which the certificate" in ask("sn", "sn2", "10.0.0.1")["error"]


def test_a_service_node_has_what_the_tables_know_of_it_as_far_as_a_certificate_can(ask: Ask) -> None:
    names = ["sn1", "sn1-c.cluster", "sn1_eth0", "a b", "10.1.0.11", "fe80::1%eth0"]
    certificate = pem.parse_certificate(ask("sn", "sn1", "10.0.0.11", names=names)["certificate"].encode(), "It")
    found = pem.names_in(certificate)
    assert {"sn1", "sn1-c.cluster"} <= {*found.dns} and not {"sn1_eth0", "a b"} & {*found.dns}
    assert {"10.0.0.11", "10.1.0.11"} <= {*map(str, found.addresses)}
    assert "asks for 10.0.0.1, which the certificate" in ask("sn", "sn2", names=["10.0.0.1"])["error"]


def test_a_new_certificate_takes_the_old_one_back(ask: Ask, root: Path) -> None:
    for _ in range(2):
        assert ask("node", "cn1")["certificate"]
    states = [entry.revoked is None for entry in Authority.open(root / "etc/xcat/ca").named("cn1")]
    assert states == [False, True]
    assert (root / "etc/xcat/cert/crl.pem").exists()
    assert ask("sn", "cn1")["certificate"], "a node may become a service node"
    assert "cn1 is a service node already" in ask("node", "cn1")["error"]


@pytest.mark.parametrize("role", ["mn", "user", "db", "", None, ["node"]])
def test_other_roles_are_not_given(ask: Ask, role: Any) -> None:
    assert "Only nodes and service nodes" in ask(role, "cn1")["error"]


def test_names_of_those_who_may_more_are_not_given(ask: Ask) -> None:
    assert "mn1 is a management node already" in ask("node", "mn1")["error"]
    assert "mn1 is a management node already" in ask("sn", "mn1")["error"]
    assert "No host may be called root" in ask("node", "root")["error"]


@pytest.mark.parametrize("line", [b"\n", b"[]\n", b"{}\n", b'{"role": "node"}\n', b"\xff\xfe\n"])
def test_what_is_no_request_is_said_to_be_none(talk: Callable[[bytes], dict[str, Any]], line: bytes) -> None:
    assert "This is no request" in talk(line)["error"]


def test_a_request_that_is_none_is_refused(ask: Ask) -> None:
    assert "not a certificate request" in ask("node", "cn1", request=b"nonsense")["error"]


def test_all_that_a_service_node_has_is_taken_back(ask: Ask, root: Path) -> None:
    given = [ask("node", "sn1")["serial"], ask("sn", "sn1")["serial"]]
    assert ask("sn", "sn1", revoke="superseded") == {"revoked": given[1:]}, "the first one was superseded by the second"
    assert states(root, "sn1") == [False, False]
    assert ask("sn", "sn1", revoke="superseded") == {"revoked": []}
    assert "not for 'keyCompromise'" in ask("sn", "sn1", revoke="keyCompromise")["error"]
    assert "mn1 is a management node already" in ask("sn", "mn1", revoke="superseded")["error"]
    assert states(root, "mn1") == [True]


def past(root: Path, name: str, role: Role, request: bytes, ago: int, *addresses: str) -> str:
    """The serial number of a certificate of a hundred days that was given so many days ago."""
    then = Authority.open(root / "etc/xcat/ca", clock=lambda: datetime.now(UTC) - timedelta(days=ago))
    signed = then.sign(request, role, name, days=100, addresses=addresses)
    return serial_hex(pem.parse_certificate(signed, "It").serial_number)


def states(root: Path, name: str) -> list[bool]:
    """Of the certificates of a name, the oldest first: is it not revoked?"""
    return [entry.revoked is None for entry in Authority.open(root / "etc/xcat/ca").named(name)]


def test_a_renewed_certificate_stays_good_until_the_new_one_is_used(
    ask: Ask, root: Path, request_of: Callable[..., bytes]
) -> None:
    old = past(root, "cn1", Role.NODE, request_of("cn1"), 60)
    lost = past(root, "cn1", Role.NODE, request_of("cn1"), 2)
    new = ask("node", "cn1", renews=old)
    assert states(root, "cn1") == [True, False, True], "the answer with the second one was lost: it is not used"
    assert "is the serial number of no good certificate" in ask("node", "cn1", renews=lost)["error"]
    assert "has just been given a certificate" in ask("node", "cn1", renews=old)["error"]
    assert ask("node", "cn1", used=new["serial"])["revoked"] == [old]
    assert states(root, "cn1") == [False, False, True]
    assert "is the serial number of no good certificate" in ask("node", "cn1", renews=old)["error"]
    assert "in the last half of its life" in ask("node", "cn1", renews=new["serial"])["error"]


def test_a_renewed_certificate_of_a_server_has_its_names_and_no_others(
    ask: Ask, root: Path, request_of: Callable[..., bytes]
) -> None:
    old = past(root, "sn1", Role.SERVICE, request_of("sn1"), 60, "10.0.0.11")
    answer = ask("sn", "sn1", renews=old, request=request_of("sn1", "10.9.9.9"))
    names = set(map(str, pem.names_in(pem.parse_certificate(answer["certificate"].encode(), "It")).addresses))
    assert names == {"10.0.0.11", "127.0.0.1", "::1"}
    assert "of no good certificate of a node sn1" in ask("node", "sn1", renews=old)["error"]
    assert "of no good certificate of a service node mn1" in ask("sn", "mn1", renews="1")["error"]


def test_a_service_node_does_not_get_the_name_of_another_server_by_its_own(ask: Ask) -> None:
    assert "asks for mn1, which the certificate" in ask("sn", "mn1.x")["error"]
    assert "asks for MN1, which the certificate" in ask("sn", "MN1")["error"]


@pytest.mark.parametrize("name", ["cn1\nxcat-signer: certificate 1 for a node cn2", "", "a b", "\ud800", "x" * 70])
def test_a_name_that_is_none_is_refused_before_anything_is_signed(ask: Ask, name: str, root: Path) -> None:
    answer = ask("node", name, request=b"nonsense", host_keys=["ssh-ed25519 AAAA"], names=["cn1"])
    assert "cannot stand in a certificate as a host name" in answer["error"]
    assert not (root / "etc/xcat/ca/private/ssh-host-ca-key").exists()
