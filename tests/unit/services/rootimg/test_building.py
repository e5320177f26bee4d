"""The parts of a build: programs that say something, a chroot, cleaning, taking a place, whose turn it is."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.media import lay
from xcatd.errors import ServiceError
from xcatd.services.rootimg.chroot import run_inside
from xcatd.services.rootimg.cleaning import clean, tidy
from xcatd.services.rootimg.debian import Watch
from xcatd.services.rootimg.interfaces import write_interfaces
from xcatd.services.rootimg.placing import built_beside, take_place
from xcatd.services.rootimg.saying import needed, run_saying
from xcatd.services.rootimg.turn import image_turn
from xcatd.services.rootimg.unsynced import unsynced


def test_a_program_says_line_by_line_and_why_it_failed() -> None:
    said: list[str] = []
    words = ["sh", "-c", 'printf "one\\rtwo\\n\\n  three \\n" >&2; echo E: bad; echo last; exit 4']
    with pytest.raises(ServiceError, match=r"it failed \(status 4\): two \| three \| E: bad \| last"):
        run_saying(words, said.append, what="it")
    assert said == ["two", "three", "E: bad", "last"]
    with pytest.raises(ServiceError, match=r"status 4\): E: bad$"):
        run_saying(words, said.append, reasons=re.compile("E: "))
    run_saying(words, said.append, fine=(4,))
    with pytest.raises(ServiceError, match="cannot be run: no such file or directory"):
        run_saying(["/nowhere"], said.append)


def test_nothing_of_our_environment_reaches_it() -> None:
    said: list[str] = []
    run_saying(["env"], said.append, env={"OWN": "1"})
    assert {line.partition("=")[0] for line in said} <= {
        "PATH",
        "HOME",
        "LC_ALL",
        "LANG",
        "TZ",
        "OWN",
        "PWD",
        "_",
        "SHLVL",
    }


def test_a_program_that_is_not_there_is_named_with_its_package() -> None:
    with pytest.raises(ServiceError, match="nosuchprogram is not installed: install the package such"):
        needed("nosuchprogram", "the package such")


def test_a_program_of_an_image_has_what_it_needs_and_leaves_nothing(tmp_path: Path) -> None:
    libraries = re.findall(r"/\S+", subprocess.run(["ldd", "/bin/busybox"], capture_output=True, text=True).stdout)
    for path in ("/bin/busybox", *libraries):
        (tmp_path / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / path[1:])
    (tmp_path / "bin/sh").symlink_to("busybox")
    before = {path.name for path in tmp_path.iterdir()}
    said: list[str] = []
    script = (
        "PATH=/bin; busybox sleep 1000 & echo $$; echo x >/dev/null; echo y >/run/y; busybox ls /dev /proc/self/fd;"
        'busybox ls -d /dev/sd* 2>/dev/null; echo "$WORD $DEBIAN_FRONTEND"; echo z >/z'
    )
    run_inside(tmp_path, ["sh", "-c", script], said.append, WORD="two words")
    assert said[0] == "1"
    assert said[-1] == "two words noninteractive"
    assert {"null", "urandom", "pts", "stdin"} <= set(said)
    assert {path.name for path in tmp_path.iterdir()} == before | {"proc", "sys", "dev", "run", "z"}
    assert not any(any((tmp_path / name).iterdir()) for name in ("proc", "sys", "dev", "run"))
    with pytest.raises(ServiceError, match=r"busybox in .* failed \(status 1\)"):
        run_inside(tmp_path, ["/bin/busybox", "false"], said.append)


def test_a_root_whose_folders_lead_elsewhere_is_none(tmp_path: Path) -> None:
    (tmp_path / "proc").symlink_to("/proc")
    with pytest.raises(ServiceError, match="is a link"):
        run_inside(tmp_path, ["true"], print)


def test_nobody_waits_for_the_disk() -> None:
    """fsync(2) of a pipe is an error, unless it is not done."""
    ask = "import os\ntry: os.fsync(os.pipe()[0])\nexcept OSError: print('done')\nelse: print('left out')"
    words = [sys.executable, "-I", "-S", "-c", ask]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "done\n"
    assert subprocess.run(unsynced(words), capture_output=True, text=True, check=True).stdout == "left out\n"


def test_what_belongs_to_one_host_or_day_goes(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            "etc/os-release": "ID=x",
            "etc/ssh/ssh_host_rsa_key": "secret",
            "etc/hostname": "builder",
            "etc/machine-id": "0123",
            "etc/passwd": "kept",
            "var/log/apt/term.log": "today",
            "var/cache/apt/pkgcache.bin": "x",
            "boot/initrd.img-6.1": "x",
            "boot/vmlinuz-6.1": "kept",
            "tmp/x/y": "z",
        },
    )
    (tmp_path / "tmp/link").symlink_to("/etc")
    os.utime(tmp_path / "etc/passwd", (100, 100))
    clean(tmp_path)
    tidy(tmp_path, 1000)
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"etc/os-release", "etc/machine-id", "etc/passwd", "boot/vmlinuz-6.1"}
    assert (tmp_path / "etc/machine-id").read_text() == ""
    assert (tmp_path / "var/log/apt").is_dir()
    times = {path.name: path.stat().st_mtime for path in (tmp_path, *tmp_path.rglob("*"))}
    assert times.pop("passwd") == 100
    assert set(times.values()) == {1000}


def test_a_build_takes_the_place_of_the_old_one_or_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "deep/img"
    with pytest.raises(ServiceError, match="no"), built_beside(folder) as new:
        lay(new, {"rootimg/a": "1"})
        raise ServiceError("no")
    assert not (tmp_path / "deep").exists()
    lay(
        folder,
        {
            "rootimg/old": "",
            "kernel": "old",
            "initrd-old.gz": "",
            "rootimg.sfs": "packed",
            "rootimg.new/rootimg/left": "",
        },
    )
    with built_beside(folder) as new:
        lay(new, {"rootimg/a": "1", "kernel": "new", "tmp/x": ""})
        take_place(new, folder)
    found = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert found == {"rootimg/a": "1", "kernel": "new", "rootimg.sfs": "packed"}


def test_interfaces_are_written_as_each_family_reads_them(tmp_path: Path) -> None:
    for family in ("debian", "ubuntu", "rh", "sles"):
        write_interfaces(tmp_path / family, family, ["eth1", "eth2"])
    files = {str(path.relative_to(tmp_path)): path for path in tmp_path.rglob("*eth1*")}
    assert files.keys() == {
        "debian/etc/network/interfaces.d/eth1",
        "ubuntu/etc/netplan/60-xcat-eth1.yaml",
        "rh/etc/NetworkManager/system-connections/eth1.nmconnection",
        "sles/etc/sysconfig/network/ifcfg-eth1",
    }
    assert "iface eth1 inet dhcp" in files["debian/etc/network/interfaces.d/eth1"].read_text()
    assert files["rh/etc/NetworkManager/system-connections/eth1.nmconnection"].stat().st_mode & 0o777 == 0o600
    shown = ["netplan", "get", "--root-dir", str(tmp_path / "ubuntu"), "ethernets.eth1.dhcp4"]
    assert subprocess.run(shown, capture_output=True, text=True, check=True).stdout.strip() == "true"


async def test_the_second_is_told_who_is_at_work(tmp_path: Path) -> None:
    async with image_turn(tmp_path, "/install/x", "genimage x"):
        with pytest.raises(ServiceError, match=r"^genimage x works on /install/x/: try again"):
            async with image_turn(tmp_path, "/install/x/", "packimage x"):
                pass
        async with image_turn(tmp_path, "/install/y"):
            await asyncio.sleep(0)
    async with image_turn(tmp_path, "/install/x"):
        pass


def test_of_what_apt_says_the_reason_is_found() -> None:
    lines = {
        "E: Unable to locate package absent": True,
        "E: setup failed: E: apt-get --yes install ?narrow(...) failed": False,
        "E: mmdebstrap failed to run": False,
        "beta : Depends: gone but it is not installable": True,
        "dpkg: error processing package beta (--configure):": True,
        "installed beta package post-installation script subprocess returned error exit status 3": True,
        "I: success in 3 seconds": False,
    }
    assert {line: bool(Watch.reasons.match(line)) for line in lines} == lines
    said: list[str] = []
    watch = Watch(said.append)
    for line in ("0 upgraded, 10 newly installed, 0 to remove", *["Unpacking x ..."] * 10, "Setting up x"):
        watch(line)
    assert said == [f"packages: {number} of 20" for number in (2, 4, 6, 8, 10)]
