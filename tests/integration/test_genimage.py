"""`genimage` with a real daemon and real packages: Debian's, and small ones of RPM."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import netbootroot
from tests.helpers.alone import alone, typed, until
from tests.helpers.cluster import Daemon
from tests.helpers.longrun import done, started
from tests.helpers.packages import debs, rpms

_PACKAGES = """\
# Nodes of this test.
curl
dracut
dracut-network
isc-dhcp-client
linux-image-cloud-amd64
openssh-server
systemd-sysv
-nano
#ENV:GREETING=good day#
"""
_POSTINSTALL = """\
#!/bin/sh
{ echo "$@"; env; } >"$1/etc/told"
cp "$IMG_ROOTIMGDIR/rootimg/etc/told" "$1/etc/again"
"""


@pytest.fixture(scope="module")
def mn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("genimage")) as daemon:
        yield daemon


def install(mn: Daemon) -> Path:
    return mn.root / "install"


def written(path: Path, text: str, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_an_image_is_built_of_the_tree_that_copycds_made(mn: Daemon, tmp_path: Path) -> None:
    tree = install(mn) / "debian12.5.0/x86_64"
    tree.parent.mkdir(parents=True)
    tree.symlink_to(netbootroot.repository())
    debs(install(mn) / "post/otherpkgs/debian12.5.0/x86_64/own", "alpha", "beta")
    custom = install(mn) / "custom/netboot/debian"
    written(custom / "compute.pkglist", _PACKAGES)
    written(custom / "compute.otherpkgs.pkglist", "own/alpha\n#NEW_INSTALL_LIST#\nown/beta\n-own/alpha\n")
    written(custom / "compute.postinstall", _POSTINSTALL, 0o755)

    shown = typed(mn, "genimage --dryrun --noupdate -l 2g -n virtio_net -o debian12.5.0 -p compute")
    assert "install curl dracut" in shown
    assert "drivers virtio_net" in shown
    assert "genimage: -l is not heeded" in shown
    assert typed(mn, "lsdef -t osimage") == "Could not find any object definitions to display.\n"

    words = ("-i", "eth0", "-n", "virtio_net,virtio_blk", "-o", "debian12.5.0", "-p", "compute")
    said = done(mn, "genimage", *words)
    assert any(line.startswith("packages: ") for line in said.splitlines()), said
    image = "debian12.5.0-x86_64-netboot-compute"
    told = typed(mn, f"lsdef -t osimage {image} -i provmethod,rootimgdir,netdrivers,nodebootif,pkglist")
    folder = install(mn) / "netboot/debian12.5.0/x86_64/compute"
    for line in (
        "provmethod=netboot",
        f"rootimgdir={folder}",
        "netdrivers=virtio_net,virtio_blk",
        "nodebootif=eth0",
        f"pkglist={custom}/compute.pkglist",
    ):
        assert line in told
    files = {path.name for path in folder.iterdir()}
    assert files == {"rootimg", "kernel", "initrd-stateless.gz"}

    root = folder / "rootimg"
    assert (root / "etc/beta").read_text() == "beta\n"
    assert not (root / "etc/alpha").exists()
    assert (root / "etc/machine-id").read_text() == ""
    assert not list((root / "etc/ssh").glob("ssh_host_*"))
    assert not (root / "etc/apt/sources.list").exists()
    assert not list((root / "boot").glob("initrd*"))
    assert (root / "opt/xcat/first-boot").exists()
    told = (root / "etc/told").read_text()
    assert told.splitlines()[0].split()[1:] == ["debian12.5.0", "x86_64", "compute"]
    assert f"IMG_NAME={image}\n" in told
    assert (root / "etc/again").exists()
    assert not any(path.is_file() for path in (root / "var/log").rglob("*"))


def small(mn: Daemon, name: str, pkglist: str, *scripts: str) -> Path:
    """An image of RPM packages, quickly built, with a root file system that is in use; gives its folder. It has no kernel."""
    repository = install(mn) / "small"
    if not repository.exists():
        rpms(repository, {"alpha": "", "beta": "alpha"})
    folder = install(mn) / f"netboot/{name}"
    written(folder / "rootimg/etc/old", "in use\n")
    written(folder / "kernel", "old\n")
    lists = written(install(mn) / f"{name}.pkglist", pkglist)
    given = {
        "provmethod": "netboot",
        "profile": "compute",
        "osvers": "rocky9.4",
        "osarch": "x86_64",
        "imagetype": "linux",
        "pkgdir": "/install/small",
        "pkglist": f"/install/{lists.name}",
        "rootimgdir": f"/install/netboot/{name}",
        "postinstall": ",".join(scripts),
    }
    typed(mn, f"mkdef -t osimage {name} " + " ".join(f"'{key}={text}'" for key, text in given.items()))
    return folder


def is_as_before(folder: Path) -> bool:
    files = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    return (
        files == {"kernel", "rootimg", "rootimg/etc", "rootimg/etc/old"} and (folder / "kernel").read_text() == "old\n"
    )


def test_what_fails_leaves_the_old_image(mn: Daemon) -> None:
    typed(mn, "chtab key=installdir site.value=/install")
    script = written(install(mn) / "breaks", "#!/bin/sh\necho it is broken\nexit 3\n", 0o755)
    cases = {
        "lacking": ("beta\ngamma\n", (), "gamma"),
        "breaking": ("beta\n", (f"/install/{script.name} word",), "breaks failed (status 3): it is broken"),
        "bare": ("beta\n", (), "put the packages into the pkglist"),
    }
    for name, (pkglist, scripts, reason) in cases.items():
        folder = small(mn, name, pkglist, *scripts)
        tried = mn.run("genimage", name)
        assert tried.returncode == 1
        assert reason in tried.stderr, tried.stderr
        assert is_as_before(folder), name
    tried = mn.run("genimage", "--onlyinitrd", "bare")
    assert (tried.returncode, is_as_before(install(mn) / "netboot/bare")) == (1, True), tried.stderr


def test_who_hangs_up_ends_the_build_and_others_are_told_meanwhile(mn: Daemon) -> None:
    mark = f"sleep {3600 + os.getpid()}"
    written(install(mn) / "waits", f"#!/bin/sh\necho it waits\nexec {mark}\n", 0o755)
    folder = small(mn, "waiting", "beta\n", "/install/waits")
    with started(mn, "genimage", "waiting") as building:
        assert building.stdout is not None
        assert any("it waits" in line for line in building.stdout)
        assert (folder / "rootimg.new/rootimg/etc/beta").exists()
        other = mn.run("genimage", "waiting")
        assert other.returncode == 1
        assert "genimage waiting works on /install/netboot/waiting" in other.stderr
        building.terminate()
    until(lambda: is_as_before(folder), "the folder as it was")
    assert mark not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def test_words_that_make_no_sense_are_refused(mn: Daemon) -> None:
    typed(mn, "mkdef -t osimage disks provmethod=install osvers=rocky9.4 osarch=x86_64 profile=compute imagetype=linux")
    for words, reason in (
        ((), "Name an image, or give -o and -p"),
        (("-o", "rocky9.4", "waiting"), "not allowed when a image name is specified"),
        (("nothing",), "There is no osimage nothing"),
        (("disks",), "has provmethod 'install'"),
        (("-o", "../x", "-p", "compute"), "cannot be a part of an image's folder"),
        (("-n", "a b", "waiting"), "is no name"),
        (("-o", "rocky9.4", "-p", "compute"), "has no pkglist"),
    ):
        tried = mn.run("genimage", *words)
        assert (tried.returncode, reason in tried.stderr) == (1, True), (words, tried.stderr)
