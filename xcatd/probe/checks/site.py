"""The values of the site table that others build on, and the network towards the nodes."""

from __future__ import annotations

import errno
import fcntl
import ipaddress
import re
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from xcatd.model import Role
from xcatd.probe import Failed, Finding, Here, Noted, Warned, check

_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*\.?")
_WORDS = frozenset({"<xcatmaster>"})
_SIOCGIFADDR = 0x8915
"""The number of the ioctl, netdevice(7)."""


@check("xcatmn", "site.master can be found", rank=40)
def master_is_found(here: Here) -> Iterator[Finding]:
    """It resolves, and on the management node it is this host."""
    master = here.tables.site("master")
    if not master:
        yield Failed("site.master is not set: chdef -t site master=ADDRESS, the management node's towards the nodes")
        return
    addresses = _addresses(master)
    if not addresses:
        yield Failed(
            f"site.master is {master}, which has no address: put it into /etc/hosts or DNS, or set an address with chdef -t "
            "site master=ADDRESS"
        )
    elif here.role is Role.MANAGEMENT and not any(map(_is_here, addresses)):
        yield Failed(
            f"site.master is {master} ({', '.join(addresses)}), which is not this host: chdef -t site master=ADDRESS with "
            "one of this host's"
        )
    else:
        yield Noted(f"site.master is {master} ({', '.join(addresses)})")


@check("xcatmn", "site.domain and site.nameservers are set", rank=41)
def names_are_set(here: Here) -> Iterator[Finding]:
    """What DNS for the nodes is made of."""
    domain, servers = here.tables.site("domain"), here.tables.site("nameservers")
    if not domain:
        yield Warned("site.domain is not set, which names of nodes need: chdef -t site domain=cluster.example")
    elif not _DOMAIN.fullmatch(domain):
        yield Failed(f"site.domain is {domain!r}, which is no domain: chdef -t site domain=cluster.example")
    if not servers:
        yield Warned("site.nameservers is not set: chdef -t site nameservers=ADDRESS, usually that of site.master")
    for server in filter(None, (each.strip() for each in servers.split(","))):
        if server not in _WORDS and not _is_address(server) and not _addresses(server):
            yield Failed(
                f"site.nameservers has {server!r}, which is no address: chdef -t site nameservers=ADDRESS,ADDRESS"
            )


@check("xcatmn", "the folders for nodes are there", roles=(Role.MANAGEMENT,), rank=42)
def folders_are_there(here: Here) -> Iterator[Finding]:
    """What nodes are installed from."""
    for key in ("installdir", "tftpdir"):
        folder = here.tables.site(key)
        if not folder:
            yield Failed(f"site.{key} is not set: run `xcatconfig -d`, which sets it")
        elif not Path(folder).is_dir():
            yield Warned(f"There is no folder {folder} (site.{key}), which deployment needs: run `xcatconfig -u`")


@check("xcatmn", "the network towards the nodes is defined", roles=(Role.MANAGEMENT,), rank=43)
def network_is_defined(here: Here) -> Iterator[Finding]:
    """The interface of -i has the address of site.master, which lies in a network of the table networks."""
    addresses = _addresses(here.tables.site("master"))
    if here.nic:
        try:
            own = _address_of(here.nic)
        except OSError as error:
            why = "has no address" if error.errno == errno.EADDRNOTAVAIL else "does not exist"
            yield Failed(f"The interface {here.nic} {why}: name the one towards the nodes with -i; see ip address")
            return
        if own not in addresses:
            yield Failed(f"The address {own} of {here.nic} is not that of site.master: chdef -t site master={own}")
        addresses = [own]
    elif addresses and all(ipaddress.ip_address(address).is_loopback for address in addresses):
        yield Noted("site.master is a loopback address, so there is no network to look for")
        return
    networks = list(_networks(here))
    if addresses and not any(ipaddress.ip_address(each) in network for each in addresses for network in networks):
        yield Warned(f"No row of the table networks contains {', '.join(addresses)}: run `makenetworks`")


def _networks(here: Here) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    for row in here.tables.table("networks").rows:
        try:
            yield ipaddress.ip_network(f"{row['net']}/{(row['mask'] or '').lstrip('/')}", strict=False)
        except ValueError:
            continue  # makenetworks and the tables' own check speak about it


def _addresses(name: str) -> list[str]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(place[0]).partition("%")[0] for *_, place in found))


def _is_here(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _address_of(nic: str) -> str:
    """The first IPv4 address of an interface. Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        asked = struct.pack("256s", nic.encode()[:15])
        return socket.inet_ntoa(fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, asked)[20:24])
