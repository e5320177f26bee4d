"""`rmimage`: which files go, and which stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.media import lay
from tests.helpers.run import Desk
from tests.helpers.tmpfs import mounted
from xcatd.services.rootimg.turn import image_turn

NAME = "rocky9.4-x86_64-netboot-compute"
FOLDER = "/install/netboot/rocky9.4/x86_64/compute"
DONE = "Image files have been removed successfully from this management node.\n"


@pytest.fixture
async def image(desk: Desk, tmp_path: Path) -> Path:
    """The folder of an image that was built."""
    attributes = "imagetype=linux provmethod=netboot osvers=rocky9.4 osarch=x86_64 profile=compute"
    await desk.ok(f"mkdef -t osimage {NAME} {attributes} rootimgdir={FOLDER}")
    files = {"rootimg/etc/passwd": "", "rootimg.cpio.xz": "", "kernel": "", "initrd-stateless.gz": "", "notes": "mine"}
    lay(tmp_path / f"tftpboot/xcat/osimage/{NAME}", {"kernel": ""})
    return lay(tmp_path / FOLDER[1:], files)


async def test_what_was_built_goes_and_what_is_the_sites_stays(desk: Desk, tmp_path: Path, image: Path) -> None:
    said = await desk.ok(f"rmimage {NAME}")
    names = ("rootimg", "kernel", "initrd-stateless.gz", "rootimg.cpio.xz")
    removed = [f"Removing {'directory' if name == 'rootimg' else 'file'} {image}/{name}\n" for name in names]
    assert said == "".join([*removed, f"Removing directory {tmp_path}/tftpboot/xcat/osimage/{NAME}\n", DONE])
    assert [path.name for path in image.iterdir()] == ["notes"]
    assert NAME in await desk.ok("lsdef -t osimage")


async def test_the_definition_goes_too_when_that_is_said(desk: Desk, image: Path) -> None:
    assert (await desk.ok(f"rmimage {NAME} --xcatdef")).endswith(DONE)
    assert not desk.store.snapshot.table("osimage").rows
    assert not desk.store.snapshot.table("linuximage").rows


async def test_without_a_name_there_are_system_architecture_and_profile(
    desk: Desk, tmp_path: Path, image: Path
) -> None:
    lay(tmp_path / "tftpboot/xcat/netboot/rocky9.4/x86_64/compute", {"kernel": ""})
    seen = await desk.type("rmimage -o rocky9.4 -a x86_64 -p compute")
    assert seen.status == 0
    assert seen.stderr == f"Warning: [mn1]: {FOLDER} was the folder of {NAME} too: build what is still wanted again\n"
    assert not (tmp_path / "tftpboot/xcat/netboot/rocky9.4/x86_64/compute").exists()
    assert (tmp_path / f"tftpboot/xcat/osimage/{NAME}").exists()


async def test_what_commands_that_were_killed_have_left_goes_too(desk: Desk, image: Path) -> None:
    names = ("rootimg.sfs", "rootimg.sfs.sha256", "rootimg-statelite.gz", "rootimg-statelite.gz.sha256")
    lay(image, {**dict.fromkeys(names, ""), "rootimg.new/x": "", ".rootimg.packing/tree/x": ""})
    await desk.ok(f"rmimage {NAME}")
    assert [path.name for path in image.iterdir()] == ["notes"]


async def test_an_image_that_is_built_now_stays(desk: Desk, tmp_path: Path, image: Path) -> None:
    async with image_turn(tmp_path, FOLDER, f"genimage {NAME}"):
        seen = await desk.type(f"rmimage {NAME}")
    assert (seen.status, f"genimage {NAME} works on {FOLDER}" in seen.stderr) == (1, True)
    assert (image / "rootimg/etc/passwd").exists()


async def test_nothing_is_emptied_that_is_mounted_below(desk: Desk, image: Path) -> None:
    point = image / "rootimg/proc dir"
    lay(point, {"x": ""})
    with mounted(point):
        seen = await desk.type(f"rmimage {NAME}")
    assert seen.status == 1
    assert f"{point} is mounted below {image}/rootimg, and would be emptied" in seen.stderr
    assert (image / "rootimg/etc/passwd").exists()
    assert (image / "kernel").exists()


async def test_a_link_goes_and_not_what_it_leads_to(desk: Desk, tmp_path: Path, image: Path) -> None:
    elsewhere = lay(tmp_path / "elsewhere", {"x": ""})
    (image / "rootimg.sfs").symlink_to(elsewhere)
    lay(image / "rootimg.mine", {"x": ""})
    await desk.ok(f"rmimage {NAME}")
    assert (elsewhere / "x").exists()
    assert not (image / "rootimg.sfs").is_symlink()
    assert (image / "rootimg.mine/x").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Missing flag -o, -a or -p"),
        ("-o a -a b", "Missing flag -o, -a or -p"),
        (f"{NAME} -o a", "-o, -a and -p options are not allowed when a image name is specified."),
        ("-o a -a b -p c --xcatdef", "--xcatdef can not be used with the -o, -a or -p"),
        ("-o a -a .. -p c", "'..' cannot be a part of an image's folder"),
        ("nonsense", "Invalid image name nonsense"),
        ("a--netboot-c", "'' cannot be a part of an image's folder"),
        ("a-b-install-c", 'Invalid method "install", the rmimage command can only be used to remove'),
        ("a-b-netboot-c", "Image directory /install/netboot/a/b/c does not exist"),
    ],
)
async def test_what_cannot_be_done_is_said(desk: Desk, words: str, said: str) -> None:
    seen = await desk.type(f"rmimage {words}")
    assert (seen.status, seen.stdout) == (1, "")
    assert seen.stderr.startswith(f"Error: [mn1]: {said}")
