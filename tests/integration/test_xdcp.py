"""`xdcp` as an operator sees it, against real sshds: copies, pulls, and nodes that are broken in the middle of it."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.helpers.alone import alone, credentials, typed, until
from tests.helpers.claims import network
from tests.helpers.cluster import CLIENT, Daemon, environment
from tests.helpers.sshnodes import Sshd, acquaint, key_for_root, sshd
from xcatd.remote.rsync import send

NET = network()
_ODD = f"""#!/bin/sh
command=$SSH_ORIGINAL_COMMAND
[ "$command" != internal-sftp ] || command=/usr/lib/openssh/sftp-server
case $SSH_CONNECTION in
*\\ {NET}.5.1\\ *) exec 3>&1; exec cat >/dev/null;;
*\\ {NET}.5.2\\ *) stdbuf -o0 head -c 400000 | sh -c "$command"; kill -9 $PPID; exec cat >/dev/null;;
*\\ {NET}.5.3\\ *) case $command in rsync*) echo "sh: rsync: not found" >&2; exit 127;; esac;;
*\\ {NET}.5.4\\ *) case $command in */sftp-server) exit 1;; esac;;
esac
exec sh -c "$command"
"""
"""What the first four odd nodes do: one hangs after the login, one goes away in the middle, one has no rsync, one no SFTP."""


@dataclass(frozen=True)
class Room:
    """A management node; n1 to n200 are fine, n900's key is not known, and odd1 to odd4 are broken. `there` is new for each
    test."""

    mn: Daemon
    odd: Sshd
    there: Path

    def xdcp(self, *words: str, **env: Any) -> tuple[int, str, str]:
        done = self.mn.run("xdcp", *words, **env)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("xdcp")
    script = folder / "odd-command"
    script.write_text(_ODD)
    script.chmod(0o755)
    with (
        alone(folder) as mn,
        sshd(folder / "nodes") as nodes,
        sshd(folder / "odd", f"ForceCommand exec {script}") as odd,
    ):
        key_for_root(mn, nodes, odd)
        typed(
            mn,
            f"nodeadd n[1-200] groups=all 'hosts.ip=|n(\\d+)|{NET}.1.($1)|'",
            f"nodeadd odd[1-4] groups=odd 'hosts.ip=|odd(\\d+)|{NET}.5.($1)|'",
            f"nodeadd n900 groups=odd hosts.ip={NET}.4.1",
        )
        acquaint(mn, {"odd*": odd.port, "*": nodes.port}, ed25519=nodes, rsa=odd)
        typed(mn, "makeknownhosts n[1-200],odd[1-4]")
        yield Room(mn, odd, folder)


@pytest.fixture
def room(base: Room, tmp_path: Path) -> Room:
    there = tmp_path / "there"
    there.mkdir()
    return Room(base.mn, base.odd, there)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "some file"
    path.write_bytes(b"content\0\xff\n")
    path.chmod(0o640)
    os.utime(path, (1_000_000_000, 1_000_000_001))
    return path


@pytest.fixture
def lists(room: Room, tmp_path: Path) -> Path:
    """A folder among the management node's files."""
    folder = room.mn.root / "lists" / tmp_path.name
    folder.mkdir(parents=True)
    return folder


def test_a_file_gets_a_name_or_goes_into_a_folder(room: Room, file: Path) -> None:
    for target in (f"{room.there}", f"{room.there}/", f"{room.there}/named"):
        assert room.xdcp("n1", str(file), target) == (0, "", "")
    assert {path.name for path in room.there.iterdir()} == {"some file", "named"}
    assert (room.there / "named").read_bytes() == file.read_bytes()
    assert mode_of(room.there / "named") == 0o640
    assert (room.there / "named").stat().st_mtime > 1_000_000_001


def test_rights_and_times_are_kept_on_demand(room: Room, file: Path) -> None:
    file.chmod(0o4751)
    assert room.xdcp("n1", "-p", str(file), f"{room.there}/kept") == (0, "", "")
    assert (mode_of(room.there / "kept"), (room.there / "kept").stat().st_mtime) == (0o4751, 1_000_000_001)


def test_a_file_that_is_there_keeps_its_rights_its_owner_and_the_links_to_it(room: Room, file: Path) -> None:
    old, link = room.there / "old", room.there / "link"
    old.write_text("old and longer than what comes")
    old.chmod(0o604)
    os.chown(old, 12, 34)
    link.symlink_to("old")
    assert room.xdcp("n1", str(file), str(link)) == (0, "", "")
    assert (link.is_symlink(), old.read_bytes()) == (True, file.read_bytes())
    assert (mode_of(old), old.stat().st_uid, old.stat().st_gid) == (0o604, 12, 34)


def test_several_files_need_a_folder(room: Room, file: Path, tmp_path: Path) -> None:
    (tmp_path / "second").write_text("2")
    both = (str(file), str(tmp_path / "second"))
    assert room.xdcp("n1", *both, str(room.there)) == (0, "", "")
    assert {path.name for path in room.there.iterdir()} == {"some file", "second"}
    assert room.xdcp("n1", *both, f"{room.there}/none") == (
        1,
        "",
        f"[mn1]: n1: {room.there}/none is no folder there: make it\n",
    )


@pytest.mark.parametrize("means", [(), ("-r", "/usr/bin/rsync")])
def test_a_folder_with_all_that_is_in_it(room: Room, tmp_path: Path, means: tuple[str, ...]) -> None:
    tree = tmp_path / "tree"
    (tree / "a/deeper").mkdir(parents=True)
    (tree / "a/one").write_text("1")
    (tree / "a/deeper/ümlaut\n").write_text("2")
    (tree / "link").symlink_to("a/one")
    (tree / "a").chmod(0o500)
    assert room.xdcp("n1", "-R", *means, str(tree), str(room.there)) == (0, "", "")
    copied = room.there / "tree"
    assert (copied / "a/deeper/ümlaut\n").read_text() == "2"
    assert ((copied / "link").is_symlink(), (copied / "link").read_text()) == (False, "1")
    assert mode_of(copied / "a") == 0o500
    assert room.xdcp("n1", *means, str(tree), str(room.there)) == (
        1,
        "",
        f"Error: {tree} is a folder: say -R to copy it with all that is in it\n",
    )


def test_what_is_in_the_way_and_what_is_missing(room: Room, file: Path) -> None:
    (room.there / "some file").mkdir()
    os.mkfifo(room.there / "pipe")
    said = {
        f"{room.there}": f"{room.there}/some file is in the way there: it is no regular file",
        f"{room.there}/pipe": f"{room.there}/pipe is in the way there: it is no regular file",
        f"{room.there}/no/file": f"the folder {room.there}/no is not there: make it, or correct the path",
        f"{room.there}/no/": f"{room.there}/no/ is no folder there: make it",
    }
    for target, sentence in said.items():
        assert room.xdcp("n1", str(file), target) == (1, "", f"[mn1]: n1: {sentence}\n")
    assert {path.name for path in room.there.iterdir()} == {"some file", "pipe"}
    assert room.xdcp("n1", f"{file}.none", str(room.there)) == (
        1,
        "",
        f"Error: {file}.none cannot be read: no such file or directory\n",
    )


def test_by_rsync_only_what_differs_travels_and_its_words_are_passed_on(room: Room, file: Path) -> None:
    assert room.xdcp("n1", "-r", "rsync", str(file), f"{room.there}/") == (0, "", "")
    copied = room.there / "some file"
    before = copied.stat()
    assert room.xdcp("n1", "--sudo", str(file), f"{room.there}/") == (0, "", "")
    assert (copied.stat().st_ino, copied.read_bytes()) == (before.st_ino, file.read_bytes())
    status, _, err = room.xdcp("n1", "-r", "rsync", str(file), f"{room.there}/no/where/file")
    assert (status, err.startswith("[mn1]: n1: rsync did not bring everything ([Receiver]")) == (1, True)
    assert err.endswith("No such file or directory (2)): make the folder, or correct the path\n")


def test_a_full_disk(room: Room, tmp_path: Path) -> None:
    """The nodes have mounts of their own."""
    big = tmp_path / "big"
    big.write_bytes(os.urandom(3 << 20))
    typed(room.mn, f"xdsh n1 'mount -t tmpfs -o size=1m small {room.there} && echo old >{room.there}/old'")
    try:
        for means in ((), ("-r", "rsync")):
            status, _, err = room.xdcp("n1", *means, str(big), f"{room.there}/old")
            assert (status, err.endswith("make room there\n")) == (1, True), err
            assert typed(room.mn, f"xdsh n1 'cd {room.there}; ls -A; cat *'") == "n1: old\nn1: old\n"
        typed(room.mn, f"xdsh n1 mount -o remount,ro {room.there}")
        assert room.xdcp("n1", str(big), f"{room.there}/old")[2].endswith("its file system is mounted read-only\n")
    finally:
        typed(room.mn, f"xdsh n1 umount {room.there}")


def test_copies_of_two_hundred_nodes(room: Room, file: Path) -> None:
    folder = room.there / "pulled"
    missing = room.xdcp("n1", "-P", str(file), str(folder))
    assert missing == (1, "", f"Error: [mn1]: {folder} is no folder on mn1, where the copies come: make it\n")
    folder.mkdir()
    assert room.xdcp("n[1-200]", "-P", "-p", str(file), str(folder)) == (0, "", "")
    assert {path.name for path in folder.iterdir()} == {f"some file._n{number}" for number in range(1, 201)}
    assert {path.read_bytes() for path in folder.iterdir()} == {file.read_bytes()}
    assert mode_of(folder / "some file._n200") == 0o640


def test_a_folder_of_nodes_comes_only_with_r(room: Room, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "a").mkdir(parents=True)
    (tree / "a/one").write_text("1")
    (tree / "back").symlink_to(tree)
    refused = room.xdcp("n1", "-P", str(tree), str(room.there))
    assert refused == (1, "", f"[mn1]: n1: {tree} is a folder there: say -R to copy it with all that is in it\n")
    assert "a link there may lead back" in room.xdcp("n1", "-RP", str(tree), str(room.there))[2]
    (tree / "back").unlink()
    assert room.xdcp("n[1-2]", "-RP", str(tree), str(room.there)) == (0, "", "")
    assert [(room.there / f"tree._n{number}/a/one").read_text() for number in (1, 2)] == ["1", "1"]
    assert room.xdcp("n1", "-P", "/dev/zero", str(room.there))[2].endswith(
        "/dev/zero is neither a file nor a folder there, so it is not copied\n"
    )


def test_a_node_that_hangs_after_the_login_is_given_up(room: Room, file: Path) -> None:
    for nodes, means in (("odd1,n1", ()), ("odd1", ("-r", "rsync"))):
        patient = ("-o", "-oConnectTimeout=60", "-t", "5")
        status, out, err = room.xdcp(nodes, *patient, *means, str(file), str(room.there))
        sentence = "it took nothing and said nothing for 5 s, so it was given up: -t takes more seconds"
        assert (status, out, err) == (1, "", f"[mn1]: odd1: {sentence}\n")
    assert (room.there / "some file").read_bytes() == file.read_bytes()


def test_a_node_that_goes_away_in_the_middle_has_no_half_a_file(room: Room, tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(os.urandom(2 << 20))
    (room.there / "big").write_text("old")
    for means in ((), ("-r", "rsync")):
        status, out, err = room.xdcp("odd2", "--json", *means, str(big), str(room.there))
        assert (status, "run it again, each is whole or as it was" in out + err) == (1, True)
        assert json.loads(out)[0]["attributes"]["verdict"] == "unknown"
    assert (room.there / "big").read_text() == "old"


def test_no_rsync_and_no_sftp(room: Room, file: Path) -> None:
    assert room.xdcp("odd3", "-r", "rsync", str(file), str(room.there)) == (
        1,
        "",
        "[mn1]: odd3: rsync is not installed there: install its package rsync\n",
    )
    status, _, err = room.xdcp("odd4", str(file), str(room.there))
    assert (status, err.startswith("[mn1]: odd4: "), "SFTP" in err) == (1, True, True)


def test_a_host_whose_key_is_not_known_gets_nothing(room: Room, file: Path) -> None:
    assert room.xdcp("n900", str(file), str(room.there)) == (
        1,
        "",
        "[mn1]: n900: its host key is not known here, and nothing was sent: run makeknownhosts n900\n",
    )
    assert list(room.there.iterdir()) == []


def test_only_root_has_any_file_read(room: Room, file: Path) -> None:
    typed(room.mn, "mkdef -t policy -o 8 name=joe commands=xdcp rule=allow")
    joe = str(credentials(room.mn, "joe"))

    def tries(*words: str) -> tuple[int, str, str]:
        return room.xdcp("n1", "-l", "root", *words, str(room.there), tls=True, XCAT_CREDENTIALS=joe)

    assert tries("/etc/hostname") == (0, "", "")
    assert (room.there / "hostname").read_text() == Path("/etc/hostname").read_text()
    (room.there / "hostname").unlink()
    link = room.there.parent / "link"
    link.symlink_to("/etc/hostname")
    refused = "is not copied for you: it is not readable for everybody"
    for words, sentence in (
        (("/etc/shadow",), f"/etc/shadow {refused}"),
        ((str(file),), f"{file} {refused}"),
        (("-R", "/etc/ssh"), refused),
        ((str(link),), f"{link} leads through a symbolic link: name /etc/hostname"),
        (("-P", "/etc/hostname"), "Only root copies with xdcp -P"),
        (("-F", "/etc/hostname"), "Only root copies with xdcp -F"),
    ):
        status, _, err = tries(*words)
        assert (status, sentence in err) == (1, True), err
    assert list(room.there.iterdir()) == []


def test_files_of_a_list_and_what_would_change(room: Room, lists: Path) -> None:
    plain = lists / "plain"
    plain.write_text("plain\n")
    synclist = lists / "synclist"
    synclist.write_text(f"{plain} -> {room.there}/one\n{plain} -> (n2) {room.there}/two\n")
    assert room.xdcp("n1", "-F", str(synclist), "--dry-run") == (0, f"n1: would bring {room.there}/one\n", "")
    assert list(room.there.iterdir()) == []
    assert room.xdcp("n[1-2]", "-F", str(synclist)) == (0, "", "")
    assert [(room.there / name).read_text() for name in ("one", "two")] == ["plain\n", "plain\n"]
    assert room.xdcp("n[1-2]", "-F", str(synclist), "--dry-run") == (0, "", "")
    status, _, err = room.xdcp("n1", "-s", "-F", str(synclist))
    assert (status, err) == (1, "[mn1]: n1: it has no service node, so xdcp -s brings nothing: leave -s out\n")


def test_an_image_gets_files_within_its_own_root(room: Room, file: Path, lists: Path) -> None:
    root = lists / "images/compute/rootimg"
    (root / "usr/etc").mkdir(parents=True)
    (root / "etc").symlink_to("/usr/etc")
    synclist = lists / "synclist"
    (lists / "plain").write_text("of a list")
    synclist.write_text(f"{lists}/plain -> /etc/listed\n")
    typed(room.mn, f"mkdef -t osimage -o img imagetype=linux osvers=debian12 rootimgdir={root.parent}")
    assert room.xdcp("-i", str(root), str(file), "/etc/named") == (0, "", "")
    assert (root / "usr/etc/named").read_bytes() == file.read_bytes()
    assert not Path("/usr/etc/named").exists()
    assert room.xdcp("-i", "img", "-F", str(synclist), "--dry-run") == (0, "would bring /usr/etc/listed\n", "")
    assert room.xdcp("-i", "img", "-F", str(synclist)) == (0, "brought /usr/etc/listed\n", "")
    assert (root / "usr/etc/listed").read_text() == "of a list"
    assert room.xdcp("-i", "/", str(file), "/etc/named")[2].startswith(
        "Error: [mn1]: / is not the root folder of an image"
    )
    assert room.xdcp("--rootimg", "none", str(file), "/x")[2].startswith(
        "Error: [mn1]: The osimage 'none' has no rootimgdir"
    )
    assert room.xdcp(str(file), "/no/such/file", "-i", str(root)) == (
        1,
        "",
        f"Error: [mn1]: the folder of /no/such/file is not in {root}: make it, or correct the path\n",
    )


def test_no_rsync_is_left_when_the_caller_hangs_up(room: Room, file: Path) -> None:
    where = {"XCAT_ROOT": str(room.mn.root), "XCAT_CREDENTIALS": str(room.mn.credentials)}
    client = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", CLIENT, "xdcp", "odd1", "-r", "rsync", str(file), str(room.there)],
        env=environment(**where),
    )
    try:
        until(lambda: rsyncs(file), "rsync to begin")
    finally:
        client.terminate()
        client.wait()
    until(lambda: not rsyncs(file), "rsync to be gone")


async def test_one_that_is_given_up_at_any_moment_ends(room: Room, file: Path) -> None:
    """Also while rsync is just being started."""
    key = str(room.mn.root / "root/.ssh/id_ed25519")
    where = {"port": room.odd.port, "username": "root", "client_keys": [key], "known_hosts": None}
    async with asyncio.timeout(60), asyncssh.connect(f"{NET}.5.1", **where) as connection:
        for number in range(150):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(number / 5000):
                    await send(connection, [file], str(room.there))
    until(lambda: not rsyncs(file), "rsync to be gone")


def test_words_that_make_no_sense(room: Room, file: Path) -> None:
    name = str(file)
    for words, sentence in (
        ((name,), "files to copy and where to are missing"),
        (("-o", "-4", name, "/x"), "xdcp -o does not take '-4'"),
        (("-r", "/usr/bin/rcp", name, "/x"), "by scp (which is SFTP here) or by rsync, not by rcp"),
        (("-r", "scp", "--sudo", name, "/x"), "--sudo needs rsync on both sides"),
        (("-F", name, name, "/x"), "xdcp -F says by the list what is copied"),
        (("-s", name, "/x"), "xdcp -s goes with -F only"),
        (("-P", name, name, "/x"), "xdcp -P takes one file"),
        (("-P", "/", "/x"), "has no name that a copy could have"),
        (("-f", "0x", name, "/x"), "-f takes a whole number"),
        (("-t", "-1", name, "/x"), "xdcp -t takes seconds, more than none"),
        (("-B", name, "/x"), "xdcp -B: files are copied by the daemon only"),
    ):
        status, _, err = room.xdcp("n1", *words)
        assert (status, sentence in err) == (1, True), err
    assert "DSH_FANOUT is 'x', which is no number" in room.xdcp("n1", name, "/x", DSH_FANOUT="x")[2]
    assert room.xdcp("-i")[2].startswith("Error: xdcp -i needs the name of an osimage")
    status, out, _ = room.xdcp("-q", DSH_FANOUT="7")
    assert (status, "DSH:DSH_FANOUT=7" in out) == (0, True)


def test_what_is_on_the_way_is_shown(room: Room, file: Path) -> None:
    status, out, err = room.xdcp("n1", "-v", "-T", str(file), str(room.there))
    assert (status, out) == (0, "")
    assert err == f"[mn1]: n1: TRACE: connects to {NET}.1.1 as root, copies by SFTP\n"
    rsync = {"DSH_NODE_RCP": "/usr/bin/rsync"}
    assert room.xdcp("n1", "-T", str(file), str(room.there), **rsync)[2].endswith("copies by rsync\n")
    assert room.xdcp("n1", "-T", "-X", str(file), str(room.there), **rsync)[2].endswith("copies by SFTP\n")
    status, _, err = room.xdcp("n1", "-v", "-o", "-p 1", str(file), str(room.there))
    assert (status, err.startswith("Error: [mn1]: n1 is not responding, make sure it is a node object")) == (1, True)


@pytest.mark.endurance
@pytest.mark.parametrize("means", [(), ("-r", "rsync"), ("-P",)])
def test_a_hundred_megabytes_do_not_make_the_daemon_grow(room: Room, tmp_path: Path, means: tuple[str, ...]) -> None:
    assert room.mn.process is not None
    big = tmp_path / "big"
    with big.open("wb") as out:
        for _ in range(100):
            out.write(os.urandom(1 << 20))
    before = _memory(room.mn.process.pid, "VmRSS:")
    assert room.xdcp("n[1-2]", *means, str(big), str(room.there)) == (0, "", "")
    assert {path.stat().st_size for path in room.there.iterdir()} == {100 << 20}
    grown = _memory(room.mn.process.pid, "VmHWM:") - before
    print("grown by KiB", grown)
    assert grown < 50 << 10
    for path in (big, *room.there.iterdir()):
        path.unlink()


def _memory(pid: int, name: str) -> int:
    """In KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def rsyncs(file: Path) -> list[str]:
    """The processes that have this file in their command line, but for the client."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if bytes(file) in words and words[0].endswith(b"rsync"):
            found.append(path.parent.name)
    return found
