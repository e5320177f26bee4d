"""Kernels and boot files in the TFTP folder, where something else is in their way."""

from __future__ import annotations

import os
from pathlib import Path

from xcatd.services.boot.files import Files
from xcatd.services.boot.kernels import Kernel
from xcatd.services.boot.writing import place, write


def kernel(folder: Path) -> Kernel:
    for name in ("vmlinuz", "initrd"):
        (folder / name).write_text(name)
        (folder / name).chmod(0o600)
        os.utime(folder / name, ns=(10**18, 10**18))
    return Kernel(folder / "vmlinuz", folder / "initrd", ("xcat/i/vmlinuz", "xcat/i/initrd"))


def test_loaders_can_read_copies_which_have_the_time_of_their_sources(tmp_path: Path) -> None:
    place(kernel(tmp_path), tmp_path / "tftpboot")
    made = [tmp_path / "tftpboot/xcat/i" / name for name in ("vmlinuz", "initrd")]
    assert [(path.read_text(), path.stat().st_mode & 0o777, path.stat().st_mtime_ns) for path in made] == [
        ("vmlinuz", 0o644, 10**18),
        ("initrd", 0o644, 10**18),
    ]
    assert len(list(made[0].parent.iterdir())) == 2


def test_a_link_in_the_place_of_a_file_leads_nothing_elsewhere(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("other")
    folder = tmp_path / "tftpboot/xcat/i"
    folder.mkdir(parents=True)
    for name in ("vmlinuz", "n1"):
        (folder / name).symlink_to(other)
    place(kernel(tmp_path), tmp_path / "tftpboot")
    assert not write(tmp_path / "tftpboot", {"n1": Files({("xcat/i", "n1"): "#!ipxe"})})
    assert [(folder / name).read_text() for name in ("vmlinuz", "n1")] == ["vmlinuz", "#!ipxe"]
    assert other.read_text() == "other"


def test_a_link_that_cannot_be_made_is_the_failure_of_its_node(tmp_path: Path) -> None:
    (tmp_path / "f/n1.uefi").mkdir(parents=True)
    wanted = {node: Files({("f", node): node}, {("f", f"{node}.uefi"): node}) for node in ("n1", "n2")}
    failed = write(tmp_path, wanted)
    assert list(failed) == ["n1"] and "n1.uefi cannot be made: is a directory" in str(failed["n1"])
    assert {path.name for path in (tmp_path / "f").iterdir()} == {"n1", "n1.uefi", "n2", "n2.uefi"}
