"""Where a path of an image is."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.errors import NodeError
from xcatd.remote.imaging import within


def test_links_lead_to_places_in_the_image(tmp_path: Path) -> None:
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "etc").symlink_to("/usr/etc")
    (tmp_path / "out").symlink_to("../../../../tmp")
    said = {
        "/bin/sh": "usr/bin/sh",
        "etc/deep/file": "usr/etc/deep/file",
        "/out/file": "tmp/file",
        "/../../x/./y/": "x/y",
        "/usr/bin/../file": "usr/file",
        "/": "",
    }
    assert {path: within(tmp_path, path) for path in said} == {path: tmp_path / to for path, to in said.items()}


def test_links_that_lead_round_in_circles(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("/a")
    with pytest.raises(NodeError, match="round in circles"):
        within(tmp_path, "/a/file")
