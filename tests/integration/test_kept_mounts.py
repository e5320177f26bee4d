"""The mounts of a service node, as far as a kernel without an NFS client allows: who is asked for what, and what is said.

Real are the daemons, mount(8), an NFS server on the management node, and what the kernel says is mounted. A stand-in for
mount.nfs(8) writes down its words and mounts a file system in memory under the name of the share, which is then seen to be none.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.namespaces import Namespace
from tests.helpers.servicehosts import MN, ServiceHosts, service_hosts

_STAND_IN = """#!/bin/sh
echo "$@" >>{words}
exec mount -i -t tmpfs "$1" "$2"
"""
_GANESHA = """
NFS_CORE_PARAM {{ Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; }}
NFSV4 {{ RecoveryRoot = "{folder}"; }}
"""


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the stand-in was told, line by line."""
    file = tmp_path_factory.mktemp("standin") / "words"
    file.write_text("")
    return file


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory, words: Path) -> Iterator[ServiceHosts]:
    stand_in = words.with_name("mount.nfs")
    stand_in.write_text(_STAND_IN.format(words=words))
    stand_in.chmod(0o755)
    apart = ("unshare", "--mount", "sh", "-c", f'mount --bind {stand_in} /sbin/mount.nfs && exec "$@"', "sh")
    with service_hosts(tmp_path_factory.mktemp("mounts"), apart) as made:
        typed(made.mn, "nodeadd sn1 groups=service", f"nodeadd mn1 groups=mn hosts.ip={MN}")
        typed(made.mn, "chdef -t site installdir=/install tftpdir=/tftpboot master=mn1 sharedtftp=0")
        typed(made.mn, "chtab node=sn1 servicenode.ipforward=1")
        yield made


@pytest.fixture(autouse=True)
def _clean(hosts: ServiceHosts, words: Path) -> Iterator[None]:
    """Each test begins without mounts."""
    yield
    typed(hosts.mn, "chdef -t site installloc=", "makeservices sn1 --service installmount")
    hosts.becomes("installmount", "left alone")
    in_sn(hosts, "umount", "-q", str(hosts.sn.root / "install"))
    words.write_text("")


def in_sn(hosts: ServiceHosts, *argv: str) -> str:
    """Run a program where the service node's daemon is."""
    assert hosts.sn.process is not None
    into = ["nsenter", f"--target={hosts.sn.process.pid}", "--mount", "--net"]
    return subprocess.run([*into, *argv], capture_output=True, text=True, timeout=60).stdout


def mounted(hosts: ServiceHosts) -> str:
    """What the kernel has at the folder, "" for nothing."""
    return " ".join(in_sn(hosts, "findmnt", "-n", "-o", "SOURCE,FSTYPE", str(hosts.sn.root / "install")).split())


def fstab(hosts: ServiceHosts) -> Path:
    return hosts.sn.root / "etc/fstab"


@contextmanager
def nfs_server(space: Namespace, folder: Path) -> Iterator[None]:
    """A real one, which exports nothing: that it answers is all that can be asked from here."""
    folder.mkdir(exist_ok=True)
    config = folder / "ganesha.conf"
    config.write_text(_GANESHA.format(folder=folder))
    server = ["ganesha.nfsd", "-F", "-f", str(config), "-p", str(folder / "pid"), "-L", str(folder / "log")]
    apart = [*space.before, "unshare", "--mount", "sh", "-c", 'mount -t tmpfs run /run && exec "$@"', "sh", *server]
    with subprocess.Popen(apart, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            log = folder / "log"
            until(lambda: log.exists() and "NFS SERVER INITIALIZED" in log.read_text(), "the NFS server")
            yield
        finally:
            process.kill()


def test_a_server_that_is_away_is_named_and_nothing_is_left(hosts: ServiceHosts, words: Path) -> None:
    typed(hosts.mn, "chdef -t site installloc=/install")
    said = hosts.becomes("installmount", "failed")
    assert f"The NFS server mn1 (site.installloc) is away: {MN} port 2049 does not answer: connection refused" in said
    assert not fstab(hosts).exists()
    assert words.read_text() == ""


def test_a_name_without_an_address_is_named(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chdef -t site installloc=nowhere.invalid:/install")
    assert "nowhere.invalid (site.installloc) has no address" in hosts.becomes("installmount", "failed")


def test_it_is_mounted_and_what_is_there_is_asked_back(hosts: ServiceHosts, words: Path, tmp_path: Path) -> None:
    with nfs_server(hosts.here, tmp_path / "nfs"):
        typed(hosts.mn, "chdef -t site installloc=/install")
        said = hosts.becomes("installmount", "failed")
    folder = hosts.sn.root / "install"
    told = words.read_text().splitlines()[0].split()
    assert told[:2] == ["mn1:/install", str(folder)]
    assert {"rw", "nolock", "retry=0"} <= set(told[-1].split(","))
    assert mounted(hosts) == "mn1:/install tmpfs"
    # It is not the share, and that is seen, now and at the next try.
    assert (
        f"mn1:/install was mounted on {folder}, and the kernel has mn1:/install (tmpfs) there" in said
        or f"{folder} is another file system already (mn1:/install, tmpfs)" in said
    )
    assert not fstab(hosts).exists()


def test_a_dry_run_shows_the_line_and_mounts_nothing(hosts: ServiceHosts, words: Path) -> None:
    typed(hosts.mn, "chdef -t site installloc=/install")
    hosts.becomes("installmount", "failed")
    shown = typed(hosts.mn, "makeservices sn1 --service installmount --dry-run").splitlines()
    assert shown[-2].startswith(f"sn1: +mn1:/install {hosts.sn.root}/install nfs rw,nolock,_netdev,nofail,")
    assert shown[-1] == "sn1: installmount: the folder is mounted, or no longer"
    assert words.read_text() == ""


def test_another_file_system_is_not_touched(hosts: ServiceHosts, words: Path) -> None:
    folder = hosts.sn.root / "install"
    folder.mkdir(exist_ok=True)
    in_sn(hosts, "mount", "-t", "tmpfs", "mine", str(folder))
    typed(hosts.mn, "chdef -t site installloc=/install")
    said = hosts.becomes("installmount", "failed")
    assert f"{folder} is another file system already (mine, tmpfs): unmount it, or correct site.installloc" in said
    assert mounted(hosts) == "mine tmpfs"
    assert words.read_text() == ""


def test_unset_takes_off_what_was_mounted(hosts: ServiceHosts) -> None:
    folder, site = hosts.sn.root / "install", "/dev/vda1 / ext4 defaults 0 1\n"
    folder.mkdir(exist_ok=True)
    line = f"# xcatd keeps the next line: installmount\nmn1:/install {folder} nfs rw,nolock 0 0\n"
    in_sn(hosts, "mount", "-t", "tmpfs", "mn1:/install", str(folder))
    fstab(hosts).write_text(site + line)
    assert typed(hosts.mn, "makeservices sn1 --service installmount --dry-run").splitlines()[-1].startswith("sn1: inst")
    typed(hosts.mn, "makeservices sn1 --service installmount")
    assert mounted(hosts) == ""
    assert fstab(hosts).read_text() == site
    fstab(hosts).unlink()


def test_the_boot_files_follow_sharedtftp(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chdef -t site sharedtftp=1", "chtab node=sn1 servicenode.tftpserver=1")
    said = hosts.becomes("tftpmount", "failed")
    assert f"The NFS server mn1 (site.sharedtftp) is away: {MN} port 2049" in said
    typed(hosts.mn, "chdef -t site sharedtftp=no")
    hosts.becomes("tftpmount", "left alone")
    typed(hosts.mn, "chtab node=sn1 servicenode.tftpserver=0")
