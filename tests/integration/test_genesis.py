"""The small boot image by a real daemon and a real dracut, run by a machine: the steps of a chain, and what the server hears."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from tests.helpers import netbootroot
from tests.helpers.alone import typed, until
from tests.helpers.disklesssite import BOOTING, SERVER, DisklessSite, address, diskless_site

HELLO = """#!/bin/sh
echo "$1 says $NODE to $MASTER, $2"
echo "$*" >/run/hello
"""
BUILT = [
    "Creating genesis.fs.x86_64.gz in",
    "The kernel is",
    "xcat/genesis.fs.x86_64.gz has",
    "Write netboot config file done",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DisklessSite]:
    """This host's kernel is that of the root file system of nodes."""
    with diskless_site(tmp_path_factory.mktemp("genesis")) as site:
        root = site.mn.root
        (root / "boot").symlink_to(netbootroot.root() / "boot")
        (root / "lib").mkdir()
        (root / "lib/modules").symlink_to(netbootroot.root() / "usr/lib/modules")
        key = root / "root/.ssh/id_ed25519"
        key.parent.mkdir(exist_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        typed(
            site.mn,
            "mkdef -t network lab net=10.78.0.0 mask=255.255.255.0 mgtifname=br0",
            "chdef -t group compute addkcmdline=xcatpause=1",
        )
        yield site


@pytest.fixture(scope="module")
def built(site: DisklessSite) -> list[str]:
    """What mknb has said."""
    return typed(site.mn, "mknb x86_64").splitlines()


def shell(site: DisklessSite, number: int, command: str) -> str:
    """Run a command on a node by the key of the server's root, once its sshd is there."""
    words = [
        *(*site.space.before, "ssh", "-i", str(site.mn.root / "root/.ssh/id_ed25519"), "-o", "BatchMode=yes"),
        *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
        *(f"root@{address(number)}", command),
    ]

    def done() -> subprocess.CompletedProcess[str] | None:
        found = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return None if found.returncode == 255 else found

    found = until(done, "a shell of the node", BOOTING)
    assert found.returncode == 0, found.stderr
    return str(found.stdout)


def status(site: DisklessSite) -> tuple[str, str]:
    lines = typed(site.mn, "nodels n1 nodelist.status nodelist.appstatus").splitlines()
    return lines[0].rpartition(": ")[2], lines[1].partition(": ")[2].partition(": ")[2]


def test_what_is_built(site: DisklessSite, built: list[str]) -> None:
    assert [line.startswith(start) for line, start in zip(built, BUILT, strict=True)] == [True] * 4, built
    folder = site.mn.root / "tftpboot/xcat"
    sums = dict(line.split("  ")[::-1] for line in (folder / "genesis.x86_64.sha256").read_text().splitlines())
    assert sums == {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("genesis.kernel.x86_64", "genesis.fs.x86_64.gz")
    }
    text = (folder / "xnba/nets/10.78.0.0_24").read_text()
    assert text == (folder / "xnba/nets/10.78.0.0_24.uefi").read_text()
    assert f"http://{SERVER}/tftpboot/xcat/genesis.kernel.x86_64 initrd=initrd quiet xcatd={SERVER}:" in text
    assert "destiny=discover" in (site.mn.root / "tftpboot/boot/grub2/grub.cfg-0A4E00").read_text()


def test_a_node_goes_through_its_chain(site: DisklessSite, built: list[str]) -> None:
    scripts = site.install / "postscripts"
    scripts.mkdir(parents=True, exist_ok=True)
    (scripts / "hello").write_text(HELLO)
    typed(site.mn, "nodeset n1 'runcmd=hello there you,shell'")
    with site.machine(1, site.set_by_nodeset(1)) as machine:
        machine.says(rf"hello: there says n1 to {SERVER}, you")
        assert shell(site, 1, "cat /run/hello") == "there you\n"
        until(lambda: status(site)[0] == "shell", "its status")
        assert typed(site.mn, "nodeset n1 stat") == "n1: shell\n"

        shell(site, 1, "nextdestiny")
        until(lambda: status(site)[0] == "standingby", "its status")

        typed(site.mn, "nodeset n1 runcmd=nothing.there")
        until(lambda: status(site)[0] == "failed", "its status")
        assert status(site)[1].startswith("reason=nothing.there is no command of the small boot image"), status(site)

        until(lambda: "nothing.there" in site.mn.run("nodelog", "n1").stdout, "its log")

        _archive(site.install / "tool.tgz")
        typed(site.mn, "nodeset n1 runimage=/install/tool.tgz,shutdown")
        machine.says("runme.sh: a tool runs")
        until(lambda: not machine.program.pids, "its end", BOOTING)
    assert status(site) == ("powering-off", "")


def _archive(path: Path) -> None:
    text = b"#!/bin/sh\necho a tool runs in $(pwd)\n"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("runme.sh")
        member.size = len(text)
        archive.addfile(member, BytesIO(text))
