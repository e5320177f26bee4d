"""Which rows count for an image, and in which order they come."""

from __future__ import annotations

import pytest

from tests.helpers.tables import Rows, snapshot_of
from tests.unit.objects.worlds import world
from xcatd.errors import NotFound
from xcatd.services.statelite.rows import Entry, Tree, entries_of, image_of, trees_of

IMAGES = [{"imagename": "i1", "groups": "all-compute"}, {"imagename": "i2"}, {"imagename": "i3", "groups": "g1,g2"}]


def entries(image: str, *rows: tuple[str, str, str]) -> dict[str, str]:
    """Of rows of image, file and options."""
    told: Rows = [{"image": one, "file": file, "options": options or None} for one, file, options in rows]
    return {one.path: one.option for one in entries_of(snapshot_of(osimage=IMAGES, litefile=told), image)}


def test_the_more_particular_row_counts() -> None:
    rows = [
        ("i1", "/a", "ro"),
        ("ALL", "/a", "rw"),
        ("ALL", "/b", "tmpfs"),
        ("", "/b", "con"),
        ("", "/c", "link"),
        ("all-compute", "/c", "ro"),
        ("all-compute", "/d", "persistent"),
        ("other", "/e", "ro"),
    ]
    assert entries("i1", *rows) == {"/a": "ro", "/b": "tmpfs", "/c": "link", "/d": "persistent", "/etc/mtab": "link"}
    assert entries("i2", *rows) == {"/a": "rw", "/b": "tmpfs", "/c": "link", "/etc/mtab": "link"}


def test_each_group_and_the_whole_text_of_groups() -> None:
    rows = [("g1", "/a", "ro"), ("g2", "/a", "rw"), ("g2", "/b", "ro"), ("g1,g2", "/b", "con")]
    assert entries("i3", *rows) == {"/a": "rw", "/b": "con", "/etc/mtab": "link"}


def test_without_an_option() -> None:
    assert entries("i2", ("ALL", "/a", "")) == {"/a": "tmpfs,rw", "/etc/mtab": "link"}
    assert Entry("/a", "tmpfs,rw").is_link
    assert not Entry("/a", "rw").is_link
    assert Entry("/a", "rw").words == Entry("/a", "tempfs").words == {"tmpfs"}


def test_mtab_has_one_option() -> None:
    assert entries("i2", ("ALL", "/etc/mtab", "ro")) == {"/etc/mtab": "tmpfs,rw"}


def test_trees_come_by_priority() -> None:
    rows = [
        {"priority": "10", "image": "", "directory": "a:/10"},
        {"priority": "9", "image": "ALL", "directory": "a:/9", "mntopts": "soft"},
        {"priority": "1.0", "image": "i1", "directory": "/1"},
        {"priority": "2", "image": "i2", "directory": "/other"},
    ]
    found = trees_of(snapshot_of(osimage=IMAGES, litetree=rows), "i1")
    assert found == [Tree("1.0", "/1"), Tree("9", "a:/9", "soft"), Tree("10", "a:/10")]
    assert [tree.shown(tree.directory) for tree in found] == ["/1", "a:/9 :soft", "a:/10"]


def test_rows_that_are_disabled_do_not_count() -> None:
    rows = [{"image": "ALL", "file": "/a", "options": "ro", "disable": "1"}]
    assert [one.path for one in entries_of(snapshot_of(osimage=IMAGES, litefile=rows), "i2")] == ["/etc/mtab"]


@pytest.mark.parametrize(
    "provmethod, found",
    [
        ("rack", "rack"),
        ("", "r9-x86_64-statelite-c"),
        ("statelite", "r9-x86_64-statelite-c"),
        ("install", "r9-x86_64-statelite-c"),
    ],
)
def test_the_image_of_a_node(provmethod: str, found: str) -> None:
    row = {"node": "n1", "os": "r9", "arch": "x86_64", "profile": "c", "provmethod": provmethod}
    assert image_of(world(nodelist=[{"node": "n1"}], nodetype=[row]), "n1") == found


def test_a_node_of_which_too_little_is_said() -> None:
    with pytest.raises(NotFound, match="n1 does not have os, arch, or profile defined in nodetype table"):
        image_of(world(nodelist=[{"node": "n1"}], nodetype=[{"node": "n1", "os": "r9"}]), "n1")
