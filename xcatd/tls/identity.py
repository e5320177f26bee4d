"""Who a peer is, read from its certificate, which the handshake has verified already."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from xcatd.errors import TrustError
from xcatd.model import Role

_ROLE_URI = re.compile(r"xcat://(?P<cluster>[A-Za-z0-9.-]+)/(?P<role>mn|sn|user|node)/(?P<name>[A-Za-z0-9_.@-]+)")


@dataclass(frozen=True, slots=True)
class Identity:
    """What one certificate says. `serial` is in hexadecimal digits as `xcatcert list` shows it.

    Anonymous: everything is empty, `not_after` None. `cluster` is "" in a certificate that xCAT 2 made.
    """

    name: str
    role: Role
    cluster: str = ""
    serial: str = ""
    not_after: datetime | None = None


ANONYMOUS = Identity("", Role.ANONYMOUS)


def identify(peer_certificate: Mapping[str, Any] | None, now: datetime | None = None) -> Identity:
    """`peer_certificate` as `getpeercert()` returns it: None, or empty when nothing was verified, is anonymous.

    Without a URI it was made by xCAT 2, and its CN names a user. TrustError: it has expired (which OpenSSL does not
    ask again when a session is resumed), names nobody or several, or its URI is not one of ours.
    """
    if not peer_certificate:
        return ANONYMOUS
    serial = str(peer_certificate["serialNumber"])
    name = _common_name(peer_certificate, serial)
    role, cluster = _role(peer_certificate, name, serial)
    not_after = datetime.fromtimestamp(ssl.cert_time_to_seconds(peer_certificate["notAfter"]), UTC)
    if not_after < (now or datetime.now(UTC)):
        day = f"{not_after:%Y-%m-%d}"
        raise TrustError(f"The certificate of {name} (serial {serial}) expired on {day}: run `xcatcert renew {name}`.")
    return Identity(name, role, cluster, serial, not_after)


def _common_name(certificate: Mapping[str, Any], serial: str) -> str:
    names = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
    if len(names) != 1 or not names[0].isprintable() or not names[0].strip():
        raise TrustError(f"The certificate with serial {serial} must have one common name: have a new one issued.")
    return str(names[0])


def _role(certificate: Mapping[str, Any], name: str, serial: str) -> tuple[Role, str]:
    uris = list(_uris(certificate))
    if not uris:
        return Role.USER, ""
    found = _ROLE_URI.fullmatch(uris[0])
    if len(uris) > 1 or not found or found["name"] != name:
        raise TrustError(
            f"The certificate of {name} (serial {serial}) must have one URI, xcat://CLUSTER/ROLE/{name}: "
            "have a new one issued."
        )
    return Role(found["role"]), found["cluster"]


def _uris(certificate: Mapping[str, Any]) -> Iterator[str]:
    return (value for kind, value in certificate.get("subjectAltName", ()) if kind == "URI")
