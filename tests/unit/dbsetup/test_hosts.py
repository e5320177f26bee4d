"""Who may reach the database: this daemon and the service nodes of the tables."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.helpers.hosts import certify
from xcat_certs import keys
from xcat_certs.authority import Authority
from xcat_certs.layout import Credentials, Layout
from xcat_certs.names import Role
from xcatd.daemon.init import write_changes
from xcatd.daemon.paths import Paths
from xcatd.dbsetup.hosts import peers, service_nodes
from xcatd.dbsetup.job import Job
from xcatd.dbsetup.wishes import Wishes
from xcatd.store import Change, Put
from xcatd.store.location import Engine

TREE = [
    Put("nodelist", {"node": "sn1"}, {"groups": "service"}),
    Put("nodelist", {"node": "sn2"}, {"groups": "service"}),
    Put("nodelist", {"node": "cn1"}, {"groups": "compute"}),
    Put("servicenode", {"node": "service"}, {"nameserver": "1"}),
    Put("noderes", {"node": "compute"}, {"servicenode": "sn1,deep"}),
    Put("noderes", {"node": "deep"}, {"servicenode": "sn1"}),
    Put("noderes", {"node": "sn1"}, {"servicenode": "mn1"}),
]


def job(paths: Paths, *changes: Change) -> Job:
    def find(_: object) -> Sequence[Change]:
        return changes

    asyncio.run(write_changes(paths, find, "test"))
    return Job("pgsqlsetup", Engine.POSTGRES, paths, Wishes())


def test_service_nodes_of_every_depth_and_not_this_host(host: Paths) -> None:
    assert set(service_nodes(job(host, *TREE))) == {"sn1", "sn2", "deep"}


def test_a_cluster_without_service_nodes(host: Paths) -> None:
    assert service_nodes(job(host)) == ()


def test_this_host_and_those_without_an_address(host: Paths) -> None:
    me, *others = peers(job(host, *TREE))
    assert (me.name, me.holder, me.addresses) == ("mn1", "mn1", ("127.0.0.1", "::1"))
    assert {peer.name: peer.addresses for peer in others} == {"sn1": (), "sn2": (), "deep": ()}


def test_names_as_they_stand_in_certificates(host: Paths) -> None:
    place = Credentials(host.root / "sn1", "server")
    keys.make_request(place.directory, "sn1.cluster.example")
    Authority.open(Layout(host.root).authority).sign(place.request.read_bytes(), Role.SERVICE, "sn1.cluster.example")
    certify(host, Role.MANAGEMENT, "mn1.cluster.example")

    assert [peer.holder for peer in peers(job(host, *TREE)) if peer.name in ("mn1", "sn1")] == [
        "mn1.cluster.example",
        "sn1.cluster.example",
    ]


@pytest.mark.parametrize(
    ("master", "line", "expected"),
    [
        ("mn1", "", "mn1"),
        ("", "", "127.0.0.1"),
        ("mn1", "Pg:dbname=xcatdb;host=127.0.0.1|xcatadm|x", "127.0.0.1"),
        ("mn1", "Pg:dbname=xcatdb;host=192.0.2.1|xcatadm|x", "mn1"),
        ("mn1", "mysql:dbname=xcatdb;host=127.0.0.1|xcatadmin|x", "mn1"),
    ],
)
def test_where_daemons_reach_the_server(host: Paths, master: str, line: str, expected: str) -> None:
    asked = job(host, Put("site", {"key": "master"}, {"value": master or None}))
    tables = asked.tables
    host.cfgloc.write_text(f"{line}\n")
    again = Job("pgsqlsetup", Engine.POSTGRES, host, Wishes())
    again.tables = tables  # as its database would say it
    assert again.host == expected
    assert again.is_there == (expected == "127.0.0.1" and line.startswith("Pg"))
