"""Where kernels lie in the trees of distributions and in images."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.media import lay
from xcatd.errors import ServiceError
from xcatd.services.boot.image import Image
from xcatd.services.boot.kernels import kernel_of


def image(os: str, arch: str = "x86_64", method: str = "install") -> Image:
    return Image("i", method, os, arch, "compute", "/install/t", "/install/n")


@pytest.mark.parametrize(
    "os, arch, kernel, initrd",
    [
        ("rocky9.4", "x86_64", "images/pxeboot/vmlinuz", "images/pxeboot/initrd.img"),
        ("rhels8.6.0", "ppc64le", "ppc/ppc64le/vmlinuz", "ppc/ppc64le/initrd.img"),
        ("sle15.5", "x86_64", "1/boot/x86_64/loader/linux", "1/boot/x86_64/loader/initrd"),
        ("leap15.6", "aarch64", "1/boot/aarch64/linux", "1/boot/aarch64/initrd"),
        ("ubuntu22.04.3", "x86_64", "casper/vmlinuz", "casper/initrd"),
        (
            "debian12.5.0",
            "aarch64",
            "install/netboot/debian-installer/arm64/linux",
            "install/netboot/debian-installer/arm64/initrd.gz",
        ),
        (
            "debian12",
            "x86_64",
            "dists/bookworm/main/installer-amd64/current/images/netboot/debian-installer/amd64/linux",
            "dists/bookworm/main/installer-amd64/current/images/netboot/debian-installer/amd64/initrd.gz",
        ),
    ],
)
def test_installers(tmp_path: Path, os: str, arch: str, kernel: str, initrd: str) -> None:
    with pytest.raises(ServiceError, match="has no kernel for the network"):
        kernel_of(image(os, arch), tmp_path)
    tree = lay(tmp_path / "install/t", {kernel: "k", initrd: "i"})
    found = kernel_of(image(os, arch), tmp_path)
    assert (found.kernel, found.initrd) == (tree / kernel, tree / initrd)
    assert found.placed == ("xcat/osimage/i/vmlinuz", "xcat/osimage/i/initrd.img")


def test_no_such_system(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="how AIX7 is installed"):
        kernel_of(image("AIX7"), tmp_path)


def test_images_without_disk(tmp_path: Path) -> None:
    folder = lay(tmp_path / "install/n", {"kernel": "k"})
    with pytest.raises(ServiceError, match=r"initrd-stateless.gz is missing: make it with genimage i"):
        kernel_of(image("rocky9.4", method="netboot"), tmp_path)
    lay(folder, {"initrd-stateless.gz": "i", "initrd-statelite.gz": "i"})
    with pytest.raises(ServiceError, match=r"has no rootimg.sfs: make it with packimage i"):
        kernel_of(image("rocky9.4", method="netboot"), tmp_path)
    with pytest.raises(ServiceError, match="has no rootimg: make it with liteimg i"):
        kernel_of(image("rocky9.4", method="statelite"), tmp_path)
    lay(folder, {"rootimg.cpio.gz": "r", "rootimg.sfs": "r"})
    assert kernel_of(image("rocky9.4", method="netboot"), tmp_path).root == "/install/n/rootimg.sfs"
    lay(folder, {"rootimg/etc/passwd": ""})
    with pytest.raises(ServiceError, match="rootimg is not prepared for statelite: type liteimg i"):
        kernel_of(image("rocky9.4", method="statelite"), tmp_path)
    lay(folder, {"rootimg/.statelite/litefile.save": ""})
    assert kernel_of(image("rocky9.4", method="statelite"), tmp_path).root == "/install/n/rootimg"
