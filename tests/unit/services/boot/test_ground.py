"""Which host has whose boot files: shared or own TFTP folders, pools, disjoint servers."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from tests.unit.objects.worlds import world
from xcatd.services.boot.ground import Ground
from xcatd.services.boot.machine import Machine, machines

NODES = {"n1": "sn1,sn2", "n2": "sn3", "n3": ""}


def ground(name: str = "mn1", **site: str) -> Ground:
    made = world(
        nodelist=[{"node": node, "groups": "all"} for node in ("sn1", "sn2", "sn3", "sn4", *NODES)],
        noderes=[{"node": node, "servicenode": pool} for node, pool in NODES.items()],
        servicenode=[
            {"node": node, "tftpserver": "1" if node != "sn4" else "0"} for node in ("sn1", "sn2", "sn3", "sn4")
        ],
        hosts=[{"node": node, "ip": f"10.0.0.{11 + place}"} for place, node in enumerate(NODES)],
        networks=[{"netname": "net", "net": "10.0.0.0", "mask": "255.255.255.0"}],
        site=[{"key": key, "value": value} for key, value in site.items()],
    )
    return Ground(made, name, name == "mn1", own=[ip_address("10.0.0.1")])


def machine(here: Ground, node: str) -> Machine:
    return next(iter(machines(here.world, [node], here.shown)))


@pytest.mark.parametrize(
    "site, below",
    [
        ({}, set()),
        ({"sharedtftp": "1", "disjointdhcps": "1"}, set()),
        ({"sharedtftp": "0"}, {"sn1", "sn2", "sn3"}),
        ({"sharedtftp": "no", "disjointdhcps": "1"}, {"sn1", "sn2"}),
    ],
)
def test_who_else_is_told(site: dict[str, str], below: set[str]) -> None:
    assert set(ground(**site).servers(["n1", "n3"])) == below


def test_a_service_node_is_not_asked_to_be_there_before_it_is_installed() -> None:
    here = ground(sharedtftp="0")
    assert set(here.servers(["sn1"])) == {"sn2", "sn3"}
    assert set(here.servers(["sn1", "n1"])) == {"sn1", "sn2", "sn3"}


@pytest.mark.parametrize(
    "name, site, nodes",
    [
        ("mn1", {}, ["n1", "n2", "n3"]),
        ("mn1", {"sharedtftp": "0"}, ["n1", "n2", "n3"]),
        ("mn1", {"sharedtftp": "0", "disjointdhcps": "1"}, ["n3"]),
        ("sn2", {"sharedtftp": "0", "disjointdhcps": "1"}, ["n1"]),
        ("sn3", {"sharedtftp": "0"}, ["n1", "n2", "n3"]),
    ],
)
def test_whose_files_lie_here(name: str, site: dict[str, str], nodes: list[str]) -> None:
    here = ground(name, **site)
    assert [node for node in NODES if here.has_files(machine(here, node))] == nodes


@pytest.mark.parametrize(
    "name, node, address", [("mn1", "n3", "10.0.0.1"), ("mn1", "n2", ""), ("sn3", "n2", "10.0.0.1")]
)
def test_who_serves_the_node_as_it_sees_him(name: str, node: str, address: str) -> None:
    here = ground(name)
    assert here.facing(machine(here, node)) == address


def test_of_a_pool_only_the_loader_knows_unless_each_has_its_own_files() -> None:
    shared, own = ground("sn1"), ground("sn1", sharedtftp="0")
    assert shared.facing(machine(shared, "n1")) == ""
    assert own.facing(machine(own, "n1")) == "10.0.0.1"
