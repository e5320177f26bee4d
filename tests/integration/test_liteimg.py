"""`liteimg`: the program beside the daemon prepares a small root file system, and packs it for nodes that have it in memory."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.imagedesk import FOLDER, image_desk
from tests.helpers.media import lay
from tests.helpers.run import Desk
from tests.helpers.smallroot import small_root
from tests.helpers.tmpfs import mounted
from xcatd.errors import ServiceError
from xcatd.services.boot.image import image_named
from xcatd.services.boot.kernels import kernel_of

NAME = "debian12-x86_64-statelite-compute"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with image_desk(tmp_path, "statelite") as made:
        for path, option in {"/etc/hostname": "link", "/var/": "persistent"}.items():
            await made.ok(f"chtab image=ALL,file={path} litefile.options={option}")
        yield made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The image's, as genimage made it."""
    made = tmp_path / FOLDER[1:]
    small_root(made / "rootimg")
    lay(
        made,
        {"kernel": "", "initrd-statelite.gz": "", "rootimg/etc/hostname": "image\n", "rootimg/usr/bin/python3": ""},
    )
    return made / "rootimg"


async def test_what_it_says_and_does(desk: Desk, root: Path) -> None:
    assert await desk.ok(f"liteimg {NAME}") == f"Modifying {root} ...\nModifying {root} done.\n"
    assert (root / "etc/hostname").is_symlink() and (root / "etc/hostname").read_text() == "image\n"
    plan = (root / ".statelite/litefile").read_text().splitlines()
    assert plan[1:] == [
        "mode 755",
        "entry link /etc/hostname",
        "entry tmpfs /opt/xcat/",
        "entry persistent /var/",
        "entry tmpfs /xcatpost/",
        "entry tmpfs /xcatpost.lock",
    ]
    assert f"IMAGENAME={NAME}\n" in (root / ".default/opt/xcat/xcatinfo").read_text()
    assert "\nroot:$6$" in (root / "etc/shadow").read_text()
    assert kernel_of(image_named(desk.store.snapshot, NAME), root.parents[5]).root == f"{FOLDER}/rootimg"


async def test_all_of_it_again_and_then_otherwise(desk: Desk, root: Path) -> None:
    await desk.ok(f"chtab image={NAME},file=/etc/ litefile.options=tmpfs")
    seen = await desk.type(f"liteimg {NAME}")
    assert seen.status == 1
    assert "/etc/hostname is below /etc/, which has tmpfs: give it an option without link" in seen.stderr
    await desk.ok(f"chtab image={NAME},file=/etc/ litefile.options=link")
    await desk.ok(f"liteimg {NAME}")
    await desk.ok(f"liteimg {NAME}")
    assert (root / "etc").is_symlink() and "\nroot:$6$" in (root / "etc/shadow").read_text()
    await desk.ok(f"chtab -d image={NAME},file=/etc/ litefile")
    await desk.ok(f"liteimg {NAME}")
    assert not (root / "etc").is_symlink() and (root / "etc/hostname").is_symlink()


async def test_files_of_the_synclists_get_into_it(desk: Desk, root: Path, tmp_path: Path) -> None:
    lay(tmp_path / "install/files", {"motd": "welcome\n", "list": "/install/files/motd -> /etc/motd\n"})
    await desk.ok(f"chdef -t osimage {NAME} synclists=/install/files/list")
    await desk.ok("chtab image=ALL,file=/etc/motd litefile.options=link")
    for _ in range(2):
        assert "Files of synclists: " in await desk.ok(f"liteimg {NAME}")
        assert (root / "etc/motd").is_symlink() and (root / "etc/motd").read_text() == "welcome\n"


def listed(packed: Path) -> set[str]:
    """What is in it; its sum must be right."""
    subprocess.run(["sha256sum", "--quiet", "--check", f"{packed}.sha256"], cwd=packed.parent, check=True)
    listing = ["sh", "-c", f"gzip -dc <{packed} | cpio -it --quiet"]
    names = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.splitlines()
    return {name.removeprefix("./") for name in names}


async def test_a_root_in_memory_is_packed(desk: Desk, root: Path, tmp_path: Path) -> None:
    await desk.ok(f"chdef -t osimage {NAME} rootfstype=ramdisk")
    with pytest.raises(ServiceError, match=r"has no rootimg-statelite\.gz: make it with liteimg"):
        kernel_of(image_named(desk.store.snapshot, NAME), tmp_path)
    said = await desk.ok(f"liteimg {NAME}")
    packed = root.with_name("rootimg-statelite.gz")
    assert f"Packing contents of {root} ...\n{packed}: " in said
    assert {".statelite/litefile", ".default/etc/hostname", "etc/hostname"} <= listed(packed)
    assert kernel_of(image_named(desk.store.snapshot, NAME), tmp_path).root == f"{FOLDER}/rootimg-statelite.gz"


async def test_what_is_wrong_is_said_and_nothing_is_touched(desk: Desk, root: Path) -> None:
    with mounted(root / "var"):
        assert f"{root}/var is mounted in the image: umount {root}/var" in (await desk.type(f"liteimg {NAME}")).stderr
    await desk.ok("chtab image=ALL,file=/var/ litefile.options=localdisk")
    assert "and the osimage no partitionfile" in (await desk.type(f"liteimg {NAME}")).stderr
    await desk.ok(f"chdef -t osimage {NAME} partitionfile=/install/none")
    assert "partitionfile is /install/none, and there is no such file" in (await desk.type(f"liteimg {NAME}")).stderr
    for path in ("/var/", "/etc/hostname"):
        await desk.ok(f"chtab -d image=ALL,file={path} litefile")
    await desk.ok(f"chdef -t osimage {NAME} partitionfile=")
    assert f"Table litefile has no row for {NAME}" in (await desk.type(f"liteimg {NAME}")).stderr
    await desk.ok(f"chdef -t osimage {NAME} provmethod=netboot")
    assert "liteimg prepares those with statelite" in (await desk.type(f"liteimg {NAME}")).stderr
    assert not (root / ".statelite").exists()


async def test_the_nodes_disk(desk: Desk, root: Path, tmp_path: Path) -> None:
    lay(tmp_path / "install/custom", {"disk": "enable=yes\n[localspace]\ndev=/dev/vda1\n[swapspace]\ndev=/dev/vda2\n"})
    await desk.ok("chtab image=ALL,file=/var/ litefile.options=localdisk")
    await desk.ok(f"chdef -t osimage {NAME} partitionfile=/install/custom/disk permission=700")
    await desk.ok(f"liteimg {NAME}")
    assert (root / ".statelite/litefile").read_text().splitlines()[1:4] == [
        "mode 700",
        "localspace /dev/vda1 ext4",
        "swapspace /dev/vda2",
    ]
