"""`packimage`: the program beside the daemon packs a small root file system; what is in the result, and what goes wrong."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, until
from tests.helpers.imagedesk import FOLDER, attributes, image_desk
from tests.helpers.media import lay
from tests.helpers.run import Desk
from tests.helpers.smallroot import portrait, small_root
from tests.helpers.stage import Typed
from tests.helpers.tmpfs import mounted
from xcatd.services.autoinst.crypt512 import sha512crypt
from xcatd.services.boot.image import image_named
from xcatd.services.boot.kernels import kernel_of
from xcatd.services.rootimg.turn import image_turn

NAME = "debian12-x86_64-netboot-compute"
SHIPPED = Path(__file__).parents[2] / "share/netboot"
KEY = "ssh-ed25519 AAAAC3Nza root@mn1"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with image_desk(tmp_path, "netboot") as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The image's, with all that genimage makes."""
    made = tmp_path / FOLDER[1:]
    small_root(made / "rootimg")
    return lay(made, {"kernel": "", "initrd-stateless.gz": ""})


def sum_fits(file: Path) -> bool:
    text = file.with_name(f"{file.name}.sha256").read_text()
    return text == f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"


def unsquashed(file: Path, out: Path) -> Path:
    subprocess.run(["unsquashfs", "-quiet", "-no-progress", "-dest", out, file], check=True)
    return out


def listed(file: Path) -> set[str]:
    listing = ["sh", "-c", f"gzip -dc <{file} | cpio -it --quiet"]
    return set(subprocess.run(listing, capture_output=True, text=True, check=True).stdout.splitlines())


def names_in(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


BUILT = {"rootimg", "kernel", "initrd-stateless.gz"}


async def test_it_packs_as_xcat_does_and_says_so_in_its_words(desk: Desk, folder: Path) -> None:
    await desk.ok(f"chdef -t osimage {NAME} exlist={SHIPPED}/debian/compute.exlist")
    before = portrait(folder / "rootimg")
    seen = await desk.type(f"packimage {NAME}")
    assert seen.status == 0
    assert seen.stderr == ""
    lines = seen.stdout.splitlines()
    assert lines[:3] == [f"Packing contents of {folder}/rootimg", "archive method:cpio", "compress method:pigz"]
    assert re.fullmatch(rf"{folder}/rootimg\.cpio\.gz: 0\.0 MiB, of 0\.1 MiB in \d+ files", lines[3])
    assert names_in(folder) == {*BUILT, "rootimg.cpio.gz", "rootimg.cpio.gz.sha256"}
    assert sum_fits(folder / "rootimg.cpio.gz")
    assert portrait(folder / "rootimg") == before
    names = listed(folder / "rootimg.cpio.gz")
    assert {"usr/bin/tool", "dev/null", "etc/shadow", "usr/share/doc"} <= names
    assert "usr/share/doc/tool" not in names


async def test_the_packed_image_has_what_the_tables_say(desk: Desk, folder: Path, tmp_path: Path) -> None:
    lay(tmp_path / "install/postscripts", {"_ssh/authorized_keys": f"{KEY}\n"})
    lists = {
        "compute.exlist": "./boot*\n./usr/share/locale/*\n./usr/share/zoneinfo*\n+./usr/share/locale/C*\n",
        "compute.synclist": f"{tmp_path}/etc/motd -> /etc/motd\n{tmp_path}/etc/tool -> /usr/bin/tool\n"
        f"{tmp_path}/etc/motd -> /usr/share/locale/de/motd\nAPPEND:\n{tmp_path}/etc/motd -> /etc/passwd\n",
    }
    lay(tmp_path / "install/custom", lists)
    lay(tmp_path / "etc", {"motd": "welcome\n", "tool": "another tool\n"})
    os.utime(tmp_path / "etc/motd", (1_600_000_000, 1_600_000_000))
    await desk.ok(
        f"chdef -t osimage {NAME} exlist=/install/custom/compute.exlist synclists=/install/custom/compute.synclist"
    )
    await desk.ok("chtab key=timezone site.value=Europe/Berlin")
    before = portrait(folder / "rootimg")
    said = await desk.ok(f"packimage -m squashfs {NAME}")
    assert "Files of synclists: 3\n" in said
    out = unsquashed(folder / "rootimg.sfs", tmp_path / "out")
    assert portrait(folder / "rootimg") == before
    looks = portrait(out)
    assert looks["etc/motd"].content == b"welcome\n"
    assert looks["etc/motd"].time == 1_600_000_000
    assert looks["usr/bin/tool"].content == b"another tool\n"
    assert looks["usr/bin/same"].content == before["usr/bin/same"].content
    assert looks["root/.ssh/authorized_keys"].content.decode() == f"{KEY}\n"
    assert looks["etc/localtime"].content == b"../usr/share/zoneinfo/Europe/Berlin"
    assert {name for name in looks if name.startswith(("boot", "usr/share/locale/", "usr/share/zoneinfo/"))} == {
        *("usr/share/locale/C", "usr/share/locale/C/tool"),
        *("usr/share/zoneinfo/Europe", "usr/share/zoneinfo/Europe/Berlin"),
    }
    hashed = re.search(r"^root:(\$6\$([^$]+)\$[^:]+):19001:", looks["etc/shadow"].content.decode(), re.MULTILINE)
    assert hashed is not None
    assert hashed[1] == sha512crypt("a-secret", hashed[2])
    without = await desk.ok(f"packimage -m squashfs --nosyncfiles {NAME}")
    assert "Files of synclists" not in without
    assert "etc/motd" not in portrait(unsquashed(folder / "rootimg.sfs", tmp_path / "without"))


async def test_packed_again_it_is_the_same_and_nodeset_takes_the_newest(desk: Desk, folder: Path) -> None:
    kinds = {"squashfs zstd": "sfs", "tar xz": "tar.xz"}
    for kind, ending in kinds.items():
        method, compress = kind.split()
        await desk.ok(f"packimage -m {method} -c {compress} {NAME}")
        file = folder / f"rootimg.{ending}"
        assert names_in(folder) == {*BUILT, file.name, f"{file.name}.sha256"}
        first = file.read_bytes()
        assert "is gone" not in await desk.ok(f"packimage -m {method} -c {compress} {NAME}")
        assert file.read_bytes() == first
        assert sum_fits(file)
        image = image_named(desk.store.snapshot, NAME)
        assert kernel_of(image, folder.parents[4]).root == f"{FOLDER}/{file.name}"
    said = await desk.ok("packimage -o debian12 -p compute -a x86_64")  # as manuals have it
    assert f"{folder}/rootimg.tar.xz is gone; nodes that boot it need the new name: nodeset NODES enact\n" in said


@pytest.fixture
def packed(folder: Path) -> Iterator[Path]:
    """An image that is in use, and stays so."""
    lay(folder, {"rootimg.cpio.gz": "in use", "rootimg.cpio.gz.sha256": "its sum"})
    before = names_in(folder)
    yield folder
    assert names_in(folder) == before
    assert (folder / "rootimg.cpio.gz").read_text() == "in use"
    assert (folder / "rootimg.cpio.gz.sha256").read_text() == "its sum"


async def refused(desk: Desk, words: str) -> str:
    seen = await desk.type(f"packimage {words}")
    assert seen.status == 1
    return seen.stderr


async def test_what_is_wrong_leaves_the_image_that_is_in_use(desk: Desk, packed: Path, tmp_path: Path) -> None:
    lay(tmp_path, {"list": f"{tmp_path}/gone -> /etc/\n", "other": f"{tmp_path}/list -> /usr\n"})
    for file, reason in (
        ("list", f"line 1 of {tmp_path}/list: {tmp_path}/gone is not there"),
        ("other", "could not make way"),
    ):
        await desk.ok(f"chdef -t osimage {NAME} synclists={tmp_path}/{file}")
        assert reason in await refused(desk, NAME)
    await desk.ok(f"chdef -t osimage {NAME} synclists= exlist=/install/gone.exlist")
    assert "The exlist /install/gone.exlist is not there" in await refused(desk, NAME)
    await desk.ok(f"chdef -t osimage {NAME} exlist=")
    os.truncate(packed / "rootimg/var/empty", 1 << 32)
    assert "/var/empty has 4 GiB or more, which cpio cannot have" in await refused(desk, NAME)


async def test_nothing_that_is_mounted_in_the_image_is_packed(desk: Desk, packed: Path) -> None:
    point = packed / "rootimg/tmp"
    with mounted(point):
        said = await refused(desk, NAME)
    assert said == f"Error: [mn1]: {point} is mounted in the image: umount {point}, then pack it again\n"


async def test_one_command_at_a_time_works_on_an_image(desk: Desk, packed: Path, tmp_path: Path) -> None:
    async with image_turn(tmp_path, FOLDER, f"genimage {NAME}"):
        assert f"genimage {NAME} works on {FOLDER}" in await refused(desk, NAME)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("", "An image name is required, use 'packimage <osimage name>'"),
        (f"-o debian12 {NAME}", "-o, -p and -a options are not allowed when a image name is specified."),
        (
            "-o debian13 -p compute -a x86_64",
            "There is no osimage debian13-x86_64-netboot-compute: make it with genimage",
        ),
        ("nothing", "Cannot find image 'nothing' from the osimage table"),
        (
            "lite",
            "'lite' cannot be used to build diskless image. Make sure osimage.provmethod is 'netboot'; prepare it",
        ),
        ("empty", f"{FOLDER}x/rootimg is not there: build it with genimage empty"),
        (f"-m zip {NAME}", "zip"),
    ],
)
async def test_words_that_make_no_sense(desk: Desk, packed: Path, words: str, reason: str) -> None:
    await desk.ok(f"mkdef -t osimage lite {attributes('statelite')} rootimgdir={FOLDER}")
    await desk.ok(f"mkdef -t osimage empty {attributes('netboot')} rootimgdir={FOLDER}x")
    assert reason in await refused(desk, words)


async def test_who_makes_an_image_that_lets_nobody_in_is_warned(desk: Desk, folder: Path, tmp_path: Path) -> None:
    await desk.ok("chtab -d key=system,username=root passwd")
    lay(tmp_path, {"exlist": "usr/share\n"})
    await desk.ok(f"chdef -t osimage {NAME} exlist={tmp_path}/exlist")
    seen = await desk.type(f"packimage -m squashfs {NAME}")
    assert seen.status == 0
    assert "nobody can log in on nodes" in seen.stderr
    assert f"{tmp_path}/exlist line 1: usr/share" in seen.stderr
    out = unsquashed(folder / "rootimg.sfs", tmp_path / "out")
    assert "root:*:19001:" in (out / "etc/shadow").read_text()


def test_who_hangs_up_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    """With a daemon, whose log has no secrets."""
    with alone(tmp_path) as mn:
        folder = mn.root / FOLDER[1:]
        small_root(folder / "rootimg")
        with (folder / "rootimg/large").open("wb") as file:
            file.writelines(os.urandom(1 << 20) for _ in range(200))
        lay(folder, {"rootimg.cpio.xz": "in use", "rootimg.cpio.xz.sha256": "its sum"})
        before = names_in(folder)
        assert (
            mn.run("mkdef", "-t", "osimage", NAME, *attributes("netboot").split(), f"rootimgdir={FOLDER}").returncode
            == 0
        )
        assert mn.run("chtab", "key=system,username=root", "passwd.password=$6$salt$and-its-hash").returncode == 0
        with Typed(mn, "packimage", "-c", "xz", NAME) as command:
            until((folder / ".rootimg.packing/packed").exists, "the packing")
            command.process.terminate()
            until(lambda: names_in(folder) == before, "the end of the work")
        assert (folder / "rootimg.cpio.xz").read_text() == "in use"
        assert "and-its-hash" not in mn.log()
