"""What a certificate says about its holder, and what it must not say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from xcatd.errors import TrustError
from xcatd.model import Role
from xcatd.tls import ANONYMOUS, Identity, identify

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def certificate(*uris: str, name: str = "sn1", **changed: Any) -> dict[str, Any]:
    """As `getpeercert()` gives it."""
    made: dict[str, Any] = {
        "subject": ((("commonName", name),),),
        "serialNumber": "0ABC",
        "notAfter": "Jan  5 09:34:43 2030 GMT",
        "subjectAltName": (("DNS", "sn1"), *(("URI", uri) for uri in uris), ("IP Address", "127.0.0.1")),
    }
    return made | changed


@pytest.mark.parametrize(
    ("word", "role"),
    [("mn", Role.MANAGEMENT), ("sn", Role.SERVICE), ("user", Role.USER), ("node", Role.NODE)],
)
def test_role_and_cluster_come_from_the_uri(word: str, role: Role) -> None:
    identity = identify(certificate(f"xcat://alpha.example/{word}/sn1"), NOW)
    assert identity == Identity("sn1", role, "alpha.example", "0ABC", datetime(2030, 1, 5, 9, 34, 43, tzinfo=UTC))


def test_without_uri_it_is_a_user_of_xcat_2() -> None:
    identity = identify(certificate(name="root"), NOW)
    assert (identity.name, identity.role, identity.cluster) == ("root", Role.USER, "")
    without_names = certificate(name="root")
    del without_names["subjectAltName"]
    assert identify(without_names, NOW).role is Role.USER


@pytest.mark.parametrize("nothing", [None, {}])
def test_without_certificate_it_is_anonymous(nothing: dict[str, Any] | None) -> None:
    assert identify(nothing) == ANONYMOUS
    assert (ANONYMOUS.name, ANONYMOUS.role, ANONYMOUS.serial) == ("", Role.ANONYMOUS, "")


@pytest.mark.parametrize(
    "uris",
    [
        ("xcat://alpha/sn/sn1", "xcat://alpha/mn/sn1"),
        ("xcat://alpha/sn/sn1", "https://example.org"),
        ("xcat://alpha/sn/sn2",),
        ("xcat://alpha/king/sn1",),
        ("xcat://alpha/anonymous/sn1",),
        ("xcat://alpha/sn/sn1/more",),
        ("xcat://alpha/sn/sn1?x",),
        ("XCAT://alpha/sn/sn1",),
        ("xcat:///sn/sn1",),
        ("spiffe://alpha/sn/sn1",),
        ("",),
    ],
)
def test_several_or_malformed_uris_are_not_believed(uris: tuple[str, ...]) -> None:
    with pytest.raises(TrustError, match=r"The certificate of sn1 \(serial 0ABC\) must have one URI"):
        identify(certificate(*uris), NOW)


@pytest.mark.parametrize(
    "subject",
    [
        (),
        ((("organizationName", "x"),),),
        ((("commonName", "root"),), (("commonName", "alice"),)),
        ((("commonName", "root\nalice"),),),
        ((("commonName", " "),),),
    ],
)
def test_exactly_one_readable_name_is_needed(subject: Any) -> None:
    with pytest.raises(TrustError, match="serial 0ABC must have one common name"):
        identify(certificate(subject=subject), NOW)


def test_an_expired_certificate_is_noticed_on_a_resumed_session_too() -> None:
    with pytest.raises(TrustError, match=r"of sn1 \(serial 0ABC\) expired on 2030-01-05: run `xcatcert renew sn1`"):
        identify(certificate("xcat://alpha/sn/sn1"), datetime(2030, 1, 6, tzinfo=UTC))
