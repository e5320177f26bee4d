"""What the initramfs of nodes works out by itself: the kernel's arguments, the card, what an image is, what the server hears."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.webfiles import web_server

MODULE = Path(__file__).parents[3] / "share/netboot/dracut/97xcat"
PARTS = ("words", "say", "network", "fetch", "root", "handover")
GOOD = "quiet XCAT=10.0.0.1:3001 NODE=n1 imgurl=http://10.0.0.1/i.sfs"
FAILS = 'xcat_fail() { echo "failed: $1"; exit 1; }; sleep() { echo "pause $1"; }; '
"""Instead of a report and a new start; pauses are told and not made."""


@dataclass(frozen=True, slots=True)
class Ramdisk:
    """A folder in which the functions of the initramfs are called."""

    folder: Path

    def run(self, script: str, arguments: str = GOOD) -> str:
        """What a few lines of shell print after the functions are there, with these arguments of the kernel."""
        (self.folder / "cmdline").write_text(f"{arguments}\n")
        source = "; ".join(f". {MODULE / part}.sh" for part in PARTS)
        env = {
            "PATH": os.environ["PATH"],
            "XCAT_RUN": str(self.folder),
            "XCAT_CMDLINE": str(self.folder / "cmdline"),
            "XCAT_SYS": str(self.folder / "sys"),
            "XCAT_CONSOLE": str(self.folder / "console"),
        }
        words = ["unshare", "--mount", "bash", "-uc", f"place={MODULE}; {source}; {FAILS} {script}"]
        done = subprocess.run(words, capture_output=True, text=True, env=env, timeout=60)
        assert not done.stderr, done.stderr
        return done.stdout

    def card(self, name: str, address: str, *, hardware: bool = True) -> None:
        path = self.folder / "sys/class/net" / name
        path.mkdir(parents=True)
        (path / "address").write_text(f"{address}\n")
        if hardware:
            (path / "device").mkdir()

    def console(self) -> str:
        return (self.folder / "console").read_text().replace("\r", "")


@pytest.fixture
def ramdisk(tmp_path: Path) -> Ramdisk:
    return Ramdisk(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (GOOD, "10.0.0.1 3001 3002 80 n1 http://10.0.0.1/i.sfs ()\n"),
        (
            f"{GOOD} XCATIPORT=3006 XCATHTTPPORT=8080 XCAT=fd00::1:3001",
            "fd00::1 3001 3006 8080 n1 http://10.0.0.1/i.sfs ()\n",
        ),
        ("XCAT=mn:3001 NODE=n1 root=nfs:10.0.0.1:/i/rootimg:ro", "mn 3001 3002 80 n1  (10.0.0.1:/i/rootimg:ro)\n"),
        (f"{GOOD} root=nfs:10.0.0.1:/i", "10.0.0.1 3001 3002 80 n1 http://10.0.0.1/i.sfs ()\n"),
        (
            "NODE=n1 imgurl=http://a/b",
            "failed: the kernel's arguments have no XCAT=SERVER:PORT or no NODE=NAME: nodeset writes them\n",
        ),
        (
            "XCAT=mn:3001 NODE=n1 root=/dev/sda1",
            "failed: the kernel's arguments say neither imgurl=URL nor root=nfs:SERVER:FOLDER: nodeset writes them\n",
        ),
        (
            "XCAT=mn:3001 NODE=n1 root=nfs:/install/rootimg",
            "failed: root=nfs:/install/rootimg is no folder of an NFS server: it is SERVER:FOLDER:OPTIONS\n",
        ),
        ("XCAT=mn:3001 NODE=n1 imgurl=file:/etc/shadow", "failed: imgurl=file:/etc/shadow is no address of HTTP\n"),
    ],
)
def test_arguments_of_the_kernel(ramdisk: Ramdisk, arguments: str, shown: str) -> None:
    script = 'xcat_read_words; xcat_check_words; echo "$XCAT_SERVER $XCAT_PORT $XCAT_IPORT $XCAT_HTTPPORT $NODE $IMGURL ($NFSROOT)"'
    assert ramdisk.run(script, arguments) == shown


@pytest.mark.parametrize(
    ("arguments", "nic"),
    [
        ("BOOTIF=01-52-54-00-00-00-02", "ens2"),
        ("BOOTIF=52:54:00:00:00:02", "ens2"),
        ("BOOTIF=01-52-54-00-00-00-01 ifname=lan0:52:54:00:00:00:02", "ens2"),
        ("netdev=ens1", "ens1"),
    ],
)
def test_the_card_that_the_node_has_booted_with(ramdisk: Ramdisk, arguments: str, nic: str) -> None:
    ramdisk.card("ens1", "52:54:00:00:00:01")
    ramdisk.card("br0", "52:54:00:00:00:02", hardware=False)
    ramdisk.card("ens2", "52:54:00:00:00:02")
    assert ramdisk.run('xcat_find_nic && echo "$XCAT_NIC"', arguments) == f"{nic}\n"


def test_a_card_without_a_driver_is_named(ramdisk: Ramdisk) -> None:
    ramdisk.card("ens1", "52:54:00:00:00:01")
    for name, number, driver in (("a", "0x020000", False), ("b", "0x020000", True), ("c", "0x010000", False)):
        device = ramdisk.folder / "sys/bus/pci/devices" / name
        device.mkdir(parents=True)
        for file, text in {"class": number, "vendor": "0x8086", "device": "0x15b8"}.items():
            (device / file).write_text(f"{text}\n")
        if driver:
            (device / "driver").mkdir()
    assert ramdisk.run("NIC_PATIENCE=1; xcat_find_nic || xcat_no_nic", "BOOTIF=01-52-54-00-00-00-09") == (
        "pause 1\nthere is no network card 52:54:00:00:00:09 (there are: ens1); no driver is here for 8086:15b8: see genimage -n"
    )


@pytest.mark.parametrize(
    ("content", "unpacker"),
    [
        (gzip.compress(b"x", mtime=0), "gzip\n"),
        (lzma.compress(b"x"), "xz\n"),
        (b"\x28\xb5\x2f\xfdx", "zstd\n"),
        (b"hsqs", ""),
        (b"", ""),
    ],
)
def test_how_an_archive_is_compressed_its_first_bytes_say(ramdisk: Ramdisk, content: bytes, unpacker: str) -> None:
    (ramdisk.folder / "file").write_bytes(content)
    assert ramdisk.run(f"xcat_unpacker {ramdisk.folder}/file || true") == unpacker


@pytest.mark.parametrize(
    "pack",
    [
        "find . | cpio --create --quiet --format=newc | gzip -n",
        "find . | cpio --create --quiet --format=newc | xz",
        "tar -c . | zstd -q",
        "tar -c . | gzip -n",
    ],
)
def test_an_image_is_unpacked_into_memory(ramdisk: Ramdisk, pack: str) -> None:
    image = ramdisk.folder / "image"
    (image / "etc").mkdir(parents=True)
    (image / "etc/shadow").write_text("root:*:\n")
    (image / "etc/shadow").chmod(0o640)
    (image / "sbin").symlink_to("usr/sbin")
    packed, new = ramdisk.folder / "packed", ramdisk.folder / "new"
    new.mkdir()
    subprocess.run(["sh", "-c", f"{pack} >{packed}"], cwd=image, check=True)
    shown = ramdisk.run(
        f"xcat_unpack http://s/i {packed} {new}; stat -f -c %T {new}; stat -c %a {new}/etc/shadow; readlink {new}/sbin"
    )
    assert shown == "tmpfs\n640\nusr/sbin\n"
    assert not packed.exists() and not list(new.iterdir())


def test_what_is_no_image_is_said(ramdisk: Ramdisk) -> None:
    packed = ramdisk.folder / "packed"
    packed.write_bytes(gzip.compress(os.urandom(1000)))
    shown = ramdisk.run(f"mkdir {ramdisk.folder}/new; xcat_unpack http://s/i {packed} {ramdisk.folder}/new")
    assert shown.startswith("failed: http://s/i cannot be unpacked: tar: ")
    packed.write_bytes(b"<html>")
    assert ramdisk.run(f"xcat_unpack http://s/i {packed} {ramdisk.folder}/new") == (
        "failed: http://s/i is neither squashfs nor compressed by gzip, xz or zstd\n"
    )


def test_what_is_fetched_is_what_the_sum_says(ramdisk: Ramdisk) -> None:
    www = ramdisk.folder / "www"
    www.mkdir()
    (www / "good").write_bytes(b"an image")
    (www / "good.sha256").write_text(f"{hashlib.sha256(b'an image').hexdigest()}  good\n")
    (www / "bad").write_bytes(b"an imagf")
    (www / "bad.sha256").write_text((www / "good.sha256").read_text())
    with web_server(www) as port:
        url = f"http://127.0.0.1:{port}"
        got = ramdisk.folder / "got"
        assert ramdisk.run(f"xcat_fetch_verified {url}/good {got}") == ""
        assert got.read_bytes() == b"an image"
        said = ramdisk.run(f"xcat_fetch_verified {url}/bad {got}")
        assert said.splitlines()[:2] == ["pause 2", "pause 4"]
        wanted, real = hashlib.sha256(b"an image").hexdigest()[:12], hashlib.sha256(b"an imagf").hexdigest()[:12]
        assert said.endswith(
            f"failed: {url}/bad is corrupted: its SHA-256 sum begins with {real}, {url}/bad.sha256 says {wanted}\n"
        )
        said = ramdisk.run(f"xcat_fetch {url}/none {got}")
        assert said == f"pause 2\npause 4\nfailed: {url}/none: the server says 404 (it is not there)\n"
        assert ramdisk.console().count(f"{url}/none: the server says 404 (it is not there); again in") == 2


def test_a_server_that_is_away_is_asked_ever_more_seldom_and_not_for_ever(ramdisk: Ramdisk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    said = ramdisk.run(f"xcat_fetch http://127.0.0.1:{port}/x {ramdisk.folder}/got").splitlines()
    pauses = [int(line.removeprefix("pause ")) for line in said[:-1]]
    assert len(pauses) == 8 and pauses[0] <= 2 and 100 < sum(pauses) < 200
    assert said[-1].startswith(f"failed: http://127.0.0.1:{port}/x cannot be fetched: Failed to connect")


@contextmanager
def door(*answers: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A port for nodes that hears one conversation for each answer; gives what was said."""
    heard: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            channel, _ = listener.accept()
            with channel, channel.makefile("rwb") as file:
                file.write(b"ready\n")
                file.flush()
                lines = [file.readline()]
                while lines[0] == b"nodelog\n" and lines[-1] != b".\n":
                    lines.append(file.readline())
                heard.append(b"".join(lines))
                file.write(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join()


def test_what_the_server_hears(ramdisk: Ramdisk) -> None:
    with door(b"", b"done\n", b"done\n") as (port, heard):
        ramdisk.run('xcat_read_words; xcat_report failed "no disk"', f"{GOOD} XCAT=127.0.0.1:3001 XCATIPORT={port}")
        ramdisk.run("xcat_read_words; xcat_note .hidden; xcat_send_log", f"{GOOD} XCAT=127.0.0.1:3001 XCATIPORT={port}")
    assert heard[:2] == [b"installstatus failed -- no disk\n"] * 2
    assert heard[2].startswith(b"nodelog\n") and b"\n..hidden\n" in heard[2] and heard[2].endswith(b"\n.\n")
    assert b"--- addresses\n" in heard[2] and len(heard[2]) < 65536


def test_a_refused_report_is_not_said_again(ramdisk: Ramdisk) -> None:
    with door(b"refused: no such node\n") as (port, heard):
        ramdisk.run("xcat_read_words; xcat_report netbooting", f"{GOOD} XCAT=127.0.0.1:3001 XCATIPORT={port}")
    assert heard == [b"installstatus netbooting\n"]
    assert "was not told: installstatus netbooting (refused: no such node)" in ramdisk.console()
    assert ramdisk.run("xcat_read_words; xcat_report netbooting", f"{GOOD} nonodestatus") == ""


def test_the_system_gets_to_know_what_the_initramfs_knows(ramdisk: Ramdisk) -> None:
    root = ramdisk.folder / "new"
    (root / "opt/xcat").mkdir(parents=True)
    (root / "opt/xcat/xcatinfo").write_text("IMAGENAME=img\nINSTALLDIR=/install\nTFTPDIR=/tftpboot\nNODE=old\n")
    for _ in range(2):  # the root of an NFS server may have been written before
        ramdisk.run(f"xcat_read_words; xcat_write_info {root}", f"{GOOD} XCATHTTPPORT=8080")
    assert (root / "opt/xcat/xcatinfo").read_text() == (
        "XCATSERVER=10.0.0.1\nXCATIPORT=3002\nHTTPPORT=8080\nNODE=n1\nIMAGENAME=img\nINSTALLDIR=/install\nTFTPDIR=/tftpboot\n"
    )
