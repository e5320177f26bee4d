"""Lines that overlap are one tree, in which the later one counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.objects.worlds import world
from tests.unit.remote.syncing.shelves import files
from xcatd.errors import ServiceError
from xcatd.remote.syncing.plan import Planner
from xcatd.remote.syncing.tree import planted

NAMES = ("/f/one", "/f/two", "/d/one", "/d/sub/three", "/e/sub/four", "/e/five")


def leaves(root: Path, text: str) -> dict[str, str]:
    """Where rsync would bring which files, by their names on the management node."""
    shelf = files(root, *NAMES, list=text)
    plan = Planner(world(nodelist=[{"node": "n1"}]), shelf).plan("n1", [Path("/install/list")])
    with planted(plan.files) as tree:
        named = [Path(name.decode()) for name in tree.names.read_bytes().split(b"\0")[:-1]]
        found = {}
        for name in named:
            start = tree.folder / name
            inside = [path for path in start.resolve().rglob("*") if path.is_file()] if start.is_dir() else [start]
            for path in inside:
                place = f"/{name / path.relative_to(start.resolve())}" if start.is_dir() else f"/{name}"
                target = path.resolve().relative_to(root)
                assert tree.named(place) == f"/{target}"
                found[place] = f"/{target}"
    assert not tree.folder.exists()
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/f/one -> /x/a\n/f/two -> /x/b", {"/x/a": "/f/one", "/x/b": "/f/two"}),
        ("/f/one -> /x\n/f/two -> /x", {"/x": "/f/two"}),
        ("/d/ -> /x", {"/x/one": "/d/one", "/x/sub/three": "/d/sub/three"}),
        ("/d/ -> /x\n/f/two -> /x/one", {"/x/one": "/f/two", "/x/sub/three": "/d/sub/three"}),
        ("/f/two -> /x/one\n/d/ -> /x", {"/x/one": "/d/one", "/x/sub/three": "/d/sub/three"}),
        (
            "/d/ -> /x\n/e/ -> /x",
            {"/x/one": "/d/one", "/x/sub/three": "/d/sub/three", "/x/sub/four": "/e/sub/four", "/x/five": "/e/five"},
        ),
        ("/d/ -> /\n/f/one -> /sub/new", {"/one": "/d/one", "/sub/three": "/d/sub/three", "/sub/new": "/f/one"}),
    ],
)
def test_lines_that_overlap(tmp_path: Path, text: str, found: dict[str, str]) -> None:
    assert leaves(tmp_path, text) == found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("/f/one -> /x\n/f/two -> /x/y", "line 2 of /install/list: /x/y needs a folder where line 1 of /install/list puts a file"),
        ("/f/one -> /x/y\n/f/two -> /x", "line 2 of /install/list: /x would be a file, and other lines have a folder there"),
        ("/d/ -> /x\n/f/two -> /x/sub", "line 2 of /install/list: /x/sub would be a file"),
        ("/f/one -> /x\n/d/ -> /x", "line 2 of /install/list: /x needs a folder where line 1"),
    ],
)  # fmt: skip
def test_a_place_is_a_file_or_a_folder(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ServiceError, match=sentence):
        leaves(tmp_path, text)


def test_a_path_that_is_of_no_line_has_no_name(tmp_path: Path) -> None:
    shelf = files(tmp_path, *NAMES, list="/f/one -> /x/a\n")
    plan = Planner(world(nodelist=[{"node": "n1"}]), shelf).plan("n1", [Path("/install/list")])
    with planted(plan.files) as tree:
        assert (tree.named("/x/a"), tree.named("/x"), tree.named("/y/z")) == ("/f/one", "", "")
