"""Which consoles a host has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.objects.worlds import Rows, nodes
from tests.unit.services.places import place
from xcatd.services.conserver.consoles import consoles, holders
from xcatd.services.place import Place

NODES = ("a", "b", "c", "d", "e", "f")
NODEHM: Rows = [
    {"node": "a", "cons": "ipmi"},
    {"node": "b", "serialport": "0", "mgt": "openbmc", "consoleondemand": "yes"},
    {"node": "c", "cons": "ipmi", "conserver": "sn1:10.5.0.1", "consoleondemand": "no"},
    {"node": "d", "mgt": "ipmi"},
    {"node": "e", "cons": "mrv", "termserver": "ts1", "termport": "3"},
    {"node": "f", "cons": "cyclades", "termserver": "ts1"},
]


def host(node: str, *, of_pool: str = "1") -> Place:
    return place(
        Path("/r"),
        node=node,
        is_master=node == "mn1",
        nodelist=nodes(sn1="service", mn1="x", **dict.fromkeys(NODES, "compute")),
        nodehm=NODEHM,
        noderes=[{"node": "b", "servicenode": "sn1,sn2"}],
        servicenode=[{"node": "sn1", "conserver": of_pool}],
        hosts=[{"node": "sn1", "ip": "10.0.0.2"}],
        interfaces={"eth0": ["10.0.0.1"]} if node == "mn1" else None,
    )


def there(path: Path) -> bool:
    return path in (Path("/r/opt/xcat/share/xcat/cons/ipmi"), Path("/r/etc/xcat/cons/openbmc"))


def test_the_management_node_knows_all_of_them() -> None:
    found = consoles(host("mn1"), NODES, there)
    assert found.blocks == {
        "a": "console a {\n  type exec;\n  exec /r/opt/xcat/share/xcat/cons/ipmi a;\n}\n",
        "b": "console b {\n  master 10.0.0.2;\n  type noop;\n}\n",
        "c": "console c {\n  master 10.0.0.2;\n  type noop;\n}\n",
        "e": "console e {\n  type host; host ts1; portbase 2000; portinc 100; port 3;\n}\n",
    }
    assert found.without == ["d"]
    assert found.bad == {
        "f": "its console is at a terminal server (cyclades): set nodehm.termserver and nodehm.termport"
    }
    assert list(consoles(host("mn1"), NODES, there, own=True).blocks) == ["a", "e"]


def test_a_service_node_has_its_own() -> None:
    found = consoles(host("sn1"), NODES, there)
    assert found.blocks == {
        "b": "console b {\n  type exec;\n  exec /r/etc/xcat/cons/openbmc b;\n  options ondemand;\n}\n",
        "c": "console c {\n  type exec;\n  exec /r/opt/xcat/share/xcat/cons/ipmi c;\n  options !ondemand;\n}\n",
    }
    assert found.without == []


def test_a_pool_without_conserver_leaves_them_to_the_management_node() -> None:
    without = host("sn1", of_pool="0")
    assert list(consoles(without, NODES, there).blocks) == ["c"]
    assert holders(without.world, NODES) == {"sn1"}
    assert holders(without.world, ["a", "b"]) == set()


@pytest.mark.parametrize("text", ["sn1", "sn1,sn2", " sn1 , sn2", "sn1,sn2:10.5.0.1"])
def test_of_a_pool_the_first_has_them(text: str) -> None:
    made = place(
        Path("/r"),
        node="sn1",
        nodelist=nodes(a="compute", sn1="service", sn2="service"),
        nodehm=[{"node": "a", "cons": "ipmi", "conserver": text}],
    )
    assert list(consoles(made, ["a"], there).blocks) == ["a"]
    assert holders(made.world, ["a"]) == {"sn1"}


def test_methods_without_a_program() -> None:
    found = consoles(host("mn1"), NODES, lambda path: False)
    assert found.programless == {"ipmi": ["a"]}
    assert list(found.programless_methods()) == [
        "There is no program for consoles of the method ipmi, so a has none here: put it at /etc/xcat/cons/ipmi or "
        "/opt/xcatd/share/cons/ipmi or /opt/xcat/share/xcat/cons/ipmi"
    ]


@pytest.mark.parametrize("method", ["../ipmi", "a b", "x;reboot", "-x"])
def test_what_could_be_another_command_is_refused(method: str) -> None:
    bad = place(Path("/r"), is_master=True, nodelist=nodes(a="x"), nodehm=[{"node": "a", "cons": method}])
    found = consoles(bad, ["a"], lambda path: True)
    assert found.blocks == {}
    assert found.bad == {"a": f"nodehm.cons or nodehm.mgt is {method!r}: set it to the method of its console"}
