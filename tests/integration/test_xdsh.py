"""`xdsh` as an operator sees it, against real sshds: what nodes say, how commands end, and whom it believes."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.alone import alone, typed
from tests.helpers.atterminal import at_terminal
from tests.helpers.claims import network
from tests.helpers.cluster import Daemon
from tests.helpers.frameclient import FrameClient
from tests.helpers.sshnodes import PASSWORD, Sshd, acquaint, key_for_root, new_authority, sshd
from tests.helpers.tmpfs import tmpfs

NET = network()


@dataclass(frozen=True)
class Room:
    """A management node; sshds that root may enter (n1 to n200), that want a password (p1), and with a certificate (c1, c2)."""

    mn: Daemon
    open: Sshd
    closed: Sshd
    signed: Sshd

    def xdsh(self, *words: str, **env: Any) -> tuple[int, str, str]:
        done = self.mn.run("xdsh", *words, **env)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("xdsh")
    authority = new_authority(folder)
    with (
        alone(folder) as mn,
        sshd(folder / "open") as open_one,
        sshd(folder / "closed") as closed,
        sshd(folder / "signed", certificate=authority) as signed,
    ):
        key_for_root(mn, open_one, signed)
        typed(mn, *_nodes())
        acquaint(mn, {"p*": closed.port, "c*": signed.port, "*": open_one.port}, ed25519=open_one)
        (mn.root / "etc/xcat/hostkeys/ssh_host_ca.pub").write_text(authority.with_suffix(".pub").read_text())
        typed(mn, "makeknownhosts n[1-200]")
        room = Room(mn, open_one, closed, signed)
        yield room


def _nodes() -> tuple[str, ...]:
    return (
        f"nodeadd n[1-200] groups=all 'hosts.ip=|n(\\d+)|{NET}.1.($1)|'",
        f"nodeadd p1 groups=odd hosts.ip={NET}.2.1",
        f"nodeadd p2 groups=odd hosts.ip={NET}.2.2",
        f"nodeadd c1 groups=odd hosts.ip={NET}.3.1",
        "nodeadd nowhere.invalid groups=odd",
        f"nodeadd n900 groups=odd hosts.ip={NET}.4.1",
    )


def test_what_nodes_say_comes_to_the_streams_on_which_they_said_it(room: Room) -> None:
    status, out, err = room.xdsh("n1,n2", "--ordered", "echo one; echo two >&2; printf three")
    assert (status, out) == (0, "n1: one\nn1: three\nn2: one\nn2: three\n")
    assert sorted(err.splitlines()) == ["[mn1]: n1: two", "[mn1]: n2: two"]


def test_behind_the_noderange_and_the_options_all_words_are_the_command(room: Room) -> None:
    assert room.xdsh("n1", "-z", "echo", "-n", "-e", "-V", "--ordered") == (
        0,
        "n1: -e -V --ordered\nn1: Remote_command_rc = 0\n",
        "",
    )


def test_the_exit_status_is_the_number_of_nodes_that_failed(room: Room) -> None:
    command = "case $SSH_CONNECTION in *.1.[123]\\ *) exit 7;; esac"
    assert room.xdsh("n[1-5]", command)[0] == 3
    status, out, err = room.xdsh("n[1-4]", "-z", "--ordered", command)
    assert (status, out.splitlines()[::3], err) == (3, ["n1: Remote_command_rc = 7", "n4: Remote_command_rc = 0"], "")
    assert room.xdsh("n1", "-s", "exit 9") == (1, "", "[mn1]: n1: remote Command had return code: 9 \n")
    assert room.xdsh("n1", "-z", "kill -9 $$")[1] == "n1: Remote_command_rc = 137\n"


def test_two_hundred_nodes_that_said_the_same_are_one_answer(room: Room) -> None:
    status, out, err = room.xdsh("n[1-200]", "--fold", "-f", "32", "echo same")
    assert (status, out.splitlines()[1:4], err) == (0, ["n[1-200]", "=" * 36, "same"], "")


def test_octets_arrive_as_they_were(room: Room) -> None:
    said = bytes(range(1, 256)) + b"\0\n\r\n\xff\n"
    room.mn.root.joinpath("octets").write_bytes(said)
    with FrameClient(room.mn) as client:
        client.send("xdsh", "n1", f"cat {room.mn.root}/octets")
        shown = b"".join(payload for kind, payload in client.answer() if kind == b"O")
    assert shown == b"".join(b"n1: " + line + b"\n" for line in said.split(b"\n")[:-1])


def test_a_script_is_copied_run_with_its_words_and_removed(room: Room, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text('#!/bin/sh\necho "$0" "$2"; echo "$SITE"; cat\nexit 4\n')
    env = tmp_path / "env"
    env.write_text("SITE='our site'\nexport SITE\n")
    status, out, err = room.xdsh("n1", "-E", str(env), "-z", "-e", str(script), "a", "b  c")
    lines = out.splitlines()
    assert (status, lines[1:], err) == (1, ["n1: our site", "n1: Remote_command_rc = 4"], "")
    assert lines[0].endswith(" b  c")
    assert not Path(lines[0].split()[1]).exists()
    assert room.xdsh("n1", "-e", str(tmp_path / "none")) == (
        1,
        "",
        f"Error: xdsh: {tmp_path}/none cannot be read: no such file or directory.\n",
    )


def test_variables_are_read_before_a_command(room: Room, tmp_path: Path) -> None:
    env = tmp_path / "env"
    env.write_text("SITE='our site'\n")
    assert room.xdsh("n1", "-E", str(env), "echo $SITE")[1] == "n1: our site\n"
    assert room.xdsh("n1", "echo $SITE", DSH_ENVIRONMENT=str(env))[1] == "n1: our site\n"
    assert room.xdsh("n1", "-X", "echo $SITE", DSH_ENVIRONMENT=str(env))[1] == "n1: \n"


def test_a_node_that_says_nothing_is_given_up_and_the_others_are_not(room: Room) -> None:
    status, out, err = room.xdsh(
        "n[1-3]", "-t", "8", "case $SSH_CONNECTION in *.1.2\\ *) echo begun; sleep 60;; esac; echo end"
    )
    assert (status, sorted(out.splitlines())) == (1, ["n1: end", "n2: begun", "n3: end"])
    assert err == "[mn1]: n2: nothing was heard of it for 8 s, so it was given up: -t takes more seconds\n"


def test_a_node_that_hangs_up_in_the_middle(room: Room) -> None:
    status, out, err = room.xdsh(
        "n[1-2]", "--ordered", "echo begun; case $SSH_CONNECTION in *.1.2\\ *) kill -9 $PPID; sleep 60;; esac"
    )
    assert (status, out.startswith("n1: begun\n")) == (1, True)
    assert err.startswith("[mn1]: n2: the connection ")
    assert "the command may still run there" in err


def test_a_key_that_is_not_known_is_refused_and_so_is_another_one(room: Room) -> None:
    known = room.mn.root / "root/.ssh/known_hosts"
    assert room.xdsh("n900", "true") == (
        1,
        "",
        "[mn1]: n900: its host key is not known here, and nothing was sent: run makeknownhosts n900\n",
    )
    before = known.read_text()
    known.write_text(before + f"p2 {room.signed.public()}\n")
    status, _, err = room.xdsh("p2", "true")
    known.write_text(before)
    assert (status, "is not the one in known_hosts, and nothing was sent: if the node was installed anew" in err) == (
        1,
        True,
    )


def test_hosts_are_made_known_and_those_that_nobody_knows_are_named(room: Room) -> None:
    done = room.mn.run("makeknownhosts", "n7,nowhere.invalid", "-V")
    assert done.stderr == "Error: [mn1]: Can not resolve nowhere.invalid\n"
    assert (done.returncode, done.stdout.endswith("known_hosts is as it should be: 1 nodes\n")) == (1, True)


def test_a_host_with_a_certificate_of_the_authority_is_believed(room: Room) -> None:
    assert room.xdsh("c1", "echo certified") == (0, "c1: certified\n", "")


def test_nobody_at_the_address_and_no_address_at_all(room: Room) -> None:
    config = room.mn.root / "root/.ssh/config"
    before = config.read_text()
    config.write_text("Host *\n Port 1\n")
    status, out, err = room.xdsh("n1", "-v", "true")
    refused = room.xdsh("n2", "true")
    config.unlink()
    unresolved = room.xdsh("nowhere.invalid", "true")
    config.write_text(before)
    assert (status, out) == (1, "")
    assert err.startswith("Error: [mn1]: n1 is not responding, make sure it is a node object")
    assert (
        refused[2]
        == f"[mn1]: n2: cannot be reached at {NET}.1.2 port 1 (Connection refused): check that its sshd is up\n"
    )
    assert unresolved[2].startswith("[mn1]: nowhere.invalid: its name cannot be resolved: give hosts.ip")


def test_keys_are_let_in_with_a_password_that_is_typed_once(room: Room) -> None:
    known = room.mn.root / "root/.ssh/known_hosts"
    known.write_text(known.read_text() + f"p1 {room.closed.public()}\n")
    assert room.xdsh("p1", "true")[2].startswith("[mn1]: p1: root is not let in with a key of ")
    room.closed.authorized.write_text("ssh-rsa AAAAother somebody")
    wrong = room.xdsh("p1", "-K", DSH_REMOTE_PASSWORD="another")
    assert wrong[2].startswith("[mn1]: p1: the password of root is not accepted: ")
    with at_terminal(room.mn, "xdsh", "p1", "-K") as sitting:
        sitting.shell.see("Enter the password of root on the nodes: ")
        sitting.shell.type(PASSWORD + "\n")
        status, shown = sitting.end()
    assert (status, shown.strip()) == (0, "p1: 1 ssh keys added for root")
    assert room.xdsh("p1", "-K", DSH_REMOTE_PASSWORD=PASSWORD) == (0, "p1: the ssh keys are there for root\n", "")
    assert room.xdsh("p1", "echo in") == (0, "p1: in\n", "")
    first, second = room.closed.authorized.read_text().splitlines()
    assert (first, second.endswith("root@mn1")) == ("ssh-rsa AAAAother somebody", True)
    assert PASSWORD not in room.mn.log() + room.mn.errors()
    assert (
        room.xdsh("p1", "-K")[2]
        == "Error: xdsh -K needs a password: type it at a terminal, or give it in DSH_REMOTE_PASSWORD.\n"
    )


def test_words_that_make_no_sense(room: Room) -> None:
    assert room.xdsh("n1")[2] == "Error: xdsh: the command is missing; see xdsh -h\n"
    assert room.xdsh("n1", "-K", "date")[2] == "Error: xdsh -K stands alone, without a command\n"
    assert room.xdsh("n1", "-f", "0x", "date")[2] == "Error: xdsh: -f takes a whole number, not '0x'\n"
    assert room.xdsh("n1", "-f", "9999", "date")[2] == "Error: xdsh: the fanout is a number from 1 to 4096, not 9999\n"
    assert "DSH_TIMEOUT is 'soon', which is no number" in room.xdsh("n1", "date", DSH_TIMEOUT="soon")[2]


def test_settings_are_shown_without_the_daemon(room: Room) -> None:
    status, out, _ = room.xdsh("-q", DSH_FANOUT="7")
    assert (status, "DSH:DSH_FANOUT=7" in out, len(out.splitlines())) == (0, True, 26)
    assert room.xdsh("-V")[1] == room.mn.run("nodels", "-v").stdout
    assert room.xdsh("n1", "-B", "true")[2].startswith("Error: xdsh -B: commands run only in the daemon")


def test_staged_files_are_removed(room: Room) -> None:
    staged = room.mn.root / "staged/files"
    (staged / "etc").mkdir(parents=True)
    (staged / "etc/motd").write_text("hello")
    kept = room.mn.root / "kept/files"
    (kept / "etc").mkdir(parents=True)
    typed(room.mn, f"chtab key=SNsyncfiledir site.value={staged}", f"chtab key=nodesyncfiledir site.value={kept}")
    assert room.xdsh("n1", "-c") == (0, "", "")
    assert [*staged.iterdir(), *kept.iterdir()] == []
    typed(room.mn, "chtab key=SNsyncfiledir site.value=/")
    assert room.xdsh("n1", "-c")[2].startswith("Error: [mn1]: A folder of staged files is '/', which is not emptied")


def test_the_name_of_the_node_is_in_a_variable(room: Room) -> None:
    assert room.xdsh("n[1-2]", "--ordered", "echo $NODE")[1] == "n1: n1\nn2: n2\n"
    assert room.xdsh("n1", "-S", "csh", "true; exit 2")[2].startswith("[mn1]: n1: ")  # its shell is none


def test_what_scripts_look_for(room: Room) -> None:
    command = "case $NODE in n2) exit 7;; esac; echo in"
    status, out, err = room.xdsh("n[1-2]", "--nodestatus", "--ordered", command)
    assert (status, out, err) == (
        1,
        "n1: in\nn1: Remote_command_successful\nn2: Remote_command_failed, error_code=7\n",
        "",
    )
    assert room.xdsh("n900", "--nodestatus", "true")[1] == "n900: Remote_command_failed, error_code=255\n"
    _, out, _ = room.xdsh("n[1-2]", "-f", "1", "-Qm", command)
    assert room.mn.process is not None
    assert out.splitlines() == [
        f"dsh>  Dsh_process_id {room.mn.process.pid}",
        "dsh>  Dsh_initialization_completed",
        "dsh>  Dsh_remote_execution_started",
        "dsh>  Remote_command_started n1",
        "dsh>  Remote_command_successful n1",
        "dsh>  Remote_command_started n2",
        "dsh>  Remote_command_failed n2",
        "dsh>  Remote_command_execution_completed",
    ]


def test_how_a_node_is_reached_is_shown(room: Room) -> None:
    status, out, err = room.xdsh("n1", "-T", "-z", "echo in", DSH_REMOTE_PASSWORD="hush")
    assert (status, out) == (0, "n1: in\nn1: Remote_command_rc = 0\n")
    lines = err.splitlines()
    assert lines[0] == f"[mn1]: n1: TRACE: connects to {NET}.1.1 as root"
    assert " s (SSH-2.0-OpenSSH_" in lines[1]
    assert ", host key ssh-ed25519 SHA256:" in lines[1]
    assert lines[2] == "[mn1]: n1: TRACE: runs: echo in (0 bytes of standard input)"
    assert lines[3].startswith("[mn1]: n1: TRACE: ended with status 0 after ")
    assert "hush" not in err


def test_a_port_is_given(room: Room) -> None:
    config = room.mn.root / "root/.ssh/config"
    before = config.read_text()
    config.write_text("Host *\n Port 1\n")
    answers = [
        room.xdsh("n1", "-v", "-o", f"-p {room.open.port} -o ConnectTimeout=20", "echo in"),
        room.xdsh("n1", "echo in", DSH_NODE_OPTS=f"-p {room.open.port}"),
        room.xdsh("n1", "-X", "DSH_NODE_OPTS", "-z", "echo in", DSH_NODE_OPTS=f"-p {room.open.port}", DSH_FANOUT="x"),
    ]
    config.write_text(before)
    assert [answer[:2] for answer in answers] == [
        (0, "n1: in\n"),
        (0, "n1: in\n"),
        (0, "n1: in\nn1: Remote_command_rc = 0\n"),
    ]
    assert room.xdsh("n1", "-o", "-o StrictHostKeyChecking=no", "true")[2].endswith(
        "host keys are always checked; makeknownhosts says which are believed\n"
    )


def test_a_switch_takes_a_key_and_commands_in_its_own_way(room: Room) -> None:
    """An account whose shell is none of a POSIX system; here it shows what it got."""
    folder = room.mn.root / "var/opt/xcat/Switch/Ours"
    folder.mkdir(parents=True)
    (folder / "config").write_text("[xdsh]\npre-command=echo before;\npost-command=echo after\n")
    assert room.xdsh("n1", "--devicetype", "Switch::Ours", "echo in")[1] == "n1: before\nn1: in\nn1: after\n"
    assert (
        room.xdsh("n1", "echo in", DEVICETYPE="Switch::Ours", DSH_ENVIRONMENT="")[1]
        == "n1: before\nn1: in\nn1: after\n"
    )
    (folder / "config").write_text("[main]\nssh-setup-command=echo >$HOME/taken\n")
    answer = room.xdsh("n1", "-K", "--devicetype", "Switch::Ours", DSH_REMOTE_PASSWORD=PASSWORD)
    assert answer == (0, "n1: 1 ssh keys added for root\n", "")
    key = (room.mn.root / "root/.ssh/id_ed25519.pub").read_text()
    assert (room.open.home / "taken").read_text() == key
    (folder / "config").write_text("[main]\nssh-setup-command=false\n")
    answer = room.xdsh("n1", "-K", "--devicetype", "Switch::Ours", DSH_REMOTE_PASSWORD=PASSWORD)
    assert answer == (1, "", "[mn1]: n1: a key for root is not taken (1)\n")
    assert (
        "How Other takes a key is not known"
        in room.xdsh("n1", "-K", "--devicetype", "Other", DSH_REMOTE_PASSWORD=PASSWORD)[2]
    )


def test_a_node_that_hangs_before_or_after_the_login_is_given_up(room: Room) -> None:
    with socket.create_server((f"{NET}.1.5", 0)) as deaf:
        port = deaf.getsockname()[1]
        status, out, err = room.xdsh("n5", "-t", "2", "-o", f"-p {port}", "true")
    assert (status, out) == (1, "")
    assert err.startswith(f"[mn1]: n5: no login at {NET}.1.5 within 2 s")
    stopped = room.mn.root / "stopped"
    command = f"case $NODE in n2) echo $PPID >{stopped}; kill -STOP $PPID; sleep 60;; esac; echo end"
    status, out, err = room.xdsh("n[1-3]", "-t", "8", command)
    os.kill(int(stopped.read_text()), signal.SIGKILL)
    assert (status, sorted(out.splitlines())) == (1, ["n1: end", "n3: end"])
    assert err == "[mn1]: n2: nothing was heard of it for 8 s, so it was given up: -t takes more seconds\n"


def test_a_disk_that_is_full_stops_a_script_before_it_runs(room: Room, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_bytes(b"#!/bin/sh\necho it ran\n#" + b"x" * (1 << 20))
    with tmpfs(tmp_path / "small", "512k") as small, sshd(tmp_path / "full", f"SetEnv TMPDIR={small}") as full:
        full.authorized.write_bytes(room.open.authorized.read_bytes())
        known = room.mn.root / "root/.ssh/known_hosts"
        before = known.read_text()
        known.write_text(before + f"n200 {full.public()}\n")
        status, out, err = room.xdsh("n200", "-z", "-o", f"-p {full.port}", "-e", str(script))
        known.write_text(before)
        left = list(small.iterdir())
    assert (status, out, left) == (1, "n200: Remote_command_rc = 126\n", [])
    assert err.startswith("[mn1]: n200: ")
    assert "No space left on device" in err
    assert room.xdsh("n1", "-e", str(script))[:2] == (0, "n1: it ran\n")


@pytest.mark.endurance
def test_a_hundred_megabytes_of_one_node_do_not_make_the_daemon_grow(room: Room) -> None:
    assert room.mn.process is not None
    before = _resident(room.mn.process.pid)
    done = room.mn.run("xdsh", "n[1-2]", f"yes {'0123456789' * 7} | head -c 100000000")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout) == 2 * (100_000_000 + 4 * (100_000_000 // 71 + 1) + 1)
    assert _peak(room.mn.process.pid) - before < 100 << 10


def _resident(pid: int) -> int:
    return _status(pid, "VmRSS:")


def _peak(pid: int) -> int:
    return _status(pid, "VmHWM:")


def _status(pid: int, name: str) -> int:
    """In KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))
