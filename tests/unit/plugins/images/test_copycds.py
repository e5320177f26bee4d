"""`copycds` from folders: what comes where, and what the tables say then."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from tests.helpers.media import debian, iso, lay, rocky, sle15, ubuntu
from tests.helpers.run import Desk

PLACE = "/install/rocky9.4/x86_64"


@pytest.fixture
def install(tmp_path: Path) -> Path:
    return tmp_path / "install"


def values(text: str) -> dict[str, str]:
    """The attributes that lsdef shows of one object."""
    return dict(line.strip().split("=", 1) for line in text.splitlines() if line.startswith("    "))


async def test_a_distribution_comes_in_with_all_its_images(desk: Desk, tmp_path: Path, install: Path) -> None:
    lay(install / "custom", {"install/rocky/compute.rocky9.tmpl": "", "netboot/rocky/service.rocky9.pkglist": ""})
    medium = rocky(tmp_path / "medium")
    assert await desk.ok(f"copycds {medium}") == f"Copying media to {PLACE}\nMedia copy operation successful\n"
    tree = install / "rocky9.4/x86_64"
    assert (tree / "images/pxeboot/vmlinuz").read_text() == "a kernel"
    assert values(await desk.ok("lsdef -t osdistro rocky9.4-x86_64")) == {
        "arch": "x86_64",
        "basename": "rocky",
        "dirpaths": PLACE,
        "majorversion": "9",
        "minorversion": "4",
        "type": "Linux",
    }
    images = [line.split()[0] for line in (await desk.ok("lsdef -t osimage")).splitlines()]
    assert images == sorted(
        f"rocky9.4-x86_64-{method}-{profile}"
        for method in ("install", "netboot", "statelite")
        for profile in ("compute", "service")
    )
    assert values(await desk.ok("lsdef -t osimage rocky9.4-x86_64-install-compute")) == {
        "addkcmdline": "quiet",
        "imagetype": "linux",
        "osarch": "x86_64",
        "osdistroname": "rocky9.4-x86_64",
        "osname": "Linux",
        "osvers": "rocky9.4",
        "otherpkgdir": "/install/post/otherpkgs/rocky9.4/x86_64",
        "pkgdir": PLACE,
        "profile": "compute",
        "provmethod": "install",
        "template": "/install/custom/install/rocky/compute.rocky9.tmpl",
    }
    netboot = values(await desk.ok("lsdef -t osimage rocky9.4-x86_64-statelite-service"))
    assert netboot["pkglist"] == "/install/custom/netboot/rocky/service.rocky9.pkglist"
    assert netboot["rootimgdir"] == "/install/netboot/rocky9.4/x86_64/service"
    for method in ("install", "netboot", "statelite"):
        service = values(await desk.ok(f"lsdef -t osimage rocky9.4-x86_64-{method}-service"))
        assert service["postscripts"] == "servicenode"


@pytest.mark.parametrize(
    ("release", "is_here"),
    [
        ('ID="rocky"\nVERSION_ID="9.4"\n', True),
        ("ID=rocky\nVERSION_ID=9\n", True),
        ("ID=rocky\nVERSION_ID=9.3\n", False),
        ("ID=rhel\nVERSION_ID=9.4\n", False),
        ("ID=rocky\n", False),
    ],
)
async def test_the_management_nodes_own_system_has_an_image_more(
    desk: Desk, tmp_path: Path, release: str, is_here: bool
) -> None:
    lay(tmp_path / "etc", {"os-release": release})
    machine = platform.machine()
    medium = lay(rocky(tmp_path / "medium"), {".discinfo": f"1\nRocky Linux 9.4\n{machine}\n1\n"})
    await desk.ok(f"copycds {medium}")
    images = await desk.ok("lsdef -t osimage")
    assert (f"rocky9.4-{machine}-stateful-mgmtnode" in images) is is_here
    if is_here:
        found = values(await desk.ok(f"lsdef -t osimage rocky9.4-{machine}-stateful-mgmtnode"))
        assert (found["provmethod"], found["profile"]) == ("install", "compute")


async def test_what_a_site_has_set_stays(desk: Desk, tmp_path: Path, install: Path) -> None:
    medium = rocky(tmp_path / "medium")
    await desk.ok(f"copycds {medium}")
    await desk.ok("chdef -t osimage rocky9.4-x86_64-netboot-compute pkglist=/mine addkcmdline= pkgdir=/elsewhere")
    lay(install / "custom", {"netboot/rocky/compute.pkglist": "", "netboot/rocky/compute.exlist": ""})
    await desk.ok(f"copycds {medium}")
    found = values(await desk.ok("lsdef -t osimage rocky9.4-x86_64-netboot-compute"))
    assert (found["pkglist"], found["pkgdir"]) == ("/mine", "/elsewhere")
    assert found["exlist"] == "/install/custom/netboot/rocky/compute.exlist"
    assert "addkcmdline" not in found


async def test_an_image_of_the_site_under_such_a_name_stays(desk: Desk, tmp_path: Path) -> None:
    name = "rocky9.4-x86_64-netboot-compute"
    await desk.ok(
        f"mkdef -t osimage {name} osvers=rocky8.9 osarch=x86_64 provmethod=netboot profile=compute imagetype=linux"
    )
    await desk.ok(f"copycds {rocky(tmp_path / 'medium')}")
    assert "pkgdir" not in values(await desk.ok(f"lsdef -t osimage {name}"))


async def test_without_images_only_the_distribution_is_noted(desk: Desk, tmp_path: Path) -> None:
    await desk.ok(f"copycds -o -s {rocky(tmp_path / 'medium')}")
    assert (
        "Could not find" in (await desk.type("lsdef -t osimage")).stdout + (await desk.type("lsdef -t osimage")).stderr
    )
    assert "rocky9.4-x86_64" in await desk.ok("lsdef -t osdistro")


async def test_it_says_what_media_are(desk: Desk, tmp_path: Path, install: Path) -> None:
    medium = sle15(tmp_path / "medium")
    said = await desk.ok(f"copycds -i {medium}")
    assert said == f"OS Image:{medium}\nDISTNAME:sle15.5\nARCH:x86_64\nDISCNO:1\n"
    seen = await desk.type(f"copycds -i -n mine {medium}")
    assert seen.stderr == "Warning: [mn1]: copycds: with --inspection, --name is not heeded\n"
    assert not install.exists()


async def test_media_of_sles_have_folders_in_the_tree(desk: Desk, tmp_path: Path, install: Path) -> None:
    lay(install / "custom", {"install/sles/compute.sle15.tmpl": ""})
    medium = sle15(tmp_path / "medium")
    assert (await desk.ok(f"copycds {medium}")).startswith("Copying media to /install/sle15.5/x86_64/1\n")
    tree = install / "sle15.5/x86_64"
    assert (tree / "2/boot/x86_64/loader/linux").read_text() == "a kernel"
    assert (tree / "2").readlink() == Path("1")
    (medium / "gone").write_text("x")
    await desk.ok(f"copycds {medium}")
    assert (tree / "1/gone").exists()
    (medium / "gone").unlink()
    await desk.ok(f"copycds {medium}")
    assert not (tree / "1/gone").exists()
    image = values(await desk.ok("lsdef -t osimage sle15.5-x86_64-install-compute"))
    assert image["pkgdir"] == "/install/sle15.5/x86_64"
    assert image["template"] == "/install/custom/install/sles/compute.sle15.tmpl"


async def test_a_medium_takes_the_place_of_another_ones_second_name(desk: Desk, tmp_path: Path, install: Path) -> None:
    await desk.ok(f"copycds {sle15(tmp_path / 'full')}")
    text = "SUSE - SLE-15-SP5-Packages-x86_64-Build105.3-Media1\n"
    await desk.ok(f"copycds {lay(tmp_path / 'packages', {'media.1/media': text, 'noarch/a.rpm': 'x'})}")
    tree = install / "sle15.5/x86_64"
    assert not (tree / "2").is_symlink()
    assert (tree / "2/noarch/a.rpm").exists()
    assert (tree / "1/boot/x86_64/loader/linux").exists()
    await desk.ok(f"copycds {tmp_path}/full")
    assert (tree / "2/noarch/a.rpm").exists()


async def test_a_tree_that_lies_elsewhere_stays_there(desk: Desk, tmp_path: Path, install: Path) -> None:
    (tmp_path / "disk/rocky").mkdir(parents=True)
    (install / "rocky9.4").mkdir(parents=True)
    (install / "rocky9.4/x86_64").symlink_to(tmp_path / "disk/rocky")
    for _ in range(2):
        await desk.ok(f"copycds {rocky(tmp_path / 'medium')}")
        assert (install / "rocky9.4/x86_64").is_symlink()
        assert (tmp_path / "disk/rocky/.discinfo").exists()
        assert [path.name for path in (tmp_path / "disk").iterdir()] == ["rocky"]


async def test_a_second_disc_joins_the_first(desk: Desk, tmp_path: Path, install: Path) -> None:
    first, second = debian(tmp_path / "d1", 1, "alpha"), debian(tmp_path / "d2", 2, "beta")
    await desk.ok(f"copycds {first} {second}")
    tree = install / "debian12.5.0/x86_64"
    assert sorted(path.name for path in tree.glob("pool/main/*/*.deb")) == ["alpha_1.0_all.deb", "beta_1.0_all.deb"]
    assert len((tree / ".fingerprint").read_text().split(",")) == 3
    assert (await desk.ok("lsdef -t osdistro debian12.5.0-x86_64 -i dirpaths")).count("x86_64") == 2


async def test_a_medium_that_was_copied_can_be_left_out(desk: Desk, tmp_path: Path, install: Path) -> None:
    medium = rocky(tmp_path / "medium")
    await desk.ok(f"copycds {medium}")
    (install / "rocky9.4/x86_64/images/pxeboot/vmlinuz").unlink()
    assert await desk.ok(f"copycds -w {medium}") == "The disc iso has already been copied in!\n"
    assert await desk.ok(f"copycds -w -p {install}/other {medium}") == "The disc iso has already been copied in!\n"
    assert not (install / "other").exists()
    await desk.ok(f"copycds {medium}")
    assert (install / "rocky9.4/x86_64/images/pxeboot/vmlinuz").exists()


async def test_a_tree_that_xcat_2_copied_is_known(desk: Desk, tmp_path: Path, install: Path) -> None:
    """Its digest of this medium was worked out with `find . | LC_ALL=C sort | tr -d '\\n' | md5sum`."""
    medium = lay(tmp_path / "medium", {".discinfo": "1\nRocky Linux 9.4\nx86_64\n1\n", "a b/c": ""})
    lay(install / "rocky9.4/x86_64", {".fingerprint": "0123,6547d9323dd1d9f54ccc3a6e6a05ca6d,"})
    assert await desk.ok(f"copycds -w {medium}") == "The disc iso has already been copied in!\n"


async def test_another_folder_may_be_chosen(desk: Desk, tmp_path: Path) -> None:
    seen = await desk.type(f"copycds -p {tmp_path}/depot/r94 {rocky(tmp_path / 'medium')}")
    assert seen.status == 0
    assert 'the specified path "' in seen.stderr
    assert (tmp_path / "depot/r94/.discinfo").exists()
    image = values(await desk.ok("lsdef -t osimage rocky9.4-x86_64-netboot-compute"))
    assert image["pkgdir"] == f"{tmp_path}/depot/r94"


async def test_a_folder_with_other_things_is_left_alone(desk: Desk, tmp_path: Path, install: Path) -> None:
    lay(install / "mine", {"precious": "x"})
    seen = await desk.type(f"copycds -p {install}/mine {rocky(tmp_path / 'medium')}")
    assert (seen.status, seen.stdout) == (1, f"Copying media to {install}/mine\n")
    assert "has files that are of no medium: name a folder of its own with -p" in seen.stderr
    assert [path.name for path in install.rglob("*")] == ["mine", "precious"]


async def test_files_that_only_root_may_change_are_shared_and_others_copied(
    desk: Desk, tmp_path: Path, install: Path
) -> None:
    medium = rocky(tmp_path / "medium")
    loose, fast = medium / "images/pxeboot/vmlinuz", medium / "media.repo"
    loose.chmod(0o666)
    fast.chmod(0o444)
    await desk.ok(f"copycds {medium}")
    tree = install / "rocky9.4/x86_64"
    assert (tree / "media.repo").samefile(fast)
    assert not (tree / "images/pxeboot/vmlinuz").samefile(loose)
    assert (tree / "images/pxeboot/vmlinuz").stat().st_mode & 0o777 == 0o644
    assert loose.stat().st_mode & 0o777 == 0o666


async def test_a_tree_that_is_in_its_place_already_is_only_noted(desk: Desk, install: Path) -> None:
    tree = rocky(install / "rocky9.4/x86_64")
    await desk.ok(f"copycds {tree}")
    assert not (tree / ".fingerprint").exists()
    assert "rocky9.4-x86_64" in await desk.ok("lsdef -t osdistro")
    seen = await desk.type(f"copycds {tree} -p {tree}/in/it")
    assert "lie in each other: name another folder with -p" in seen.stderr


async def test_media_with_few_packages_are_pointed_out(desk: Desk, tmp_path: Path) -> None:
    said = await desk.ok(f"copycds {ubuntu(tmp_path / 'medium')}")
    assert said.splitlines()[2].startswith("This medium is for an installer that fetches most packages elsewhere")


async def test_a_medium_that_nobody_knows_needs_a_name_and_an_architecture(
    desk: Desk, tmp_path: Path, install: Path
) -> None:
    medium = lay(tmp_path / "medium", {"Packages/a.rpm": "x"})
    refused = "Error: [mn1]: copycds could not identify the "
    assert (await desk.type(f"copycds {medium}")).stderr.startswith(
        f"{refused}ISO supplied, you may wish to try -n <osver>"
    )
    assert (await desk.type(f"copycds -n rhels9.9 {medium}")).stderr.startswith(f"{refused}ARCH")
    assert (await desk.type(f"copycds -i {medium}")).status == 1
    await desk.ok(f"copycds -n rhels9.9 -a x86_64 {medium}")
    assert (install / "rhels9.9/x86_64/Packages/a.rpm").exists()
    assert "rhels9.9-x86_64-netboot-compute" in await desk.ok("lsdef -t osimage")


async def test_only_root_names_folders(desk: Desk, tmp_path: Path) -> None:
    await desk.ok("chtab priority=7 policy.name=op policy.commands=copycds policy.rule=allow")
    medium = rocky(tmp_path / "medium")
    assert "Only root may copy from a folder" in (await desk.type(f"copycds {medium}", user="op")).stderr
    image = iso(medium)
    assert "Only root may choose a folder with -p" in (await desk.type(f"copycds -p /x {image}", user="op")).stderr
    assert (await desk.type(f"copycds {image}", user="op")).status == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "copycds needs at least one full path to ISO currently."),
        (
            "absent.iso",
            "The management server was unable to find/read {}/absent.iso. Ensure that file exists on the server",
        ),
        ("text.iso", "copycds was unable to mount {}/text.iso: it is no ISO 9660 image"),
    ],
)
async def test_what_is_no_medium_is_named(desk: Desk, tmp_path: Path, words: str, said: str) -> None:
    lay(tmp_path, {"text.iso": "x" * 40000})
    seen = await desk.type(f"copycds {words}", cwd=str(tmp_path))
    assert seen.status == 1
    assert seen.stderr.startswith(f"Error: [mn1]: {said.format(tmp_path)}")
