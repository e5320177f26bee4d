"""What rows of litefile can be, and what is said of those that cannot."""

from __future__ import annotations

import pytest

from xcatd.services.statelite.checks import OPTIONS, ordered, problems
from xcatd.services.statelite.rows import Entry


def said(*rows: tuple[str, str], has_disk: bool = True) -> list[str]:
    return list(problems([Entry(path, option) for path, option in rows], has_disk=has_disk))


@pytest.mark.parametrize("option", [*OPTIONS, "tempfs"])
def test_options(option: str) -> None:
    assert said(("/etc/a", option)) == []


@pytest.mark.parametrize(
    "path, option, sentence",
    [
        ("/a", "bind", "/a has the option 'bind': use one of tmpfs rw persistent"),
        ("/a", "persistent,link", "/a has the option 'persistent,link': use one of"),
        ("a/b", "rw", "a/b is not an absolute path: begin it with /"),
        ("/", "rw", "'/' is no path of a file or folder of an image"),
        ("/a/../b", "rw", "'/a/../b' is no path"),
        ("/a//b", "rw", "'/a//b' is no path"),
        ("/a/b//", "rw", "'/a/b//' is no path"),
        ("/a\nb", "rw", "is no path"),
        ("/.statelite/x", "rw", "/.statelite/x is in a folder that statelite uses itself: leave it out"),
        ("/proc/", "rw", "/proc/ is in memory on every node: leave it out"),
        ("/run/x", "rw", "/run/x is in memory on every node: leave it out"),
        ("/a/", "con", "/a/ is a folder, and con is for files only"),
        ("/a/", "link,con", "/a/ is a folder, and con is for files only"),
    ],
)
def test_a_row_of_itself(path: str, option: str, sentence: str) -> None:
    (found,) = said((path, option))
    assert sentence in found


def test_localdisk_needs_a_disk() -> None:
    assert "and the osimage no partitionfile" in said(("/a/", "localdisk"), has_disk=False)[0]


@pytest.mark.parametrize(
    "above, below, fine",
    [
        ("tmpfs", "tmpfs", True),
        ("tmpfs", "persistent", True),
        ("tmpfs", "localdisk", True),
        ("tmpfs", "ro", True),
        ("tmpfs", "con", True),
        ("tmpfs", "link", False),
        ("tmpfs", "tmpfs,rw", False),
        ("persistent", "persistent", True),
        ("persistent", "tmpfs", False),
        ("persistent", "ro", False),
        ("ro", "ro", False),
        ("link", "link", True),
        ("tmpfs,rw", "link", True),
        ("link", "link,persistent", True),
        ("link", "link,ro", True),
        ("link", "link,con", True),
        ("link", "persistent", False),
        ("link", "tmpfs", False),
        ("link,persistent", "link,persistent", True),
        ("link,persistent", "link", False),
        ("link,persistent", "link,ro", False),
        ("link,persistent", "link,con", False),
        ("link,ro", "link", False),
    ],
)
def test_a_row_below_another(above: str, below: str, fine: bool) -> None:
    for path in ("/a/b", "/a/b/c/d"):
        found = said(("/a/", above), (path, below))
        assert (found == []) is fine
        assert all("/a/" in sentence and path in sentence for sentence in found)


def test_the_nearest_folder_counts() -> None:
    assert said(("/a/", "tmpfs"), ("/a/b/", "persistent"), ("/a/b/c", "persistent")) == []
    assert len(said(("/a/", "tmpfs"), ("/a/b/", "persistent"), ("/a/b/c", "tmpfs"))) == 1


def test_mtab_may_be_a_link_below_etc() -> None:
    assert said(("/etc/", "tmpfs"), ("/etc/mtab", "link")) == []


def test_a_path_is_a_file_or_a_folder() -> None:
    assert said(("/a", "tmpfs"), ("/a/", "tmpfs")) == [
        "/a is in litefile as a file and as a folder: remove one of the rows"
    ]


def test_parents_come_first() -> None:
    paths = ["/var/log-x/", "/var/log/a", "/var/", "/etc/mtab", "/var/log/"]
    assert [one.path for one in ordered([Entry(path, "tmpfs") for path in paths])] == [
        "/var/",
        "/var/log/",
        "/var/log/a",
        "/var/log-x/",
    ]
