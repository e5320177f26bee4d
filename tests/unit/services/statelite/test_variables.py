"""`$` in statelite.statemnt and litetree.directory."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import world
from xcatd.errors import NotFound, UsageError
from xcatd.services.statelite.variables import fixed_part, needed, shown, split

WORLD = world(
    nodelist=[{"node": "n1", "groups": "all"}],
    noderes=[{"node": "all", "nfsserver": "10.0.0.9"}],
    nodetype=[{"node": "n1", "os": "rhels9.4", "arch": "x86_64"}],
    site=[{"key": "master", "value": "mn1"}],
)


@pytest.mark.parametrize(
    "text, found",
    [
        ("nas:/state", "nas:/state"),
        ("$noderes.nfsserver:/state/$node", "10.0.0.9:/state/n1"),
        ("$site.master:/s/$nodetype.os/$nodetype.arch", "mn1:/s/rhels9.4/x86_64"),
        ("/s/a$nodetype.os$nodetype.arch", "/s/arhels9.4.x86_64"),
        ("/s/$nodetype.os.$nodetype.arch/x", "/s/rhels9.4.x86_64/x"),
        ("/s/$node-x", "/s/n1-x"),
        ("/s/$nodetype.profile/$nodetype/$a.b/$site.no", "/s/UNDEFINED/UNDEFINED/UNDEFINED/UNDEFINED"),
    ],
)
def test_variables(text: str, found: str) -> None:
    assert shown(WORLD, "n1", text) == found


def test_what_is_mounted_needs_all_of_them() -> None:
    assert needed(WORLD, "n1", "$noderes.nfsserver:/state", "statelite.statemnt") == "10.0.0.9:/state"
    with pytest.raises(NotFound, match=r"statelite\.statemnt has \$noderes\.nfsdir, which is not set"):
        needed(WORLD, "n1", "$noderes.nfsserver:$noderes.nfsdir", "statelite.statemnt")


def test_commands_are_not_run() -> None:
    with pytest.raises(UsageError, match="are not run"):
        shown(WORLD, "n1", "/s/#CMD=touch /x#")


@pytest.mark.parametrize(
    "directory, found", [("/a/b", "/a/b"), ("/a/$node/b", "/a"), ("/a/x$node", "/a"), ("/$node", ""), ("/a/b/", "/a/b")]
)
def test_what_is_the_same_for_all_nodes(directory: str, found: str) -> None:
    assert fixed_part(directory) == found


@pytest.mark.parametrize(
    "text, found", [("nas:/a", ("nas", "/a")), ("/a", ("", "/a")), ("[fd00::1]:/a", ("[fd00::1]", "/a"))]
)
def test_servers(text: str, found: tuple[str, str]) -> None:
    assert split(text) == found
