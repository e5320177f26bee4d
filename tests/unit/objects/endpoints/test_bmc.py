"""Where rpower finds a node's controller."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.objects.worlds import Rows, nodes, world
from xcatd.errors import NotFound
from xcatd.hardware import Endpoint, Trust, TrustKind
from xcatd.model import Secret
from xcatd.objects import World, endpoint_of, management_method

ADMIN: Rows = [{"key": "ipmi", "username": "ADMIN", "password": "first"}]
TWO: Rows = [*ADMIN, {"key": "ipmi", "username": "root", "password": "second"}]


def _cluster(ipmi: dict[str, str], passwd: Rows = ()) -> World:
    return world(
        nodelist=nodes(n7="bmcs"),
        nodehm=[{"node": "bmcs", "mgt": "ipmi"}],
        ipmi=[{"node": "bmcs", **ipmi}],
        passwd=[{"key": "system", "username": "root", "password": "no"}, *passwd],
    )


def test_the_address_is_inherited_and_worked_out() -> None:
    cluster = _cluster({"bmc": r"|\D+(\d+)|10.0.0.($1+100)|", "username": "u", "password": "p"})
    assert endpoint_of(cluster, "n7", "ipmi") == Endpoint("n7", "10.0.0.107", "u", Secret("p"), 623)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("bmc7", "bmc7", 623),
        ("127.0.0.1:6231", "127.0.0.1", 6231),
        ("[::1]:6231", "::1", 6231),
        ("[fe80::7]", "fe80::7", 623),
        ("fe80::7%eth0", "fe80::7%eth0", 623),
        ("::1", "::1", 623),
        (" bmc7.example ", "bmc7.example", 623),
    ],
)
def test_forms_of_addresses(address: str, host: str, port: int) -> None:
    endpoint = endpoint_of(_cluster({"bmc": address, "password": "p"}), "n7", "ipmi")
    assert (endpoint.host, endpoint.port) == (host, port)


@pytest.mark.parametrize(
    ("ipmi", "passwd", "user", "password"),
    [
        ({"username": "u", "password": "p"}, ADMIN, "u", "p"),
        ({}, TWO, "ADMIN", "first"),
        ({"username": "root"}, TWO, "root", "second"),
        ({"username": "root", "password": "own"}, (), "root", "own"),
        ({"password": "own"}, TWO, "ADMIN", "own"),
        ({"password": "own"}, (), "", "own"),
        ({}, [{"key": "ipmi", "username": "", "password": "p"}], "", "p"),
        ({}, [{"key": "ipmi", "username": "off", "password": "x", "disable": "1"}, *ADMIN], "ADMIN", "first"),
    ],
)
def test_the_account(ipmi: dict[str, str], passwd: Rows, user: str, password: str) -> None:
    endpoint = endpoint_of(_cluster({"bmc": "b", **ipmi}, passwd), "n7", "ipmi")
    assert (endpoint.user, endpoint.password.reveal()) == (user, password)


@pytest.mark.parametrize(
    ("ipmi", "sentence"),
    [
        ({}, r"^n7 has no BMC address in ipmi.bmc: set one with chdef n7 bmc=<address>\.$"),
        ({"bmc": "|(1/0)|"}, "^ipmi.bmc of n7 counts as unset: It divides by zero"),
        ({"bmc": "b"}, "^n7 has no BMC password in ipmi.password: set one with .* a row of table passwd with key=ipmi"),
        ({"bmc": "b", "username": "x"}, "^n7 has no BMC password for user x in ipmi.password"),
        ({"bmc": "b", "password": "|(1/0)|"}, "^ipmi.password of n7 counts as unset"),
        ({"bmc": "[b"}, "is not an address"),
        ({"bmc": "b:99999999999999"}, "is not an address"),
        ({"bmc": "b:70000"}, "names port 70000"),
        ({"bmc": "two words"}, "is not an address"),
    ],
)
def test_what_is_missing_is_named_with_the_remedy(ipmi: dict[str, str], sentence: str) -> None:
    with pytest.raises(NotFound, match=sentence):
        endpoint_of(_cluster(ipmi), "n7", "ipmi")


def test_a_user_who_is_not_in_passwd_does_not_get_anothers_password() -> None:
    with pytest.raises(NotFound, match="for user x"):
        endpoint_of(_cluster({"bmc": "b", "username": "x"}, TWO), "n7", "ipmi")


def test_power_goes_before_mgt() -> None:
    cluster = world(
        nodelist=nodes(n1="all", n2="all", n3=""),
        nodehm=[{"node": "all", "mgt": "ipmi"}, {"node": "n2", "power": "redfish"}],
    )
    assert [management_method(cluster, node) for node in ("n1", "n2")] == ["ipmi", "redfish"]
    with pytest.raises(
        NotFound, match=r"^n3 has no management method in nodehm.mgt: set one with chdef n3 mgt=ipmi\.$"
    ):
        management_method(cluster, "n3")


def _openbmc(bmc: str, bmctrust: str = "") -> World:
    return world(
        nodelist=nodes(n7="bmcs"),
        openbmc=[{"node": "bmcs", "bmc": bmc, "username": "u", "password": "p"}],
        site=[{"key": "bmctrust", "value": bmctrust}],
    )


@pytest.mark.parametrize("method", ["redfish", "openbmc"])
def test_a_redfish_service_is_in_table_openbmc(method: str) -> None:
    assert endpoint_of(_openbmc("bmc7"), "n7", method) == Endpoint("n7", "bmc7", "u", Secret("p"), 443)


@pytest.mark.parametrize(
    ("address", "host", "port", "path"),
    [
        ("bmc7/redfish/v1/Systems/1", "bmc7", 443, "/redfish/v1/Systems/1"),
        (" [::1]:8443/redfish/v1/Systems/a-b ", "::1", 8443, "/redfish/v1/Systems/a-b"),
        (r"|\D+(\d+)|box/redfish/v1/Systems/($1)|", "box", 443, "/redfish/v1/Systems/7"),
    ],
)
def test_an_address_may_name_one_of_several_systems(address: str, host: str, port: int, path: str) -> None:
    endpoint = endpoint_of(_openbmc(address), "n7", "redfish")
    assert (endpoint.host, endpoint.port, endpoint.path) == (host, port, path)


@pytest.mark.parametrize(
    "address", ["bmc7/", "bmc7/x", "bmc7/redfish/v1/", "bmc7/redfish/v1/Systems/1?a", "b/redfish/v1/a b"]
)
def test_a_path_that_is_none_is_named_with_the_remedy(address: str) -> None:
    with pytest.raises(
        NotFound, match=r"^openbmc.bmc of n7 is not an address: write host, host:port or host:port/redfish"
    ):
        endpoint_of(_openbmc(address), "n7", "redfish")


@pytest.mark.parametrize(
    ("bmctrust", "trust"),
    [
        ("", Trust()),
        ("any", Trust(TrustKind.ANY)),
        (" ca:/etc/bmc-ca.pem", Trust(TrustKind.CA, Path("/etc/bmc-ca.pem"))),
        ("pins:/etc/xcat/pins", Trust(TrustKind.PINS, Path("/etc/xcat/pins"))),
    ],
)
def test_which_certificates_are_believed(bmctrust: str, trust: Trust) -> None:
    assert endpoint_of(_openbmc("bmc7", bmctrust), "n7", "redfish").trust == trust


@pytest.mark.parametrize("bmctrust", ["yes", "ca:", "pins:relative", "any:/x"])
def test_a_trust_that_nobody_knows_is_not_any(bmctrust: str) -> None:
    with pytest.raises(
        NotFound, match=f'^the site attribute bmctrust is "{bmctrust}": give any, ca:<file> or pins:<file>'
    ):
        endpoint_of(_openbmc("bmc7", bmctrust), "n7", "redfish")
