"""Files of nodes: whole or not at all, and only those that differ."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.objects.worlds import Rows, world
from tests.unit.services.autoinst.sites import HASH, RELEASES
from tests.unit.services.postscripts.sheets import site
from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.autoinst.shelf import shipped
from xcatd.services.autoinst.writing import write_answers


def cluster(**more: Rows) -> World:
    """n1 and n2 with the RHEL family's image, u1 with Ubuntu's, x1 without one."""
    images = [{"imagename": name, "provmethod": "install", "osvers": os} for name, os in RELEASES.items()]
    linux = [
        {"imagename": name, "template": str(shipped() / name / "compute.tmpl"), "pkgdir": "/install/x"}
        for name in RELEASES
    ]
    types = [{"node": node, "provmethod": image} for node, image in (("n1", "rh"), ("n2", "rh"), ("u1", "ubuntu"))]
    tables: dict[str, Rows] = {
        "nodelist": [{"node": node, "groups": "all"} for node in ("n1", "n2", "u1", "x1")],
        "osimage": images,
        "linuximage": linux,
        "nodetype": types,
        "site": site(master="127.0.0.1"),
        "passwd": [{"key": "system", "username": "root", "password": HASH}],
        **more,
    }
    return world(**tables)


async def written(there: World, root: Path, *nodes: str, image: str = "") -> Mapping[str, ServiceError]:
    return await write_answers(there, nodes, root, image=image, own=())


def names(root: Path) -> set[str]:
    folder = root / "install/autoinst"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


async def test_each_node_has_its_files(tmp_path: Path) -> None:
    failed = await written(cluster(), tmp_path, "n1", "n2", "u1", "x1")
    assert {node: str(error) for node, error in failed.items()} == {
        "x1": "x1 has no osimage: nodetype.provmethod names none that is there; see: nodeset"
    }
    assert names(tmp_path) == {"n1", "n2", "u1/user-data", "u1/meta-data", "u1/vendor-data", "u1.post"}
    assert "--hostname=n2" in (tmp_path / "install/autoinst/n2").read_text()
    assert (tmp_path / "install/autoinst/u1/meta-data").read_text() == "instance-id: u1\n"
    for path in (tmp_path / "install/autoinst").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)


async def test_what_is_right_stays_untouched(tmp_path: Path) -> None:
    await written(cluster(), tmp_path, "n1", "n2", "u1")
    folder = tmp_path / "install/autoinst"
    before = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    (folder / "n2").write_text("changed\n")
    await written(cluster(), tmp_path, "n1", "n2", "u1")
    after = {path: path.stat() for path in before}
    changed = {path.name for path in before if before[path].st_ino != after[path].st_ino}
    assert changed == {"n2"}


async def test_another_installer_takes_the_place(tmp_path: Path) -> None:
    for image, files in (
        ("ubuntu", {"n1/user-data", "n1/meta-data", "n1/vendor-data", "n1.post"}),
        ("rh", {"n1"}),
        ("debian", {"n1", "n1.post"}),
        ("ubuntu", {"n1/user-data", "n1/meta-data", "n1/vendor-data", "n1.post"}),
        ("sles", {"n1"}),
    ):
        assert not await written(cluster(), tmp_path, "n1", image=image)
        assert names(tmp_path) == files


async def test_a_node_that_fails_keeps_its_old_file(tmp_path: Path) -> None:
    await written(cluster(), tmp_path, "n1")
    before = (tmp_path / "install/autoinst/n1").read_text()
    failed = await written(cluster(passwd=[]), tmp_path, "n1", "n2")
    assert sorted(failed) == ["n1", "n2"]
    assert "There is no password for root" in str(failed["n1"])
    assert (tmp_path / "install/autoinst/n1").read_text() == before
    assert names(tmp_path) == {"n1"}


async def test_what_is_in_the_way_of_one_node_is_its_own_failure(tmp_path: Path) -> None:
    folder = tmp_path / "install/autoinst"
    (folder / "n1.post").mkdir(parents=True)
    failed = await written(cluster(), tmp_path, "n1", "n2")
    assert list(failed) == ["n1"] and f"{folder / 'n1'} cannot be replaced" in str(failed["n1"])
    assert names(tmp_path) == {"n2"}


@pytest.mark.parametrize("image", ["rh", "ubuntu"])
async def test_a_link_in_their_place_leads_nothing_elsewhere(tmp_path: Path, image: str) -> None:
    (tmp_path / "install/autoinst").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "install/autoinst/n1").symlink_to(tmp_path / "other")
    assert not await written(cluster(), tmp_path, "n1", image=image)
    assert not list((tmp_path / "other").iterdir())
    assert "n1" in {path.parts[0] for path in map(Path, names(tmp_path))}


async def test_a_link_to_another_file_of_the_server_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "install/custom"
    folder.mkdir(parents=True)
    (tmp_path / "shadow").write_text("root:x\n")
    (folder / "t").symlink_to(tmp_path / "shadow")
    linux = [{"imagename": "rh", "template": "/install/custom/t", "pkgdir": "/install/x"}]
    failed = await written(cluster(linuximage=linux), tmp_path, "n1")
    assert "names /install/custom/t, a link to" in str(failed["n1"])


@pytest.mark.parametrize("node", ["a/b", ".n"])
async def test_a_name_that_is_no_file(tmp_path: Path, node: str) -> None:
    there = cluster(nodelist=[{"node": node}], nodetype=[{"node": node, "provmethod": "rh"}])
    assert "cannot be the name of a file" in str((await written(there, tmp_path, node))[node])
    assert names(tmp_path) == set()
