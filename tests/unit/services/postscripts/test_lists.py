"""Which scripts a node runs, in which order."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import world
from xcatd.errors import ServiceError
from xcatd.services.postscripts.lists import Stage, scripts_of

NODES = [{"node": "n1", "groups": "rack1,compute"}, {"node": "n2", "groups": "compute"}]
IMAGE = {"imagename": "img", "postscripts": "ospkgs", "postbootscripts": "otherpkgs"}


def test_defaults_come_first_then_the_image_then_the_node() -> None:
    made = world(
        nodelist=NODES,
        nodetype=[{"node": "n1", "provmethod": "img"}],
        osimage=[IMAGE],
        postscripts=[
            {"node": "n1", "postscripts": "mine", "postbootscripts": "late one two"},
            {"node": "compute", "postscripts": "theirs"},
            {"node": "xcatdefaults", "postscripts": "syslog,remoteshell", "postbootscripts": "first"},
        ],
    )
    found = scripts_of(made, "n1", Stage.POST)
    assert (found.defaults, found.osimage, found.node) == (["syslog", "remoteshell"], ["ospkgs"], ["mine"])
    assert scripts_of(made, "n1", Stage.POSTBOOT).all == ("first", "otherpkgs", "late one two")
    assert scripts_of(made, "n2", Stage.POST).all == ("syslog", "remoteshell", "theirs")


def test_groups_are_put_together_where_the_tables_say_so() -> None:
    rows = [{"node": "rack1", "postscripts": "rack,+=NEXTRECORD"}, {"node": "compute", "postscripts": "all"}]
    assert scripts_of(world(nodelist=NODES, postscripts=rows), "n1", Stage.POST).all == ("rack", "all")
    rows[0]["postscripts"] = "rack"
    gathering = [{"key": "hierarchicalattrs", "value": "postscripts"}]
    made = world(nodelist=NODES, postscripts=rows, site=gathering)
    assert scripts_of(made, "n1", Stage.POST).all == ("rack", "all")


def test_a_script_runs_once_at_its_first_place() -> None:
    rows = [{"node": "xcatdefaults", "postscripts": "syslog,a"}, {"node": "n1", "postscripts": "b,a,a 1,syslog,b"}]
    found = scripts_of(world(nodelist=NODES, postscripts=rows), "n1", Stage.POST)
    assert (found.defaults, found.node) == (["syslog", "a"], ["b", "a 1"])


def test_a_node_may_leave_its_messages_alone() -> None:
    rows = [{"node": "xcatdefaults", "postscripts": "syslog,syslogger"}]
    made = world(nodelist=NODES, postscripts=rows, noderes=[{"node": "n1", "syslog": "ignore"}])
    assert scripts_of(made, "n1", Stage.POST).all == ("syslogger",)


@pytest.mark.parametrize(
    "text, line",
    [
        ("a $HOME; reboot", "a '$HOME;' reboot"),
        ("a $(touch /x) `y`", "a '$(touch' '/x)' '`y`'"),
        ("a 'b, c' \"d e\"", "a 'b, c' 'd e'"),
        ("sub/a.sh -x=1", "sub/a.sh -x=1"),
        ("a 'x\ny'", "a 'x y'"),
    ],
)
def test_a_shell_makes_nothing_of_the_words(text: str, line: str) -> None:
    made = world(nodelist=NODES, postscripts=[{"node": "n1", "postscripts": text}])
    assert scripts_of(made, "n1", Stage.POST).all == (line,)


@pytest.mark.parametrize("text", ["../x", "/bin/sh", "a/../b", "$X", "-x", "'a", "a;b", "; x"])
def test_what_is_no_name_of_a_script_is_named_with_its_place(text: str) -> None:
    made = world(nodelist=NODES, postscripts=[{"node": "n1", "postscripts": text}])
    with pytest.raises(ServiceError, match=r"postscripts\.postscripts of n1 has "):
        scripts_of(made, "n1", Stage.POST)
