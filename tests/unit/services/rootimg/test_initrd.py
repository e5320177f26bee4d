"""Which kernel an initramfs is for, and what is checked before dracut runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xcatd.errors import ServiceError
from xcatd.services.rootimg.initrd import InitrdSpec, kernel_version, make_initrds, shipped_module


def kernels(root: Path, *versions: str) -> Path:
    for version in versions:
        (root / "lib/modules" / version / "kernel").mkdir(parents=True)
    return root


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (("6.1.0-9-amd64", "6.1.0-10-amd64"), "6.1.0-10-amd64"),
        (("5.14.0-427.13.1.el9_4.x86_64", "5.14.0-362.8.1.el9_3.x86_64"), "5.14.0-427.13.1.el9_4.x86_64"),
        (("5.14.21-150500.55.7-default", "5.14.21-150500.53-default"), "5.14.21-150500.55.7-default"),
        (("6.8.0-rc1", "6.8.0"), "6.8.0"),
    ],
)
def test_the_newest_kernel_counts(tmp_path: Path, versions: tuple[str, ...], newest: str) -> None:
    (tmp_path / "lib/modules/left-over").mkdir(parents=True)
    assert kernel_version(kernels(tmp_path, *versions)) == newest
    assert kernel_version(tmp_path, versions[1]) == versions[1]
    with pytest.raises(ServiceError, match=r"has no kernel 4\.4; it has: "):
        kernel_version(tmp_path, "4.4")


def test_a_root_without_a_kernel_is_told_its_package(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"put its package into the pkglist \(linux-image-amd64 on Debian"):
        kernel_version(tmp_path)


def test_what_is_missing_is_said_before_anything_runs(tmp_path: Path) -> None:
    root = kernels(tmp_path / "root", "6.1.0")
    with pytest.raises(ServiceError, match="There is no initramfs for diskful"):
        make_initrds(InitrdSpec(root, tmp_path, "x86_64", ("diskful",)), print)
    (root / "usr/bin").mkdir(parents=True)
    for name in ("dracut", "bash", "curl", "dhclient"):
        (root / "usr/bin" / name).touch()
    with pytest.raises(ServiceError, match=r"lacks what .*: mount.nfs \(nfs-common on Debian"):
        make_initrds(InitrdSpec(root, tmp_path, "x86_64", ("statelite",)), print)
    said: list[str] = []
    with pytest.raises(ServiceError, match=r"not boot/vmlinuz-6\.1\.0: install its package again"):
        make_initrds(InitrdSpec(root, tmp_path, "x86_64"), said.append)
    assert said[0].startswith("initrd-statelite.gz is not made: ")
    with pytest.raises(ServiceError, match="'e1000; reboot' is no name of a driver"):
        (root / "boot").mkdir()
        (root / "boot/vmlinuz-6.1.0").touch()
        make_initrds(InitrdSpec(root, tmp_path, "x86_64", ("stateless",), drivers=("e1000; reboot",)), print)


def test_it_travels_as_json() -> None:
    spec = InitrdSpec(Path("/r"), Path("/f"), "x86_64", ("stateless",), "6.1", ("e1000",), "--debug")
    assert InitrdSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_our_module_is_there() -> None:
    assert (shipped_module() / "module-setup.sh").is_file()
