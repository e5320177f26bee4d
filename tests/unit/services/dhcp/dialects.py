"""Configurations with all that there is, for IPv4 and for IPv6, and the two servers' ways to write them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

from xcatd.services.dhcp.boot import Boot, boot_of
from xcatd.services.dhcp.document import Document
from xcatd.services.dhcp.isc import Isc
from xcatd.services.dhcp.kea import Kea
from xcatd.services.dhcp.ranges import Range
from xcatd.services.dhcp.reservations import Reservation
from xcatd.services.dhcp.subnets import Served, Subnet

KEA = Kea(Path("/run/kea/kea4-ctrl-socket"), Path("/var/lib/kea/kea-leases4.csv"))
KEA_V6 = Kea(Path("/run/kea/kea6-ctrl-socket"), Path("/var/lib/kea/kea-leases6.csv"), version=6)
DIALECTS: tuple[Kea | Isc, ...] = (KEA, Isc(), KEA_V6, Isc(6))

SERVED = Served(
    subnets=(
        Subnet(
            network=IPv4Network("10.0.0.0/16"),
            interface="lo",
            server="10.0.0.1",
            router="10.0.0.254",
            domain="c.net",
            search=("c.net", "ib.net"),
            nameservers=("10.0.0.1", "10.0.0.2"),
            ntpservers=("10.0.0.1",),
            logservers=("10.0.0.1",),
            mtu="9000",
            ranges=(Range(IPv4Address("10.0.200.1"), IPv4Address("10.0.200.99")),),
        ),
        Subnet(
            network=IPv4Network("10.6.0.0/24"), interface="", server="10.0.0.1", domain="far.net", search=("far.net",)
        ),
    ),
    interfaces=("lo",),
    lease=3600,
    port="8080",
    timezone="Europe/Berlin",
)
RESERVATIONS = (
    Reservation(
        "n1",
        "02:00:00:00:00:01",
        IPv4Address("10.0.1.1"),
        boot=Boot("http://10.0.0.1:8080/tftpboot/xcat/xnba/nodes/n1"),
    ),
    Reservation("n1", "02:00:00:00:00:11", None),
    Reservation(
        "n2", "02:00:00:00:00:02", IPv4Address("10.6.0.2"), "10.0.0.7", boot_of("n2", "grub2", "10.0.0.7", "8080")
    ),
    Reservation("n3", "02:00:00:00:00:03", IPv4Address("10.0.1.3"), boot=Boot(options=((209, "http://10.0.0.1/x"),))),
    Reservation(
        "n4", ":".join(["80", "00"] * 10), IPv4Address("10.0.1.4"), boot=Boot(options=((114, "http://10.0.0.1/y"),))
    ),
)
SERVED_V6 = replace(
    SERVED,
    subnets=(
        replace(
            SERVED.subnets[0],
            network=IPv6Network("fd00::/64"),
            server="fd00::1",
            router="",
            nameservers=("fd00::1", "fd00::2"),
            ntpservers=("fd00::1",),
            logservers=(),
            mtu="",
            ranges=(Range(IPv6Address("fd00::100"), IPv6Address("fd00::1ff")),),
        ),
        replace(SERVED.subnets[1], network=IPv6Network("fd00:6::/64"), server="fd00::1"),
    ),
    version=6,
)
RESERVATIONS_V6 = (
    Reservation(
        "n1",
        "02:00:00:00:00:01",
        IPv6Address("fd00::11"),
        boot=Boot("http://[fd00::1]:8080/tftpboot/xcat/xnba/nodes/n1"),
    ),
    Reservation("n1", "02:00:00:00:00:11", None),
    Reservation(
        "n2",
        "02:00:00:00:00:02",
        IPv6Address("fd00:6::2"),
        "fd00::7",
        Boot(file="tftp://[fd00::7]/boot/grub2/grub2-n2"),
    ),
)


def served_by(dialect: Kea | Isc) -> Served:
    """What is served of the dialect's version of IP."""
    return SERVED if dialect.version == 4 else SERVED_V6


def document(dialect: Kea | Isc) -> Document:
    """All of it."""
    served = served_by(dialect)
    reservations = RESERVATIONS if dialect.version == 4 else RESERVATIONS_V6
    entries = [dialect.entry(one, served) for one in reservations]
    names = dict.fromkeys(entry.node for entry in entries)
    return replace(
        dialect.fresh(served),
        entries={name: tuple(entry for entry in entries if entry.node == name) for name in names},
    )
