"""How a PDU is reached, and what feeds a node."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.errors import NotFound
from xcatd.hardware.pdu.endpoint import Access, Pdu, Version
from xcatd.hardware.pdu.models import MODELS
from xcatd.model import Secret
from xcatd.objects import World, endpoint_of
from xcatd.objects.endpoints.pdu import Fed, fed_by

V3 = {"snmpversion": "3", "snmpuser": "keeper"}


def cluster(pdu: dict[str, str], **tables: dict[str, str]) -> World:
    rows = {name: [{"node": "p1", **row}] for name, row in tables.items()}
    return world(nodelist=nodes(p1="pdus", n1="all"), pdu=[{"node": "p1", "nodetype": "pdu", **pdu}], **rows)


def found(pdu: dict[str, str], **tables: dict[str, str]) -> Pdu:
    endpoint = endpoint_of(cluster(pdu, **tables), "p1", "pdu")
    assert isinstance(endpoint, Pdu)
    return endpoint


def test_a_bare_pdu_is_asked_as_xcat_asks() -> None:
    pdu = found({})
    assert (pdu.host, pdu.port, pdu.model, pdu.outlets) == ("p1", 161, MODELS["irpdu"], 0)
    assert pdu.access == Access(Version.V1, Secret("public"))


def test_the_tables_say_where_and_what() -> None:
    pdu = found({"pdutype": "apc", "outlet": "24", "snmpversion": "2c", "community": "c1"}, hosts={"ip": "10.0.0.9"})
    assert (pdu.host, pdu.place, pdu.model, pdu.outlets) == ("10.0.0.9", "10.0.0.9:161", MODELS["apc"], 24)
    assert pdu.access == Access(Version.V2C, Secret("c1"))


@pytest.mark.parametrize("text", ["2", "2c", "v2c", "SNMPv2c"])
def test_version_2c_has_several_spellings(text: str) -> None:
    assert found({"snmpversion": text}).access.version is Version.V2C


@pytest.mark.parametrize(
    ("row", "access"),
    [
        ({}, Access(Version.V3, user="keeper")),
        (
            {"seclevel": "authNoPriv", "authkey": "k1", "authtype": "SHA"},
            Access(Version.V3, user="keeper", auth="sha1", auth_key=Secret("k1")),
        ),
        (
            {"seclevel": "authPriv", "authkey": "k1"},
            Access(Version.V3, user="keeper", auth="md5", auth_key=Secret("k1"), priv="des", priv_key=Secret("k1")),
        ),
        (
            {"seclevel": "AuthPriv", "authkey": "k1", "authtype": "sha", "privtype": "AES", "privkey": "k2"},
            Access(Version.V3, user="keeper", auth="sha1", auth_key=Secret("k1"), priv="aes", priv_key=Secret("k2")),
        ),
    ],
)
def test_version_3_has_a_user_and_levels(row: dict[str, str], access: Access) -> None:
    pdu = found(V3 | row)
    assert (pdu.access.version, pdu.access.user, pdu.access.auth, pdu.access.priv) == (
        access.version, access.user, access.auth, access.priv,
    )  # fmt: skip
    assert (pdu.access.auth_key, pdu.access.priv_key) == (access.auth_key, access.priv_key)
    assert "k1" not in repr(pdu)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"pdutype": "toaster"}, "pdu.pdutype of p1 is 'toaster': write one of irpdu, crpdu, apc"),
        ({"snmpversion": "4"}, "pdu.snmpversion of p1 is '4'"),
        ({"snmpversion": "3"}, "p1 has no SNMP user in pdu.snmpuser"),
        (V3 | {"seclevel": "top"}, "pdu.seclevel of p1 is 'top'"),
        (V3 | {"seclevel": "authPriv"}, "p1 has no key in pdu.authkey"),
        (V3 | {"authtype": "CRC"}, "pdu.authtype of p1 must be MD5 or SHA"),
        (V3 | {"privtype": "ROT13"}, "pdu.privtype DES or AES"),
    ],
)
def test_what_is_wrong_in_table_pdu_is_named(row: dict[str, str], words: str) -> None:
    with pytest.raises(NotFound, match=words):
        found(row)


def feeding(text: str) -> World:
    return world(nodelist=nodes(n1="all"), pduoutlet=[{"node": "n1", "pdu": text}])


def test_a_node_may_be_fed_twice() -> None:
    assert fed_by(feeding("p1:3, p2:14"), "n1") == [Fed("p1", 3), Fed("p2", 14)]


@pytest.mark.parametrize("text", ["p1", "p1:", ":3", "p1:x", "p1:3,p2"])
def test_an_outlet_without_a_number_is_named(text: str) -> None:
    with pytest.raises(NotFound, match=r"pduoutlet\.pdu of n1 has '.*': write <pdu>:<outlet>"):
        fed_by(feeding(text), "n1")


def test_a_node_that_nothing_feeds_says_so() -> None:
    with pytest.raises(NotFound, match=r"^without pdu attribute: say what feeds it with chdef n1"):
        fed_by(world(nodelist=nodes(n1="all")), "n1")
