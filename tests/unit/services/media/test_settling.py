"""A medium that was unpacked: whole, readable, and what its own sums say."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.helpers.media import lay
from xcatd.errors import ServiceError
from xcatd.services.media.checksums import check, sums_of
from xcatd.services.media.folder import look
from xcatd.services.media.settling import settle
from xcatd.services.media.source import Contents
from xcatd.services.media.working import Gauge


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_everybody_may_read_a_tree_and_nobody_write_it(tmp_path: Path) -> None:
    tree = lay(tmp_path / "t", {"a/script": "x", "a/text": "y", "a/right": "z"})
    for name, bits in (("a/script", 0o4700), ("a/text", 0o660), ("a/right", 0o555), ("a", 0o700)):
        (tree / name).chmod(bits)
    (tree / "self").symlink_to(".")
    settle(tree, look(tree), Gauge(0))
    assert [mode(tree / name) for name in ("a", "a/script", "a/text", "a/right")] == [0o755, 0o755, 0o644, 0o555]


@pytest.mark.parametrize("target", ["/etc/shadow", "../..", "a/../../x"])
def test_a_link_that_leads_out_is_refused(tmp_path: Path, target: str) -> None:
    tree = lay(tmp_path / "t", {"a/text": "y"})
    (tree / "a/out").symlink_to(target if target.startswith("/") else f"../{target}")
    with pytest.raises(ServiceError, match="The link a/out leads out of the medium"):
        settle(tree, look(tree), Gauge(0))


def test_what_is_missing_short_or_no_file_is_named(tmp_path: Path) -> None:
    tree = lay(tmp_path / "t", {"a": "12345"})
    with pytest.raises(ServiceError, match="a has 5 bytes, and 6 on the medium"):
        settle(tree, Contents({"a": 6}, ["a"]), Gauge(0))
    with pytest.raises(ServiceError, match="b of the medium did not arrive"):
        settle(tree, Contents({"a": 5, "b": None}, ["a", "b"]), Gauge(0))
    os.mkfifo(tree / "pipe")
    with pytest.raises(ServiceError, match="pipe of the medium is no file, folder or link"):
        settle(tree, Contents({}, []), Gauge(0))


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


LISTS = {
    "md5sum.txt": f"{hashlib.md5(b'one').hexdigest()}  ./one\n{'0' * 32}  ./boot.cat\n{'0' * 32}  ./md5sum.txt\n",
    "CHECKSUMS": f"{sha('two')}  two\nno line of a list\n{'0' * 64}  absent\n",
    "content": f"VERSION 12\nHASH SHA256 {sha('three')}  x/three\nMETA SHA1 {hashlib.sha1(b'four').hexdigest()}  x/four\n",
    ".treeinfo": f"[checksums]\nimages/five = sha256:{sha('five')}\nimages/six = rot13:zz\n../one = sha256:{'0' * 64}\n",
}
FILES = {"one": "one", "two": "two", "x/three": "three", "x/four": "four", "images/five": "five", "images/six": "6"}


def test_all_kinds_of_lists_are_read(tmp_path: Path) -> None:
    tree = lay(tmp_path / "t", {**LISTS, **FILES, "boot.cat": "patched later"})
    lay(tmp_path, {"one": "outside"})
    sums = sums_of(tree)
    assert [one.name for one in sums] == ["one", "two", "x/three", "x/four", "images/five"]
    check(tree, sums, Gauge(0))


@pytest.mark.parametrize("name", ["one", "two", "x/three", "x/four", "images/five"])
def test_a_file_that_is_not_what_its_maker_wrote_is_named(tmp_path: Path, name: str) -> None:
    tree = lay(tmp_path / "t", {**LISTS, **FILES, name: "evil"})
    with pytest.raises(ServiceError, match=f"{name} is not what the medium's own checksums say"):
        check(tree, sums_of(tree), Gauge(0))
