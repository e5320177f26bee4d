"""Which files of a list go where, for which nodes, on the management node and on a service node."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.objects.worlds import world
from tests.unit.remote.syncing.shelves import files
from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.remote.syncing.lists import lists_of, sources
from xcatd.remote.syncing.plan import Plan, Planner
from xcatd.remote.syncing.sides import Shelf

LISTS = [Path("/install/list")]


def site(**tables: list[dict[str, str]]) -> World:
    nodes = [{"node": "n1", "groups": "rack1"}, {"node": "n2", "groups": "rack2"}]
    return world(nodelist=nodes, nodetype=[{"node": "n1", "provmethod": "img"}], **tables)


def planned(shelf: Shelf, node: str = "n1", **tables: list[dict[str, str]]) -> Plan:
    return Planner(site(**tables), shelf).plan(node, LISTS)


def places(plan: Plan) -> Sequence[tuple[str, str]]:
    return [(item.named, item.destination) for item in plan.files]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("/etc/a -> /etc/b", [("/etc/a", "/etc/b")]),
        ("/etc/a -> /etc/", [("/etc/a", "/etc/a")]),
        ("/etc/a /etc/b -> /x", [("/etc/a", "/x/a"), ("/etc/b", "/x/b")]),
        ("/etc/* -> /x", [("/etc/a", "/x/a"), ("/etc/b", "/x/b"), ("/etc/d", "/x/d")]),
        ("/etc/[ab] -> /x/", [("/etc/a", "/x/a"), ("/etc/b", "/x/b")]),
        ("/etc/d -> /x/", [("/etc/d", "/x/d")]),
        ("/etc/d -> /x/d", [("/etc/d", "/x/d")]),
        ("/etc/d -> /x/d/", [("/etc/d", "/x/d")]),
        ("/etc/d -> /x", [("/etc/d", "/x/d")]),
        ("/etc/d/ -> /x", [("/etc/d", "/x")]),
        ("/etc/d/ -> /x/", [("/etc/d", "/x")]),
        ("/etc/d/* -> /etc/d/", [("/etc/d/d", "/etc/d/d")]),
        ("/etc/a -> //x//y", [("/etc/a", "/x/y")]),
    ],
)
def test_where_files_go(tmp_path: Path, line: str, found: list[tuple[str, str]]) -> None:
    shelf = files(tmp_path, "/etc/a", "/etc/b", "/etc/.hidden", "/etc/d/d/", list=line)
    plan = planned(shelf)
    assert places(plan) == found
    assert all(item.here == tmp_path / item.named.lstrip("/") for item in plan.files)


def test_a_line_may_be_for_some_nodes_only_and_equal_plans_are_one(tmp_path: Path) -> None:
    text = "/etc/a -> (rack1) /x\n/etc/a -> /y\nAPPEND:\n/etc/a -> (n2) /z\n"
    planner = Planner(site(), files(tmp_path, "/etc/a", list=text))
    one, two = planner.plan("n1", LISTS), planner.plan("n2", LISTS)
    assert (places(one), places(two)) == ([("/etc/a", "/x"), ("/etc/a", "/y")], [("/etc/a", "/y")])
    assert (len(one.appended), len(two.appended)) == (0, 1)
    more = Planner(world(nodelist=[{"node": f"n{number}", "groups": "rack2"} for number in range(2, 9)]), planner.shelf)
    text = (tmp_path / "install/list").read_text().replace("(rack1)", "(rack2)").replace("(n2)", "(rack2)")
    (tmp_path / "install/list").write_text(text)
    assert len({id(more.plan(f"n{number}", LISTS)) for number in range(2, 9)}) == 1


def test_scripts_that_come_to_some_nodes_run_there_only(tmp_path: Path) -> None:
    text = "/etc/a -> (rack1) /x/a\n/etc/b -> /x/b\nEXECUTE:\n/etc/b.post\nEXECUTEALWAYS:\n/etc/a\n/etc/b\n/etc/c\n"
    shelf = files(tmp_path, *(f"/etc/{name}" for name in ("a", "b", "c", "b.post")), list=text)
    planner = Planner(site(), shelf)
    assert [item.named for item in planner.plan("n1", LISTS).always] == ["/etc/a", "/etc/b", "/etc/c"]
    assert [item.named for item in planner.plan("n2", LISTS).always] == ["/etc/b", "/etc/c"]
    assert [item.named for item in planner.plan("n2", LISTS).after] == ["/etc/b.post"]


def test_variables_of_the_image_stand_in_paths(tmp_path: Path) -> None:
    image = [{"imagename": "img", "environvar": "RACK=one,DIR=/opt/x"}]
    shelf = files(tmp_path, "/etc/one.conf", list="/etc/$RACK.conf -> ${DIR}/conf\n")
    assert places(planned(shelf, osimage=image)) == [("/etc/one.conf", "/opt/x/conf")]
    with pytest.raises(ServiceError, match=r"line 1 of /install/list: \$RACK has no value"):
        planned(shelf, "n2", osimage=image)
    image[0]["environvar"] = "RACK=one,DIR=../.."
    with pytest.raises(
        ServiceError, match=r"line 1 of /install/list: the path is \.\./\.\./conf, which does not begin with /"
    ):
        planned(shelf, osimage=image)
    image[0]["environvar"] = "RACK=one,DIR=/a/../../.."
    with pytest.raises(ServiceError, match=r"write it without \.\."):
        planned(shelf, osimage=image)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("/etc/none -> /x", "line 1 of /install/list: /etc/none is not there"),
        ("/etc/no* -> /x", r"line 1 of /install/list: /etc/no\* is not there"),
        ("/etc/a -> (n1,n77) /x", "line 1 of /install/list: there is no node or group n77"),
        ("/etc/a -> (n1/@) /x", "line 1 of /install/list: "),
        ("EXECUTEALWAYS:\n/etc/d", "line 2 of /install/list: /etc/d is not there"),
    ],
)
def test_what_is_not_there_is_named_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ServiceError, match=f"^{sentence}"):
        planned(files(tmp_path, "/etc/a", "/etc/d/", list=text))


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"^The synclist /install/list is not there$"):
        planned(files(tmp_path))
    with pytest.raises(ServiceError, match=r"is not on this service node: bring it with updatenode -f, or xdcp -s -F"):
        planned(Shelf(tmp_path, Path("/var/xcat/syncfiles")))


def test_a_service_node_takes_copies_and_what_it_shares_but_not_its_own(tmp_path: Path) -> None:
    files(
        tmp_path, "/etc/hosts", "/etc/group", "/install/shared/a", list="/etc/hosts -> /etc/\n/install/shared/* -> /x\n"
    )
    files(tmp_path / "var/xcat/syncfiles", "/etc/hosts")
    shelf = Shelf(tmp_path, Path("/var/xcat/syncfiles"), (Path("/install"),))
    plan = planned(shelf)
    assert places(plan) == [("/etc/hosts", "/etc/hosts"), ("/install/shared/a", "/x/a")]
    assert [item.here for item in plan.files] == [
        tmp_path / "var/xcat/syncfiles/etc/hosts",
        tmp_path / "install/shared/a",
    ]
    (tmp_path / "install/list").write_text("/etc/group -> /etc/group\n")
    with pytest.raises(ServiceError, match="line 1 of /install/list: /etc/group is not on this service node"):
        planned(shelf)


def test_what_service_nodes_must_have(tmp_path: Path) -> None:
    text = "/etc/* -> /x\n/d/ -> (n2) /y\nEXECUTE:\n/s/a.post\nEXECUTEALWAYS:\n/s/b\nAPPEND:\n/s/c -> /z\n"
    shelf = files(tmp_path, "/etc/a", "/etc/b", "/d/e", "/s/a.post", "/s/b", "/s/c", list=text)
    found = sources(site(), {"n1": LISTS, "n2": LISTS}, shelf)
    names = ("/install/list", "/etc/a", "/etc/b", "/d", "/s/c", "/s/a.post", "/s/b")
    assert list(map(str, found)) == list(names)


def test_the_lists_of_a_node_are_those_of_its_image() -> None:
    made = site(osimage=[{"imagename": "img", "synclists": "/install/a, /install/b,"}])
    assert (lists_of(made, "n1"), lists_of(made, "n2")) == ((Path("/install/a"), Path("/install/b")), ())
    with pytest.raises(ServiceError, match=r"^osimage\.synclists of img has custom/b, which does not begin with /"):
        lists_of(site(osimage=[{"imagename": "img", "synclists": "/install/a,custom/b"}]), "n1")
