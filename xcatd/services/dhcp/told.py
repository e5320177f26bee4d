"""What all machines on a network are told, whatever they are: options of DHCP, by the names that Kea has for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xcatd.services.dhcp.boot import site_of
from xcatd.services.dhcp.subnets import Subnet


@dataclass(frozen=True, slots=True)
class Told:
    """One option. `is_text`: its values are texts, and no addresses or numbers."""

    name: str
    values: tuple[str, ...]
    is_text: bool = False


def told_on(one: Subnet, port: str) -> Iterator[Told]:
    """The options of a network that have values. `port` is that of HTTP."""
    every = _v6(one) if one.network.version == 6 else _v4(one, port)
    return (option for option in every if any(option.values))


def _v4(one: Subnet, port: str) -> Iterator[Told]:
    """RFC 2132, RFC 3397; the last one is that of Cumulus Linux."""
    script = f"{site_of(one.server, port)}/install/postscripts/cumulusztp"
    yield Told("routers", (one.router,))
    yield Told("domain-name", (one.domain,), is_text=True)
    yield Told("domain-search", one.search, is_text=True)
    yield Told("domain-name-servers", one.nameservers)
    yield Told("ntp-servers", one.ntpservers)
    yield Told("log-servers", one.logservers)
    yield Told("interface-mtu", (one.mtu,))
    yield Told("cumulus-provision-url", (script,), is_text=True)


def _v6(one: Subnet) -> Iterator[Told]:
    """RFC 3646 and RFC 4075."""
    yield Told("dns-servers", one.nameservers)
    yield Told("domain-search", one.search, is_text=True)
    yield Told("sntp-servers", one.ntpservers)
