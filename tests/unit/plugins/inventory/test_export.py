"""`xcat-inventory export`."""

from __future__ import annotations

import json

import pytest

from tests.helpers.run import Desk, Seen

HEAD = """\
# An inventory of xcatd (docs/inventory.md): objects by type, and rows that belong to no object.
# Passwords and other secrets are left out, and an import leaves them alone: see --secrets.
inventory: '1'
"""

FILE = (
    f"""\
{HEAD}covers: group,litefile,network,node,osimage,site,tables
without: secrets
""".replace("litefile,", "")
    + """\
group:
  compute:
    mgt: ipmi
    nodehm.comments: all of them
    rows:
      ipmi:
      - {}
network:
  mgmt:
    mask: 255.0.0.0
    net: 10.0.0.0
node:
  n1:
    bmc: 10.1.0.1
    bmcusername: admin
    groups: compute,all
    rows:
      switch:
      - switch: sw1
        port: '1'
      - switch: sw1
        port: '2'
        vlan: '7'
  n2:
    groups: compute,all
    openbmc.bmc: 10.9.0.2
    serialport: '0'
    switch: sw1
    switchport: '3'
    rows:
      vpd:
      - serial: '4711'
        disable: '1'
osimage:
  rh:
    imagetype: linux
    osvers: rhels9
    template: /install/rh.tmpl
site:
  clustersite:
    domain: example.org
    rows:
      site:
      - key: master
        value: 10.0.0.1
        comments: eth1
tables:
  litefile:
  - image: ALL
    file: /etc/hosts
    options: rw
  passwd:
  - key: system
    username: root
  postscripts:
  - node: xcatdefaults
    postscripts: syslog,remoteshell
"""
)


async def test_objects_have_attributes_and_what_these_cannot_say_are_rows(cluster: Desk) -> None:
    assert await cluster.ok("xcat-inventory export -t group,network,node -t osimage,site,tables") == FILE


async def test_the_whole_configuration_covers_everything(cluster: Desk) -> None:
    text = await cluster.ok("xcat-inventory export")
    assert text.startswith(f"{HEAD}covers: everything\nwithout: secrets\ngroup:\n")
    assert "\npolicy:\n  '1':\n    name: root\n    rule: allow\n" in text
    assert text.endswith("remoteshell\n")


async def test_json_says_the_same(cluster: Desk) -> None:
    text = await cluster.ok("xcat-inventory export --format json -t node,tables")
    tree = json.loads(text)
    assert list(tree) == ["inventory", "covers", "without", "node", "tables"]
    assert tree["node"]["n2"]["rows"] == {"vpd": [{"serial": "4711", "disable": "1"}]}
    assert '   "bmcusername": "admin",\n   "groups": "compute,all",\n' in text


async def test_secrets_are_exported_only_when_that_is_asked_for(cluster: Desk) -> None:
    text = await cluster.ok("xcat-inventory export")
    assert "geheim" not in text and "cluster\n" not in text
    text = await cluster.ok("xcat-inventory export --secrets")
    assert "    bmcpassword: geheim\n" in text
    assert "  - key: system\n    username: root\n    password: cluster\n" in text
    assert "      ipmi:\n" not in text and "    ipmi.password: secret\n" not in text
    assert "    bmcpassword: secret\n" in text
    assert "without" not in text


async def test_a_secret_setting_of_the_site_is_a_secret(desk: Desk) -> None:
    await desk.fill(site=[{"key": "ldappassword", "value": "geheim"}, {"key": "domain", "value": "a.b"}])
    text = await desk.ok("xcat-inventory export -t site")
    assert "geheim" not in text and "domain" in text
    assert (await desk.type("xcat-inventory import -c", stdin=text)).stdout == "Nothing differs: nothing was changed.\n"


async def test_names_are_chosen_by_a_noderange_or_a_list(cluster: Desk) -> None:
    text = await cluster.ok("xcat-inventory export -o compute,-n1")
    assert text.startswith(f"{HEAD}chosen: compute,-n1\nwithout: secrets\nnode:\n  n2:\n")
    assert "n1" not in text.partition("node:")[2]
    text = await cluster.ok("xcat-inventory export -t tables -o passwd")
    assert text.endswith("tables:\n  passwd:\n  - key: system\n    username: root\n")


async def test_types_can_be_left_out(cluster: Desk) -> None:
    text = await cluster.ok("xcat-inventory export -x node,group --exclude tables")
    assert not {"node:", "group:", "tables:"} & set(text.splitlines())
    assert "osimage:" in text.splitlines()


async def test_objects_as_a_listing(cluster: Desk) -> None:
    items = json.loads(await cluster.ok("xcat-inventory export --json -t node,tables"))
    assert items[0]["attributes"] == {
        "bmc": "10.1.0.1",
        "bmcusername": "admin",
        "groups": "compute,all",
        "switch[sw1,1]": "is there",
        "switch[sw1,2].vlan": "7",
    }
    assert {"type": "row", "name": "passwd", "attributes": {"key": "system", "username": "root"}} in items


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("export -t nodes", "Type 'nodes' is not a type of inventories; they are "),
        ("export -t auditlog", "Type 'auditlog' is not a type of inventories; they are "),
        ("export -t node,group -o n1", "xcat-inventory: -o names objects of one type; give it with -t\n"),
        ("export -o n1,n7", "Invalid nodes and/or groups in noderange: n7\n"),
        ("export -t network -o lan", "Could not find an object named 'lan' of type 'network'.\n"),
        ("export -t tables -o pass", "Could not find an object named 'pass' of type 'tables'.\n"),
        (
            "export -f x",
            "xcat-inventory: files are read and written by the client program; use < and > instead of -f\n",
        ),
        ("export --format csv", "xcat-inventory: 'csv' is not one of yaml, json; see xcat-inventory -h\n"),
        ("", "xcat-inventory: action (export, import, diff) is missing; see xcat-inventory -h\n"),
    ],
)
async def test_what_cannot_be_exported_is_named(cluster: Desk, line: str, error: str) -> None:
    seen = await cluster.type(f"xcat-inventory {line}")
    assert (seen.stdout, seen.status) == ("", 1)
    assert seen.stderr.removeprefix("Error: ").removeprefix("[mn1]: ").startswith(error)


async def test_an_empty_cluster_has_an_inventory_too(desk: Desk) -> None:
    assert await desk.ok("xcat-inventory export -t node") == f"{HEAD}covers: node\nwithout: secrets\n"
    assert json.loads(await desk.ok("xcat-inventory export -t node --format json")) == {
        "inventory": "1",
        "covers": "node",
        "without": "secrets",
    }


async def test_others_need_a_row_in_the_policy_table(desk: Desk) -> None:
    assert (await desk.type("xcat-inventory export", user="joe")) == Seen(
        "", "Error: Permission denied for request\n", 1
    )
