"""NFS on a service node with systemd: its unit of NFS-Ganesha serves, and its mounts are units too.

Its kernel need not know NFS: a stand-in for mount.nfs(8) mounts a file system in memory under the name of the share.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.container import Wishes
from tests.helpers.containernode import ABOVE, BELOW, ServiceNode, service_node

_TABLES = (
    "chdef -t site installdir=/install tftpdir=/tftpboot master=mn1 sharedtftp=0",
    "chtab net=10.7.0.0 networks.netname=up networks.mask=255.255.0.0",
    f"nodeadd mn1 groups=mn hosts.ip={ABOVE}",
)
_FILES = {
    "/usr/sbin/mount.nfs": '#!/bin/sh\necho "$@" >>/var/log/mounted\nexec mount -i -t tmpfs "$1" "$2"\n',
    "/tftpboot/old": "of this host\n",
}
_LINE = "# xcatd keeps the next line: tftpmount\nmn1:/tftpboot /tftpboot nfs rw,nolock,nofail 0 0\n"
_GANESHA = """
NFS_CORE_PARAM {{ Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; }}
NFSV4 {{ RecoveryRoot = "{folder}"; }}
"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceNode]:
    folder = tmp_path_factory.mktemp("nfs")
    install = folder / "install"
    install.mkdir()
    (install / "kernel").write_text("of the rack\n")
    wishes = Wishes(binds={"/install": install}, files=_FILES)
    with service_node(folder, *_TABLES, wishes=wishes) as made:
        yield made


def status(pair: ServiceNode, service: str) -> str:
    """The line of a service, and what is wrong with it."""
    done = pair.mn.run("xcatstatus", "sn1", "-a")
    lines = [line for line in done.stdout.splitlines() if line.split()[1:2] == [service]]
    return "\n".join([*lines, *(line for line in done.stderr.splitlines() if f" {service}: " in line)])


def becomes(pair: ServiceNode, service: str, word: str) -> str:
    try:
        until(lambda: word in status(pair, service), f"{service} {word}")
    except AssertionError as error:
        error.add_note(status(pair, service))
        raise
    return status(pair, service)


def listed(pair: ServiceNode, version: int) -> str:
    """What the management node sees in the folder."""
    words = [*pair.mn.before, "nfs-ls", f"nfs://{BELOW}/install?version={version}"]
    return subprocess.run(words, capture_output=True, text=True, timeout=60).stdout


@contextmanager
def nfs_server(pair: ServiceNode, folder: Path) -> Iterator[None]:
    """One on the management node, which answers and exports nothing."""
    config, log = folder / "ganesha.conf", folder / "log"
    config.write_text(_GANESHA.format(folder=folder))
    server = ["ganesha.nfsd", "-F", "-f", str(config), "-p", str(folder / "pid"), "-L", str(log)]
    apart = [*pair.mn.before, "unshare", "--mount", "sh", "-c", 'mount -t tmpfs run /run && exec "$@"', "sh", *server]
    with subprocess.Popen(apart, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: log.exists() and "NFS SERVER INITIALIZED" in log.read_text(), "the NFS server")
            yield
        finally:
            process.kill()


def test_the_unit_serves_both_versions(pair: ServiceNode) -> None:
    typed(pair.mn, "chtab node=sn1 servicenode.nfsserver=1")
    becomes(pair, "nfsserver", "running")
    assert pair.sn.state("nfs-ganesha") == "active"
    assert pair.sn.run("systemctl", "is-enabled", "nfs-ganesha").stdout == "enabled\n"
    assert "kernel" in listed(pair, 3)
    assert "kernel" in listed(pair, 4)
    assert pair.sn.path("/etc/ganesha/ganesha.conf.xcatbak").exists()


def test_a_server_that_dies_is_started_again(pair: ServiceNode) -> None:
    before = pair.sn.process("nfs-ganesha")
    pair.sn.done("kill", "-KILL", str(before))
    until(lambda: pair.sn.process("nfs-ganesha") not in (0, before), "another server")
    becomes(pair, "nfsserver", "running")
    assert "kernel" in listed(pair, 3)


def test_systemd_mounts_what_fstab_says(pair: ServiceNode, tmp_path: Path) -> None:
    with nfs_server(pair, tmp_path):
        typed(pair.mn, "chdef -t site sharedtftp=1", "chtab node=sn1 servicenode.tftpserver=1")
        until(lambda: pair.sn.state("tftpboot.mount") == "active", "the mount")
        becomes(pair, "tftpmount", "failed")
    told = pair.sn.path("/var/log/mounted").read_text().split("\n")[0]
    assert told.startswith("mn1:/tftpboot /tftpboot -o rw,nolock")
    assert not pair.sn.run("ls", "/tftpboot/old").stdout
    # It is not the share, and that is seen, although the daemon has a mount of its sandbox there too.
    assert "tftpboot, tmpfs)" in status(pair, "tftpmount").replace(" (tmpfs)", ", tmpfs)")


def test_without_a_wish_systemd_takes_it_off_although_a_server_stands_in_it(pair: ServiceNode) -> None:
    before = until(lambda: pair.sn.run("pidof", "in.tftpd").stdout, "the TFTP server")
    pair.sn.path("/etc/fstab").write_text(_LINE)
    typed(pair.mn, "chdef -t site sharedtftp=0")
    until(lambda: pair.sn.state("tftpboot.mount") != "active", "the mount to be gone")
    becomes(pair, "tftpmount", "done")
    assert pair.sn.path("/etc/fstab").read_text() == ""
    assert pair.sn.done("cat", "/tftpboot/old") == "of this host\n"
    assert pair.sn.done("pidof", "in.tftpd") != before


def test_a_server_that_is_away_is_named(pair: ServiceNode) -> None:
    typed(pair.mn, "chdef -t site sharedtftp=1")
    said = becomes(pair, "tftpmount", "failed")
    assert (
        f"The NFS server mn1 (site.sharedtftp) is away: {ABOVE} port 2049 does not answer: connection refused" in said
    )
    assert pair.sn.path("/etc/fstab").read_text() == ""
