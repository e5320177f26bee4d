"""Which scripts run on a node, in which order, and whether they are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.tables import snapshot_of
from xcatd.api import NotFound, UsageError
from xcatd.errors import ServiceError
from xcatd.objects import World, world_of
from xcatd.plugins.updatenode.choice import check, rounds, servers_of, service_nodes
from xcatd.plugins.updatenode.wish import Wish


@pytest.fixture
def world() -> World:
    nodes = [{"node": name, "groups": "all"} for name in ("n1", "n2", "sn1", "sn2")]
    return world_of(
        snapshot_of(
            nodelist=[*nodes, {"node": "mn1", "groups": "__mgmtnode"}, {"node": "sn3", "groups": "service"}],
            noderes=[
                {"node": "n1", "servicenode": "sn1,sn2, mn1", "xcatmaster": None},
                {"node": "n2", "servicenode": None, "xcatmaster": None},
            ],
            servicenode=[{"node": "service", "dhcpserver": "1"}],
            postscripts=[
                {"node": "xcatdefaults", "postscripts": "syslog", "postbootscripts": "late"},
                {"node": "n1", "postscripts": "mine 'a b'", "postbootscripts": "last,late"},
            ],
        )
    )


def test_the_nodes_own_scripts_in_their_order(world: World, tmp_path: Path) -> None:
    (one,) = rounds(world, "n1", Wish(scripts=""), tmp_path)
    assert one.scripts == ["syslog", "mine 'a b'", "late", "last"]
    for mark, expected in (
        ("postscripts-start-here", ["syslog", "mine 'a b'"]),
        ("defaults-postbootscripts-start-here", ["late"]),
        ("node-postscripts-start-here", ["mine 'a b'"]),
        ("osimage-postscripts-start-here", []),
    ):
        assert list(rounds(world, "n1", Wish(scripts=mark), tmp_path)[0].scripts) == expected


def test_software_first_then_scripts(world: World, tmp_path: Path) -> None:
    wish = Wish(software=True, scripts="one $x,two", variables=(("A", "b"),))
    software, scripts = rounds(world, "n2", wish, tmp_path)
    assert (software.scripts, scripts.scripts) == (("ospkgs", "otherpkgs"), ("one '$x'", "two"))
    assert software.variables == scripts.variables == (("A", "b"),)
    (tmp_path / "syscloneimgupdate").touch()
    assert rounds(world, "n2", wish, tmp_path)[0].scripts[-1] == "syscloneimgupdate"


def test_service_nodes_get_the_daemon_too_where_this_host_has_it(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "postscripts"
    assert rounds(world, "sn3", Wish(software=True), folder)[0].scripts == ("ospkgs", "otherpkgs")
    (tmp_path / "xcatd").mkdir()
    (tmp_path / "xcatd/SHA256SUMS").touch()
    assert rounds(world, "sn3", Wish(software=True), folder)[0].scripts == ("ospkgs", "otherpkgs", "installxcatd")
    assert rounds(world, "n1", Wish(software=True), folder)[0].scripts == ("ospkgs", "otherpkgs")


def test_service_nodes_get_more_keys_than_others(world: World, tmp_path: Path) -> None:
    wish = Wish(security=True)
    assert rounds(world, "n1", wish, tmp_path)[0].scripts == ("remoteshell",)
    assert rounds(world, "sn2", wish, tmp_path)[0].scripts == ("remoteshell", "servicenode")
    assert rounds(world, "sn3", wish, tmp_path)[0].variables == (("UPDATESECURITY", "1"),)


def test_who_serves(world: World) -> None:
    assert service_nodes(world) == {"sn1", "sn2", "sn3"}
    assert servers_of(world, ["n1"]) == ["sn1", "sn2"]
    assert servers_of(world, ["n2", "sn3"]) == ["sn3"]


def test_scripts_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    for fine in (None, "", "there x", "postscripts-start-here"):
        check(fine, tmp_path)
    with pytest.raises(NotFound, match=r"^The postscript .*/gone does not exist\.$"):
        check("there,gone x", tmp_path)
    with pytest.raises(ServiceError, match="does not begin with the name of a script"):
        check("../there", tmp_path)
    with pytest.raises(UsageError, match=r"^Only one internal postscript can be used with -P"):
        check("postscripts-start-here,there", tmp_path)
    with pytest.raises(UsageError, match="is no mark of mypostscript"):
        check("other-start-here", tmp_path)
