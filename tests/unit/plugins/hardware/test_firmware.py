"""`rflash`: an image is given to the controller, or what is installed is said."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.memoryroom import Room
from xcatd.hardware import Fact, Part


async def test_an_image_is_installed_from_where_the_caller_stands(room: Room, tmp_path: Path) -> None:
    (tmp_path / "image.bin").write_bytes(b"firmware")
    seen = await room.desk.type("rflash n1 image.bin", cwd=str(tmp_path))
    assert (seen.stdout, seen.stderr) == ("n1: uploading\nn1: Firmware update complete.\n", "")
    assert room.node().journal == ["firmware image.bin"]


async def test_what_is_installed_is_said(room: Room) -> None:
    room.node().parts = [Fact(Part.FIRMWARE, "BIOS Version", "1.2"), Fact(Part.MODEL, "System Description", "x")]
    for option in ("-c", "--check", "-l"):
        assert await room.ok(f"rflash n1 {option}") == "n1: BIOS Version: 1.2\n"


async def test_without_an_image_nothing_is_begun(room: Room) -> None:
    out, err = await room.failed("rflash n1,n2")
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("Error: rflash: the image is missing;")


async def test_an_image_that_is_not_there_is_named_with_the_daemon(room: Room, tmp_path: Path) -> None:
    _, err = await room.failed(f"rflash n1 {tmp_path}/none")
    assert f"there is no file {tmp_path}/none on mn1" in err
    assert room.node().journal == []


async def test_only_root_has_the_daemon_read_a_file(room: Room, tmp_path: Path) -> None:
    (tmp_path / "image.bin").write_bytes(b"secret")
    await room.desk.fill(policy=[{"priority": "2", "name": "joe", "commands": "rflash", "rule": "allow"}])
    seen = await room.desk.type(f"rflash n1 {tmp_path}/image.bin", user="joe")
    assert (seen.stdout, seen.status) == ("", 1)
    assert "only root may name a file that the daemon reads" in seen.stderr
    assert room.node().journal == []
