"""Nodes without disk: a real initramfs fetches an image, checks it, and starts it; what goes wrong is known on the server."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.helpers import netbootroot
from tests.helpers.alone import typed, until
from tests.helpers.disklesssite import BOOTING, SERVER, DisklessSite, diskless_site
from tests.helpers.scripts import FOLDER as SCRIPTS
from xcatd.errors import ServiceError
from xcatd.services.rootimg.firstboot import furnish
from xcatd.services.rootimg.initrd import InitrdSpec, make_initrds

FACTS = "imagetype=linux osname=Linux osvers=debian12 osarch=x86_64 provmethod=netboot addkcmdline=quiet"
SCRIPT = """\
#!/bin/sh
{ echo "script: $NODE has $(findmnt --noheadings --output FSTYPE /), $(cat /etc/hostname)"
LC_ALL=C sort /opt/xcat/xcatinfo; networkctl --no-pager status | cat; } >/dev/console
"""
IDLE = (
    *(
        "ssh.service",
        "rpcbind.service",
        "rpcbind.socket",
        "nfs-client.target",
        "e2scrub_reap.service",
        "e2scrub_all.timer",
    ),
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer"),
)
"""What an image has no use for here."""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a root file system, and what genimage and packimage make of it."""
    folder = tmp_path_factory.mktemp("image")
    root = folder / "rootimg"
    subprocess.run(["cp", "-a", "--reflink=auto", str(netbootroot.root()), str(root)], check=True)
    for unit in IDLE:
        (root / "etc/systemd/system" / unit).unlink(missing_ok=True)
        (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
    furnish(root, "good", "/install", "/tftpboot", lambda line: None)
    version = make_initrds(InitrdSpec(root, folder, "x86_64", ("stateless",), drivers=("dummy",)), lambda line: None)
    assert version == netbootroot.kernel_version()
    packed = folder / "rootimg.sfs"
    options = ("-comp", "zstd", "-Xcompression-level", "1", "-quiet", "-no-progress", "-no-xattrs")
    subprocess.run(["mksquashfs", root, packed, *options], check=True, capture_output=True)
    sums = subprocess.run(["sha256sum", packed.name], cwd=folder, check=True, capture_output=True).stdout
    packed.with_name("rootimg.sfs.sha256").write_bytes(sums)
    return folder


@pytest.fixture(scope="module")
def site(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DisklessSite]:
    """Three osimages: a good one, one whose packed root is corrupted, and one whose packed root goes away."""
    with diskless_site(tmp_path_factory.mktemp("site")) as site:
        scripts = site.install / "postscripts"
        shutil.copytree(SCRIPTS, scripts, dirs_exist_ok=True)
        (scripts / "look").write_text(SCRIPT)
        (scripts / "look").chmod(0o755)
        typed(
            site.mn,
            "chtab node=xcatdefaults postscripts.postscripts=look postscripts.postbootscripts=",
            "chtab key=tokenminutes site.value=0",
        )
        for name in ("good", "corrupted", "missing"):
            folder = site.install / "netboot" / name
            folder.mkdir(parents=True)
            for file in image.glob("*[!g]"):
                (folder / file.name).hardlink_to(file)
            typed(site.mn, f"mkdef -t osimage {name} {FACTS} profile={name} rootimgdir=/install/netboot/{name}")
        bad = site.install / "netboot/corrupted/rootimg.sfs"
        bad.unlink()
        bad.write_bytes(b"hsqs of another image")
        yield site


def known(site: DisklessSite, node: str, column: str) -> str:
    return typed(site.mn, f"nodels {node} nodelist.{column}").partition(": ")[2].strip()


def has_failed(site: DisklessSite, node: str) -> bool:
    return known(site, node, "status") == "failed" and "sent no log" not in typed(site.mn, f"nodelog {node}")


def test_a_node_comes_up_and_runs_its_scripts(site: DisklessSite) -> None:
    assert typed(site.mn, "nodeset n1 osimage=good") == "n1: netboot debian12-x86_64-good\n"
    with site.machine(1, site.set_by_nodeset(1)) as machine:
        machine.says(r"xcat: netboot: network: \w+ \(52:54:00:78:00:01\) has the address 10.78.0.11\n")
        machine.says(rf"xcat: netboot: fetching http://{SERVER}/install/netboot/good/rootimg.sfs\n")
        until(lambda: known(site, "n1", "status") == "netbooting", "the first report")
        machine.says("xcat: netboot: starting good\n")
        machine.says("n1 login: ")
        machine.says("script: n1 has overlay, n1\n")
        until(lambda: known(site, "n1", "status") == "booted", "the report of the scripts", BOOTING)
        said = machine.said()
    assert (
        f"HTTPPORT=80\nIMAGENAME=good\nINSTALLDIR=/install\nNODE=n1\nTFTPDIR=/tftpboot\nXCATIPORT=3002\nXCATSERVER={SERVER}\n"
        in said
    )
    assert "10-xcat.network" in said


def test_what_goes_wrong_is_known_with_the_reason(site: DisklessSite) -> None:
    """Both at once: most of the time they wait."""
    with ExitStack() as stack:
        for number, image in ((2, "corrupted"), (3, "missing")):
            typed(site.mn, f"nodeset n{number} osimage={image}")
            booted = site.set_by_nodeset(number)
            if image == "missing":
                (site.install / "netboot/missing/rootimg.sfs").unlink()
            machine = stack.enter_context(site.machine(number, booted))
            machine.says("xcat: netboot: fetching")
        for node in ("n2", "n3"):
            until(partial(has_failed, site, node), f"the report and the log of {node}", BOOTING)
        machine.says("xcat: netboot: the node starts again in 60 seconds")
    place = f"http://{SERVER}/install/netboot"
    assert known(site, "n2", "appstatus").startswith(
        f"reason={place}/corrupted/rootimg.sfs is corrupted: its SHA-256 sum begins with"
    )
    missing = f"{place}/missing/rootimg.sfs: the server says 404 (it is not there)"
    assert known(site, "n3", "appstatus") == f"reason={missing}"
    log = typed(site.mn, "nodelog n3")
    assert f"n3: xcat: netboot: failed: {missing}\n" in log
    assert "n3: --- kernel\n" in log and "DHCPACK of 10.78.0.13" in log


def test_geninitrd_makes_the_same_of_the_same(site: DisklessSite, image: Path) -> None:
    folder = site.install / "netboot/good"
    (folder / "rootimg").symlink_to(image / "rootimg")
    before = {name: (folder / name).stat().st_ino for name in ("kernel", "initrd-stateless.gz")}
    typed(site.mn, "chdef -t osimage good netdrivers=dummy,nonesuch")
    refused = site.mn.run("geninitrd", "good")
    assert refused.returncode == 1 and "has no driver nonesuch" in refused.stderr
    assert {name: (folder / name).stat().st_ino for name in before} == before
    typed(site.mn, "chdef -t osimage good netdrivers=dummy", "geninitrd good")
    for name in before:
        assert (folder / name).stat().st_ino != before[name]
        assert (folder / name).read_bytes() == (image / name).read_bytes()
    assert not (image / "rootimg/var/tmp/xcat-initrd").exists()
    assert not (image / "rootimg/usr/lib/dracut/modules.d/97xcat").exists()
    packed = gzip.decompress((folder / "initrd-stateless.gz").read_bytes())
    assert b"drivers/net/dummy.ko" in packed and b"drivers/net/virtio_net.ko" in packed


def test_geninitrd_leaves_installers_alone(site: DisklessSite) -> None:
    facts = FACTS.replace("netboot", "install")
    typed(site.mn, f"mkdef -t osimage disk {facts} profile=compute")
    refused = site.mn.run("geninitrd", "disk")
    assert refused.returncode == 1 and "The osimage disk installs to disks" in refused.stderr


def test_what_an_image_lacks_is_said(image: Path, tmp_path: Path) -> None:
    spec = InitrdSpec(image / "rootimg", tmp_path, "x86_64", drivers=("e1001",))
    with pytest.raises(ServiceError, match="has no driver e1001"):
        make_initrds(spec, lambda line: None)
    with pytest.raises(ServiceError, match=r"has no kernel 1\.2; it has: 6\."):
        make_initrds(InitrdSpec(image / "rootimg", tmp_path, "x86_64", kernel="1.2"), lambda line: None)
    (tmp_path / "empty/usr/bin").mkdir(parents=True)
    (tmp_path / "empty/usr/bin/bash").touch()
    with pytest.raises(
        ServiceError, match=r"dracut \(dracut-core on Debian.*curl \(curl\), dhclient \(isc-dhcp-client"
    ):
        make_initrds(InitrdSpec(tmp_path / "empty", tmp_path, "x86_64"), lambda line: None)
