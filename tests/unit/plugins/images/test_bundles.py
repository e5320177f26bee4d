"""`imgexport` here, `imgimport` there: an image is the same on both."""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.media import lay
from tests.helpers.run import Desk
from tests.helpers.run import desk as a_desk

OS = "osvers=rocky9.4 osarch=x86_64"
NETBOOT = "rocky9.4-x86_64-netboot-compute"
STATELITE = "rocky9.4-x86_64-statelite-compute"
BUILT = "netboot/rocky9.4/x86_64/compute"


@pytest.fixture
async def there(tmp_path: Path, database: Path) -> AsyncIterator[Desk]:
    """Another management node, which has its installdir elsewhere."""
    folder = tmp_path / "there"
    folder.mkdir()
    async with a_desk(folder, "mn2", database=database) as made:
        await made.ok("chtab key=installdir site.value=/srv/install")
        yield made


@pytest.fixture
async def here(desk: Desk, tmp_path: Path) -> Desk:
    """A management node with a stateless and a statelite image that were built."""
    install = tmp_path / "install"
    files = {"rocky/compute.pkglist": "bash\n", "rocky/compute.exlist": "./usr/share/doc\n"}
    lay(install / "custom/netboot", files)
    lay(tmp_path / "opt", {"compute.otherpkgs.pkglist": "mine\n"})
    lay(
        install / BUILT,
        {
            "kernel": "k",
            "initrd-stateless.gz": "i",
            "initrd-statelite.gz": "l",
            "rootimg.sfs": "r" * 9000,
            "rootimg.sfs.sha256": "sum",
        },
    )
    tree = lay(install / BUILT / "rootimg", {"bin/su": "su", "etc/shadow": "root:x"})
    (tree / "bin/su").chmod(0o4755)
    (tree / "etc/mtab").symlink_to("/proc/self/mounts")
    os.chown(tree / "etc/shadow", 0, 42)
    (tree / "bin/other").hardlink_to(tree / "bin/su")
    custom = "/install/custom/netboot/rocky"
    common = f"imagetype=linux {OS} profile=compute rootimgdir=/install/{BUILT} pkglist={custom}/compute.pkglist"
    more = "otherpkglist=/opt/compute.otherpkgs.pkglist pkgdir=/install/rocky9.4/x86_64 groups=lite"
    await desk.ok(f"mkdef -t osimage {NETBOOT} provmethod=netboot {common} exlist={custom}/compute.exlist {more}")
    await desk.ok(f"mkdef -t osimage {STATELITE} provmethod=statelite {common} {more}")
    await desk.ok(f"chtab image={STATELITE} litefile.file=/etc/a litefile.options=tmpfs")
    await desk.ok("chtab image=lite litefile.file=/etc/b litefile.options=ro")
    await desk.ok("chtab image=other litefile.file=/etc/c litefile.options=ro")
    await desk.ok("nodeadd n1 groups=all postscripts.postscripts=one,two postscripts.postbootscripts=three")
    return desk


def attributes(text: str) -> dict[str, str]:
    return dict(line.strip().split("=", 1) for line in text.splitlines() if line.startswith("    "))


async def test_a_stateless_image_travels(here: Desk, there: Desk, tmp_path: Path) -> None:
    bundle = tmp_path / "b.tgz"
    said = await here.ok(f"imgexport {NETBOOT} {bundle}")
    assert said == f"Exporting {NETBOOT} to {tmp_path}...\nCompressing {NETBOOT} bundle.  Please be patient.\nDone!\n"
    assert bundle.stat().st_mode & 0o777 == 0o600
    assert await there.ok(f"imgimport {bundle}") == f"Unbundling image...\nSuccessfully imported the image {NETBOOT}.\n"
    install = tmp_path / "there/srv/install"
    assert (install / "custom/netboot/rocky/compute.otherpkgs.pkglist").read_text() == "mine\n"
    assert (install / BUILT / "rootimg.sfs").read_text() == "r" * 9000
    assert (install / BUILT / "rootimg.sfs.sha256").read_text() == "sum"
    assert not (install / BUILT / "rootimg").exists()
    assert not list(install.glob(".img*"))
    old = attributes(await here.ok(f"lsdef -t osimage {NETBOOT}"))
    new = attributes(await there.ok(f"lsdef -t osimage {NETBOOT}"))
    assert old.pop("otherpkglist") == "/opt/compute.otherpkgs.pkglist"
    assert new.pop("otherpkglist") == "/srv/install/custom/netboot/rocky/compute.otherpkgs.pkglist"
    assert new == {key: text.replace("/install/", "/srv/install/") for key, text in old.items()}


async def test_a_statelite_image_travels_with_its_tree_and_its_rows(here: Desk, there: Desk, tmp_path: Path) -> None:
    await here.ok(f"imgexport {STATELITE} {tmp_path}/b.tgz")
    await there.ok(f"imgimport {tmp_path}/b.tgz")
    tree = tmp_path / "there/srv/install" / BUILT / "rootimg"
    assert stat.S_IMODE((tree / "bin/su").stat().st_mode) == 0o4755
    assert (tree / "bin/other").samefile(tree / "bin/su")
    assert (tree / "etc/shadow").stat().st_gid == 42
    assert (tree / "etc/mtab").readlink() == Path("/proc/self/mounts")
    rows = there.store.snapshot.table("litefile").rows
    assert [(row["image"], row["file"], row["options"]) for row in rows] == [
        (STATELITE, "/etc/a", "tmpfs"),
        (STATELITE, "/etc/b", "ro"),
    ]
    lay(tree, {"stale": ""})
    await there.ok(f"imgimport {tmp_path}/b.tgz")
    assert not (tree / "stale").exists()
    assert sorted(path.name for path in tree.parent.iterdir()) == ["initrd-statelite.gz", "kernel", "rootimg"]


async def test_what_nodes_fetch_comes_with_its_sum_and_those_of_other_kinds_go(
    here: Desk, there: Desk, tmp_path: Path
) -> None:
    (tmp_path / "install" / BUILT / "rootimg.sfs.sha256").unlink()  # packed by a release before
    lay(tmp_path / "install" / BUILT, {"rootimg.new/half": "built"})
    await here.ok(f"imgexport {NETBOOT} {tmp_path}/b.tgz")
    place = tmp_path / "there/srv/install" / BUILT
    lay(place, {"rootimg.cpio.gz": "old", "rootimg.cpio.gz.sha256": "old", "rootimg.sfs.sha256": "old", "notes": ""})
    await there.ok(f"imgimport {tmp_path}/b.tgz")
    names = {"kernel", "initrd-stateless.gz", "rootimg.sfs", "rootimg.sfs.sha256", "notes"}
    assert {path.name for path in place.iterdir()} == names
    digest = hashlib.sha256(b"r" * 9000).hexdigest()
    assert (place / "rootimg.sfs.sha256").read_text() == f"{digest}  rootimg.sfs\n"


async def test_a_statelite_image_for_memory_travels_packed(here: Desk, there: Desk, tmp_path: Path) -> None:
    await here.ok(f"chdef -t osimage {STATELITE} rootfstype=ramdisk")
    seen = await here.type(f"imgexport {STATELITE} {tmp_path}/b.tgz")
    assert "has no rootimg-statelite.gz: build the image first" in seen.stderr
    lay(tmp_path / "install" / BUILT, {"rootimg-statelite.gz": "packed", "rootimg-statelite.gz.sha256": "sum"})
    await here.ok(f"imgexport {STATELITE} {tmp_path}/b.tgz")
    place = tmp_path / "there/srv/install" / BUILT
    lay(place, {"rootimg.sfs": "of another image in this folder"})
    await there.ok(f"imgimport {tmp_path}/b.tgz")
    names = {"kernel", "initrd-statelite.gz", "rootimg-statelite.gz", "rootimg-statelite.gz.sha256", "rootimg.sfs"}
    assert {path.name for path in place.iterdir()} == names


async def test_another_profile_lives_beside_the_first(here: Desk, tmp_path: Path) -> None:
    await here.ok(f"imgexport {NETBOOT} {tmp_path}/b.tgz")
    assert (await here.ok(f"imgimport {tmp_path}/b.tgz -f gpu")).endswith("the image rocky9.4-x86_64-netboot-gpu.\n")
    made = attributes(await here.ok("lsdef -t osimage rocky9.4-x86_64-netboot-gpu"))
    assert made["profile"] == "gpu"
    assert made["rootimgdir"] == "/install/netboot/rocky9.4/x86_64/gpu"
    assert made["pkglist"] == "/install/custom/netboot/rocky/gpu.pkglist"
    assert (tmp_path / "install/custom/netboot/rocky/gpu.pkglist").read_text() == "bash\n"
    assert (tmp_path / "install/netboot/rocky9.4/x86_64/gpu/kernel").read_text() == "k"
    assert (tmp_path / "install/custom/netboot/rocky/compute.pkglist").exists()


async def test_scripts_and_more_files_come_along(here: Desk, there: Desk, tmp_path: Path) -> None:
    lay(tmp_path / "install/postscripts", {"mine": "#!/bin/sh\n"})
    lay(tmp_path / "data", {"a/b": "x"})
    words = "-p n1 -e /install/postscripts/mine -e /data:/install/post/data -e /data/a/b:/install/post"
    await here.ok(f"imgexport {NETBOOT} {tmp_path}/b.tgz {words}")
    await there.ok("nodeadd m[1-2] groups=all")
    said = await there.ok(f"imgimport {tmp_path}/b.tgz -p m1,m2 -n -v")
    install = tmp_path / "there/srv/install"
    assert f"{install}/postscripts/mine\n" in said
    assert (install / "postscripts/mine").read_text() == "#!/bin/sh\n"
    assert (install / "post/data/a/b").read_text() == "x"
    assert (install / "post/b").read_text() == "x"
    rows = {
        row["node"]: (row["postscripts"], row["postbootscripts"])
        for row in there.store.snapshot.table("postscripts").rows
    }
    assert rows["m1"] == rows["m2"] == ("one,two", "three")


async def test_the_bundle_is_named_after_the_image(here: Desk, tmp_path: Path) -> None:
    seen = await here.type(f"imgexport {NETBOOT}", cwd=str(tmp_path))
    assert seen.status == 0
    with tarfile.open(tmp_path / f"{NETBOOT}.tgz") as tar:
        assert tar.getnames()[0] == "xcat-image.json"


@pytest.mark.parametrize(
    ("change", "words", "said"),
    [
        ("", "nothing", "Cannot find image 'nothing' from the osimage table."),
        ("profile=", NETBOOT, f"The 'profile' field is not set for '{NETBOOT}' in the osimage table."),
        ("provmethod=sysclone", NETBOOT, "Images with provmethod sysclone cannot be exported"),
        ("pkglist=/no/such", NETBOOT, "/no/such, the pkglist of "),
        ("rootimgdir=/elsewhere", NETBOOT, f"The rootimgdir of {NETBOOT} is not below /install"),
        ("rootimgdir=/install/empty", NETBOOT, "/install/empty has no kernel: build the image first"),
        ("", f"{NETBOOT} -e /no/such", "/no/such does not exist: leave it out of -e"),
        ("", f"{NETBOOT} -e /opt", "/opt would not be below /install, where imgimport puts files"),
        ("", f"{NETBOOT} -e /opt:/install/../etc", "/opt would not be below /install"),
        ("", f"{NETBOOT} -p nobody", "Unable to get postscripts, nobody is not a valide node."),
    ],
)
async def test_what_cannot_be_exported_is_said(here: Desk, tmp_path: Path, change: str, words: str, said: str) -> None:
    if change:
        await here.ok(f"chdef -t osimage {NETBOOT} {change}")
    name, *more = words.split(" ", 1)
    seen = await here.type(f"imgexport {name} b.tgz {' '.join(more)}", cwd=str(tmp_path))
    assert seen.status == 1
    assert seen.stderr.startswith(f"Error: [mn1]: {said}")
    assert not list(tmp_path.glob("*b.tgz*"))


async def test_a_bad_bundle_changes_nothing(here: Desk, there: Desk, tmp_path: Path) -> None:
    await here.ok(f"imgexport {NETBOOT} {tmp_path}/b.tgz")
    octets = (tmp_path / "b.tgz").read_bytes()
    (tmp_path / "b.tgz").write_bytes(octets[: len(octets) // 2])
    seen = await there.type(f"imgimport {tmp_path}/b.tgz")
    assert (seen.status, "it is no tar, or not whole" in seen.stderr) == (1, True)
    assert not there.store.snapshot.table("osimage").rows
    assert not list((tmp_path / "there/srv/install").iterdir())


async def test_others_than_root_stay_in_the_installdir(here: Desk, tmp_path: Path) -> None:
    await here.ok("chtab priority=7 policy.name=op policy.commands=imgexport,imgimport policy.rule=allow")
    assert "Only root may write" in (await here.type(f"imgexport {NETBOOT} {tmp_path}/b.tgz", user="op")).stderr
    inside = tmp_path / "install/b.tgz"
    assert (await here.type(f"imgexport {NETBOOT} {inside}", user="op")).status == 0
    assert "Only root may write" in (await here.type(f"imgexport {NETBOOT} {inside} -e /opt", user="op")).stderr
    assert "Only root may read" in (await here.type(f"imgimport {tmp_path}/b.tgz", user="op")).stderr
    assert (await here.type(f"imgimport {inside}", user="op")).status == 0


async def test_others_than_root_replace_bundles_only(here: Desk, tmp_path: Path) -> None:
    await here.ok("chtab priority=7 policy.name=op policy.commands=imgexport policy.rule=allow")
    script = lay(tmp_path / "install/postscripts", {"mine": "#!/bin/sh\n"}) / "mine"
    refused = await here.type(f"imgexport {NETBOOT} {script}", user="op")
    assert (refused.status, "it is no tar, or not whole" in refused.stderr) == (1, True)
    assert script.read_text() == "#!/bin/sh\n"
    for _ in range(2):
        assert (await here.type(f"imgexport {NETBOOT} {tmp_path}/install/b.tgz", user="op")).status == 0


async def test_a_link_to_the_installdir_and_an_installdir_that_is_one(here: Desk, tmp_path: Path) -> None:
    await here.ok("chtab priority=7 policy.name=op policy.commands=imgexport,imgimport policy.rule=allow")
    (tmp_path / "install").rename(tmp_path / "disk")
    (tmp_path / "install").symlink_to("disk")
    (tmp_path / "mine").symlink_to("install")
    assert (
        f" to {tmp_path}/disk...\n" in (await here.type(f"imgexport {NETBOOT} {tmp_path}/mine/b.tgz", user="op")).stdout
    )
    assert (await here.type(f"imgimport {tmp_path}/mine/b.tgz", user="op")).status == 0
