"""Who a certificate is for: roles, names and addresses, checked before they are signed."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509

from xcat_certs.errors import Refused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NO_ADDRESS = r"(?![0-9]+(?:\.[0-9]+)+$)"  # 10.0.0.300 is a typing mistake and not a name
_HOST = re.compile(rf"{_NO_ADDRESS}{_LABEL}(?:\.{_LABEL})*")
_ALIAS = re.compile(rf"{_NO_ADDRESS}(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{{0,61}}[A-Za-z0-9_])?\.)*{_LABEL}")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*")
_COMMON_NAME_LIMIT = 64  # characters: ub-common-name, RFC 5280 appendix A.1
_CLUSTER_LIMIT = 48  # leaves room for the authority's common name, "xCAT CA <cluster>"

EVERY_SERVER = ("localhost", "127.0.0.1", "::1")
"""What each server certificate holds: a daemon is also spoken to on its own host."""


class Role(StrEnum):
    """What the holder is, as it stands in the URI `xcat://<cluster>/<role>/<name>`."""

    MANAGEMENT = "mn"
    SERVICE = "sn"
    USER = "user"
    NODE = "node"
    DATABASE = "db"

    @property
    def is_server(self) -> bool:
        return self in (Role.MANAGEMENT, Role.SERVICE, Role.DATABASE)

    @property
    def is_host(self) -> bool:
        return self is not Role.USER

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Role.MANAGEMENT: "a management node",
    Role.SERVICE: "a service node",
    Role.USER: "a user",
    Role.NODE: "a node",
    Role.DATABASE: "a database server",
}


@dataclass(frozen=True, slots=True)
class AlternativeNames:
    """DNS names and IP addresses at which a server is dialled."""

    dns: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.dns or self.addresses)

    def __str__(self) -> str:
        return ", ".join([*self.dns, *map(str, self.addresses)])

    def __sub__(self, other: AlternativeNames) -> AlternativeNames:
        known = {name.lower() for name in other.dns}
        return AlternativeNames(
            tuple(name for name in self.dns if name.lower() not in known),
            tuple(address for address in self.addresses if address not in other.addresses),
        )

    def __and__(self, other: AlternativeNames) -> AlternativeNames:
        return self - (self - other)

    def __or__(self, other: AlternativeNames) -> AlternativeNames:
        more = other - self
        return AlternativeNames((*self.dns, *more.dns), (*self.addresses, *more.addresses))

    def general_names(self) -> list[x509.GeneralName]:
        return [*map(x509.DNSName, self.dns), *map(x509.IPAddress, self.addresses)]


def alternative_names(dns: Iterable[str] = (), addresses: Iterable[str] = ()) -> AlternativeNames:
    """Checked and without doubles, in the order given."""
    return AlternativeNames(
        tuple(dict.fromkeys(map(_checked_alias, dns))),
        tuple(dict.fromkeys(map(_checked_address, addresses))),
    )


def sorted_out(texts: Iterable[str]) -> AlternativeNames:
    """What an operator gave as `--address`: IP addresses are told from DNS names."""
    texts = tuple(texts)
    addresses = [text for text in texts if is_address(text)]
    return alternative_names([text for text in texts if text not in addresses], addresses)


def fitting(texts: Iterable[str]) -> AlternativeNames:
    """Those of some names and addresses that a certificate can hold; the others are left out."""
    kept = []
    for text in texts:
        with contextlib.suppress(Refused):
            sorted_out((text,))
            kept.append(text)
    return sorted_out(kept)


def server_names(name: str, more: AlternativeNames) -> AlternativeNames:
    """All names of the server `name`: itself, its short name, localhost and the loopback addresses, then `more`."""
    fixed_name, *fixed_addresses = EVERY_SERVER
    return alternative_names(
        [name, name.partition(".")[0], fixed_name, *more.dns],
        [*fixed_addresses, *map(str, more.addresses)],
    )


def checked_name(role: Role, name: str) -> str:
    """`name` when it may stand in a certificate of this role, else Refused."""
    pattern, kind = (_HOST, "host name") if role.is_host else (_USER, "user name")
    if is_address(name):
        raise Refused(f"{name} is an address: give the name of the host, and the address with --address.")
    if not pattern.fullmatch(name) or len(name) > _COMMON_NAME_LIMIT:
        raise Refused(
            f"{name!r} cannot stand in a certificate as a {kind}: letters, digits, '.' and '-'"
            f"{'' if role.is_host else ', and _ or @ inside'}, at most {_COMMON_NAME_LIMIT} characters."
        )
    return name


def checked_cluster(cluster: str) -> str:
    """`cluster` when it may stand in a role URI, else Refused."""
    if not _HOST.fullmatch(cluster) or len(cluster) > _CLUSTER_LIMIT:
        raise Refused(
            f"{cluster!r} cannot be the name of a cluster: letters, digits, '.' and '-', "
            f"at most {_CLUSTER_LIMIT} characters."
        )
    return cluster


def role_uri(cluster: str, role: Role, name: str) -> str:
    return f"xcat://{cluster}/{role}/{name}"


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _checked_alias(name: str) -> str:
    if not _ALIAS.fullmatch(name) or len(name) > 253:  # octets of a DNS name: RFC 1035 section 2.3.4
        raise Refused(f"{name!r} is neither an IP address nor a DNS name.")
    return name


def _checked_address(text: str) -> Address:
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise Refused(f"{text!r} is not an IP address.") from error
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id:
        raise Refused(
            f"{text} has a scope, which no certificate can hold: give the address without %{address.scope_id}."
        )
    return address
