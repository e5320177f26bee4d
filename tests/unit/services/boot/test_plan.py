"""What is refused before any boot file is made: words of tables that would be paths or lines of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.objects.worlds import Rows, world
from xcatd.errors import XcatError
from xcatd.services.boot.arguments import Site
from xcatd.services.boot.machine import machines
from xcatd.services.boot.plan import Plan, Planner, wish_of

IMAGE = {"imagename": "i", "provmethod": "netboot", "osvers": "rocky9.4", "osarch": "x86_64", "profile": "compute"}


def planned(word: str = "boot", **tables: Rows) -> Plan | XcatError:
    """What n1 gets, or why it gets nothing."""
    rows: dict[str, Rows] = {
        "nodelist": [{"node": "n1", "groups": "all"}],
        "noderes": [{"node": "n1", "netboot": "xnba"}],
        "mac": [{"node": "n1", "mac": "02:00:00:00:00:01"}],
        "nodetype": [{"node": "n1", "provmethod": IMAGE["imagename"]}],
        **tables,
    }
    made = world(**rows)
    planner = Planner(made.snapshot, Site(), Path("/"), Path("/tftpboot"), wish_of(word, made.snapshot))
    return planner.plan(list(machines(made, ["n1"], lambda name: name)))["n1"]


def test_a_node_that_lacks_nothing() -> None:
    assert isinstance(planned(), Plan)


@pytest.mark.parametrize("column", ["xcatmaster", "tftpserver", "nfsserver"])
@pytest.mark.parametrize("text", ["10.0.0.1\nshell", "a b", "${x}", "a/b"])
def test_a_server_is_a_name_or_an_address(column: str, text: str) -> None:
    found = planned(noderes=[{"node": "n1", "netboot": "xnba", column: text}])
    assert f"noderes.{column} is {text!r}: set it to a name or an address" == str(found)


@pytest.mark.parametrize("text", ["x/../../etc/cron.d/y", "02:00:00:00:00:01\nshell", "02:00"])
def test_a_mac_is_one(text: str) -> None:
    assert "which is no MAC address" in str(planned(mac=[{"node": "n1", "mac": text}]))


@pytest.mark.parametrize("name", ["../../etc", "a/b", ".hidden", "a b"])
def test_the_name_of_an_image_is_no_path(name: str) -> None:
    found = planned("osimage", osimage=[{**IMAGE, "imagename": name}], nodetype=[{"node": "n1", "provmethod": name}])
    assert "cannot be a folder of boot files" in str(found)


@pytest.mark.parametrize("column", ["osvers", "osarch", "profile"])
def test_nor_are_its_parts(column: str) -> None:
    found = planned("osimage", osimage=[{**IMAGE, column: "x\nshell"}])
    assert str(found) == f"The osimage i has {column} 'x\\nshell', which cannot be a folder: correct it"
