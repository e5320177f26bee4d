"""Which hosts may reach the database: this one, and every service node that the tables know."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.x509.oid import NameOID

from xcat_certs import pem
from xcat_certs.authority import utc_now
from xcat_certs.names import Role
from xcatd.dbsetup.addresses import LOOPBACK, addresses_of
from xcatd.dbsetup.job import Job
from xcatd.hierarchy import Me, Routes
from xcatd.model import Role as Standing
from xcatd.objects import world_of
from xcatd.store import Snapshot

_MANAGEMENT = "__mgmtnode"


@dataclass(frozen=True, slots=True)
class Peer:
    """A daemon of the cluster. `holder`: its name in its certificate. No `addresses`: nobody knows them yet."""

    name: str
    holder: str
    addresses: tuple[str, ...]


def peers(job: Job) -> tuple[Peer, ...]:
    """This daemon, then the service nodes. Raises StoreError, CertsError, Loop."""
    own = dict.fromkeys((*LOOPBACK, *own_addresses(job)))
    subject = pem.read_certificate(job.layout.server.certificate).subject
    holder = str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    me = Peer(job.settings.name, holder, tuple(own))
    return (me, *(Peer(name, _holder(job, name), addresses_of(name)) for name in service_nodes(job)))


def own_addresses(job: Job) -> tuple[str, ...]:
    """Addresses at which daemons reach this host: of the name in cfgloc, and those that this daemon listens on."""
    names = (job.host, *job.settings.addresses)
    found = dict.fromkeys(address for name in names if name for address in addresses_of(name))
    return tuple(address for address in found if not ipaddress.ip_address(address).is_unspecified)


def service_nodes(job: Job) -> tuple[str, ...]:
    """The service nodes in the tables, at every depth: those in noderes.servicenode and in the table servicenode."""
    name = job.settings.name
    me = Me(name, Standing.MANAGEMENT, frozenset({name, name.partition(".")[0], *own_addresses(job)}))
    world = world_of(job.tables)
    deeper = (each for each in _named(job.tables) if each not in me and _MANAGEMENT not in world.groups_of(each))
    return tuple(dict.fromkeys((*Routes(world, me).below(), *deeper)))


def _named(tables: Snapshot) -> Iterator[str]:
    for row in tables.table("noderes").rows:
        yield from filter(None, (name.strip() for name in row["servicenode"].split(",")))


def _holder(job: Job, name: str) -> str:
    """The name for which the authority has signed this service node's certificate: it may be a longer one."""
    signed = [
        entry.name
        for entry in job.authority.list()
        if entry.role is Role.SERVICE
        and entry.is_valid(utc_now())
        and entry.name.partition(".")[0] == name.partition(".")[0]
    ]
    return next((each for each in signed if each == name), signed[-1] if signed else name)
