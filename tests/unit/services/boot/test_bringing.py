"""Loaders come from packages into the TFTP folder; what somebody else has put there stays."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from tests.helpers.media import lay
from xcatd.services.boot.bringing import NOTE, bring
from xcatd.services.boot.loaders import BIOS, GRUB_ARM64, GRUB_POWER, GRUB_X64, UEFI, Loader, loaders_of
from xcatd.services.boot.machine import Machine

SHIM, GRUB = "usr/lib/shim/shimx64.efi.signed", "usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed"


@dataclass(frozen=True)
class Host:
    """A host with packages' files, and its TFTP folder."""

    system: Path
    tftpdir: Path

    def install(self, *names: str, text: str = "", time: int = 10**9) -> None:
        """Files with their own names in them, or this text."""
        lay(self.system, {name: text or name for name in names})
        for name in names:
            os.utime(self.system / name, (time, time))

    def bring(self, *loaders: Loader) -> list[str]:
        return list(bring(loaders, self.tftpdir, self.system))

    def text(self, name: str) -> str:
        return (self.tftpdir / name).read_text()

    def names(self) -> set[str]:
        return {str(path.relative_to(self.tftpdir)) for path in self.tftpdir.rglob("*") if not path.is_dir()}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    (tmp_path / "system").mkdir()
    lay(tmp_path / "system", {"etc/os-release": "ID=debian\n"})
    return Host(tmp_path / "system", tmp_path / "tftpboot")


def test_ipxe(host: Host) -> None:
    host.install("usr/lib/ipxe/undionly.kpxe", "usr/lib/ipxe/snponly.efi", "usr/lib/ipxe/ipxe.efi")
    assert host.bring(BIOS, UEFI) == []
    assert host.text("xcat/xnba.kpxe") == "usr/lib/ipxe/undionly.kpxe"
    assert host.text("xcat/xnba.efi") == "usr/lib/ipxe/snponly.efi"


def test_what_cannot_be_had_is_named_with_its_package(host: Host) -> None:
    assert host.bring(UEFI, BIOS, GRUB_X64) == [
        f"{host.tftpdir}/boot/grub2/grub2.x86_64 is missing: install shim-signed and grub-efi-amd64-signed, or put the file there",
        f"{host.tftpdir}/xcat/xnba.efi is missing: install ipxe, or put the file there",
        f"{host.tftpdir}/xcat/xnba.kpxe is missing: install ipxe, or put the file there",
    ]
    lay(host.system, {"etc/os-release": 'ID="rocky"\nID_LIKE="rhel centos fedora"\n'})
    assert "install shim-x64 and grub2-efi-x64, or" in host.bring(GRUB_X64)[0]
    assert not host.tftpdir.exists()


def test_a_newer_package_is_followed(host: Host) -> None:
    name = "usr/lib/ipxe/undionly.kpxe"
    host.install(name)
    host.bring(BIOS)
    host.install(name, text="new", time=2 * 10**9)
    assert host.bring(BIOS) == [] and host.text("xcat/xnba.kpxe") == "new"
    (host.system / name).unlink()
    assert host.bring(BIOS) == [] and host.text("xcat/xnba.kpxe") == "new"


def test_what_somebody_else_has_put_there_stays(host: Host) -> None:
    name = "usr/lib/ipxe/undionly.kpxe"
    lay(host.tftpdir, {"xcat/xnba.kpxe": "his"})
    host.install(name)
    assert host.bring(BIOS) == [] and host.text("xcat/xnba.kpxe") == "his"
    (host.tftpdir / "xcat/xnba.kpxe").unlink()
    host.bring(BIOS)
    lay(host.tftpdir, {"xcat/xnba.kpxe": "his again"})
    host.install(name, text="new", time=2 * 10**9)
    assert host.bring(BIOS) == [] and host.text("xcat/xnba.kpxe") == "his again"
    lay(host.tftpdir, {NOTE: "no JSON"})
    assert host.bring(BIOS) == [] and host.text("xcat/xnba.kpxe") == "his again"


def test_shim_and_grub_of_debian(host: Host) -> None:
    host.install(SHIM, GRUB)
    assert host.bring(GRUB_X64) == []
    assert host.text("boot/grub2/grub2.x86_64") == host.text("boot/grub2/grub2.x86_64.efi") == SHIM
    assert host.text("boot/grub2/grubx64.efi") == GRUB
    # Its grub looks in /grub, and reads grub.cfg only.
    assert host.text("grub/grub.cfg").startswith("# Written by xcatd.")
    assert set(json.loads(host.text(NOTE))) == {"boot/grub2/shimx64.efi", "boot/grub2/grubx64.efi"}


def test_shim_and_grub_of_others(host: Host) -> None:
    host.install("boot/efi/EFI/fedora/grubx64.efi")
    host.install("boot/efi/EFI/rocky/shimx64.efi", "boot/efi/EFI/rocky/grubx64.efi", "boot/efi/EFI/rocky/mmx64.efi")
    assert host.bring(GRUB_X64) == []
    assert host.text("boot/grub2/grub2.x86_64") == "boot/efi/EFI/rocky/shimx64.efi"
    assert host.text("boot/grub2/grubx64.efi") == "boot/efi/EFI/rocky/grubx64.efi"
    assert host.text("boot/grub2/mmx64.efi") == "boot/efi/EFI/rocky/mmx64.efi"
    host.install("usr/share/efi/x86_64/shim.efi", "usr/share/efi/x86_64/grub.efi")
    assert host.bring(GRUB_X64) == []
    assert host.text("boot/grub2/grub2.x86_64") == "usr/share/efi/x86_64/shim.efi"
    assert host.text("boot/grub2/grub.efi") == "usr/share/efi/x86_64/grub.efi"


@pytest.mark.parametrize("is_link", [False, True])
def test_grub_of_somebody_else_is_all_of_it(host: Host, is_link: bool) -> None:
    host.install(SHIM, GRUB)
    lay(host.tftpdir, {"boot/grub2/his.efi": "his", "boot/grub2/grub.cfg": "his"})
    target = host.tftpdir / "boot/grub2/grub2.x86_64"
    target.symlink_to("his.efi") if is_link else target.write_text("his")
    assert host.bring(GRUB_X64) == []
    assert target.read_text() == host.text("boot/grub2/grub.cfg") == "his"
    assert host.names() == {"boot/grub2/his.efi", "boot/grub2/grub.cfg", "boot/grub2/grub2.x86_64"}


def test_grub_is_made_where_nobody_has_signed_it(host: Host) -> None:
    shutil.copytree("/usr/lib/grub/x86_64-efi", host.system / "usr/lib/grub/x86_64-efi")
    assert host.bring(GRUB_X64) == []
    image = host.tftpdir / "boot/grub2/grubx64.efi"
    made = image.stat()
    assert image.read_bytes()[:2] == b"MZ" and host.text("boot/grub2/grub.cfg")
    assert (host.tftpdir / "boot/grub2/grub2.x86_64").readlink() == Path("grubx64.efi")
    assert not (host.tftpdir / "grub").exists()  # it looks where it lies
    host.bring(GRUB_X64)
    assert (image.stat().st_ino, image.stat().st_mtime_ns) == (made.st_ino, made.st_mtime_ns)
    # Signed ones are better.
    host.install(SHIM, GRUB)
    host.bring(GRUB_X64)
    assert host.text("boot/grub2/grub2.x86_64") == SHIM and host.text("boot/grub2/grubx64.efi") == GRUB


def test_grub_that_cannot_be_made(host: Host) -> None:
    lay(host.system, {"usr/lib/grub/powerpc-ieee1275/kernel.img": "nothing"})
    (said,) = host.bring(GRUB_POWER)
    assert said.startswith(f"{host.tftpdir}/boot/grub2/grub2.ppc cannot be made by /usr/bin/grub-mkimage: ")
    assert host.names() == set()


def test_a_folder_that_refuses(host: Host) -> None:
    host.install("usr/lib/ipxe/undionly.kpxe")
    lay(host.tftpdir, {"xcat": "in the way"})
    (said,) = host.bring(BIOS)
    assert f"{host.tftpdir}/xcat" in said


def test_who_needs_what() -> None:
    def wanted(netboot: str, arch: str = "") -> list[Loader]:
        columns = {one.name: "" for one in fields(Machine)} | {"netboot": netboot, "arch": arch}
        return list(loaders_of(Machine(**columns)))

    assert wanted(netboot="xnba") == [BIOS, UEFI]
    assert wanted(netboot="grub2", arch="x86_64") == wanted(netboot="grub2-tftp", arch="") == [GRUB_X64]
    assert wanted(netboot="grub2-http", arch="aarch64") == [GRUB_ARM64]
    assert wanted(netboot="grub2", arch="ppc64le") == [GRUB_POWER]
    assert wanted(netboot="petitboot", arch="ppc64le") == wanted(netboot="grub2", arch="s390x") == []
