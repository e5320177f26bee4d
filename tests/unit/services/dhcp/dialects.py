"""A configuration with all that there is, and the two servers' ways to write it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from xcatd.services.dhcp.boot import Boot
from xcatd.services.dhcp.document import Dialect, Document
from xcatd.services.dhcp.isc import Isc
from xcatd.services.dhcp.kea import Kea
from xcatd.services.dhcp.ranges import Range
from xcatd.services.dhcp.reservations import Reservation
from xcatd.services.dhcp.subnets import Served, Subnet

KEA = Kea(Path("/run/kea/kea4-ctrl-socket"), Path("/var/lib/kea/kea-leases4.csv"))
DIALECTS: tuple[Dialect, ...] = (KEA, Isc())

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
    Reservation("n1", "02:00:00:00:00:01", IPv4Address("10.0.1.1"), boot=Boot(scripted=True)),
    Reservation("n1", "02:00:00:00:00:11", None),
    Reservation("n2", "02:00:00:00:00:02", IPv4Address("10.6.0.2"), "10.0.0.7", Boot(file="/boot/grub2/grub2-n2")),
    Reservation("n3", "02:00:00:00:00:03", IPv4Address("10.0.1.3"), boot=Boot(options=((209, "http://10.0.0.1/x"),))),
    Reservation(
        "n4", ":".join(["80", "00"] * 10), IPv4Address("10.0.1.4"), boot=Boot(options=((114, "http://10.0.0.1/y"),))
    ),
)


def document(dialect: Dialect) -> Document:
    """All of it."""
    entries = [dialect.entry(one, SERVED) for one in RESERVATIONS]
    names = dict.fromkeys(entry.node for entry in entries)
    return replace(
        dialect.fresh(SERVED),
        entries={name: tuple(entry for entry in entries if entry.node == name) for name in names},
    )
