"""Trees that get into their places in one step."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from tests.helpers.media import lay
from xcatd.errors import ServiceError
from xcatd.services.media.placing import building, merge, put, save
from xcatd.services.media.working import Gauge, work


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def keep_new(old: Path, new: Path) -> bool:
    return False


def test_a_new_tree_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    target = lay(tmp_path / "install/rocky9.4/x86_64", {"old": "1", "both": "1"})
    with building(target, tmp_path) as site:
        lay(site.stage, {"new": "2", "both": "2"})
        merge(target, site.stage, Gauge(0), keep_new)
        put(site)
    assert names(tmp_path / "install") == ["rocky9.4", "rocky9.4/x86_64"] + [
        f"rocky9.4/x86_64/{name}" for name in ("both", "new", "old")
    ]
    assert (target / "both").read_text() == "2"


def test_what_is_not_put_into_place_leaves_nothing(tmp_path: Path) -> None:
    with building(tmp_path / "install/rocky9.4/x86_64", tmp_path) as site:
        lay(site.stage, {"new": "2"})
    assert not (tmp_path / "install").exists()


def test_two_do_not_write_one_tree(tmp_path: Path) -> None:
    target = tmp_path / "install/rocky9.4/x86_64"
    with building(target, tmp_path) as site:
        with pytest.raises(ServiceError, match=r"Somebody else is writing .*/x86_64 now"), building(target, tmp_path):
            pass
        assert site.stage.is_dir()
        with building(target.with_name("aarch64"), tmp_path) as other:
            assert other.stage.is_dir()


def test_what_a_killed_daemon_left_is_put_right(tmp_path: Path) -> None:
    folder = tmp_path / "install/rocky9.4"
    lay(folder / ".x86_64.old", {"old": "1"})
    lay(folder / ".x86_64.new", {"half": "2"})
    with building(folder / "x86_64", tmp_path) as site:
        assert names(site.target) == ["old"]
        assert names(site.stage) == []
    assert names(folder) == ["x86_64", "x86_64/old"]


def test_joining_shares_files_and_keeps_links(tmp_path: Path) -> None:
    old = lay(tmp_path / "old", {"pool/a": "1", "only/old/b": "1", "was/folder/c": "1"})
    (old / "self").symlink_to(".")
    new = lay(tmp_path / "new", {"pool/a": "2", "pool/d": "2"})
    (new / "was").symlink_to("pool")
    merge(old, new, Gauge(0), keep_new)
    assert names(new) == ["only", "only/old", "only/old/b", "pool", "pool/a", "pool/d", "self", "was"]
    assert (new / "only/old/b").samefile(old / "only/old/b")
    assert (new / "pool/a").read_text() == "2"
    assert names(old / "was/folder") == ["c"]


def test_trees_of_few_and_of_many_files_are_brought_to_the_disk(tmp_path: Path) -> None:
    for count in (3, 501):
        tree = lay(tmp_path / str(count), {f"f{number}": "" for number in range(count)})
        (tree / "link").symlink_to("/nowhere")
        save(tree, Gauge(0))
        assert len(names(tree)) == count + 1


async def test_work_that_is_cancelled_has_ended_before_it_is_said(tmp_path: Path) -> None:
    begun, ended = threading.Event(), threading.Event()

    def steps(gauge: Gauge) -> None:
        try:
            while True:
                begun.set()
                gauge.step(1)
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await work(steps)
    assert begun.is_set() and ended.is_set()
