"""What login shells get; the texts are run by a real shell."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from xcatd.errors import UsageError
from xcatd.remote.devices import Device
from xcatd.remote.wrapping import EXCHANGE, Order, emptying, with_name


def run(text: str, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["/bin/sh", "-c", text], input=stdin, capture_output=True, env={"PATH": os.environ["PATH"], **env}
    )


def test_a_plain_command_goes_as_it_was_typed() -> None:
    assert Order(("echo", "a  b;", "$HOME")).text() == "echo a  b; $HOME"
    assert Order(("show", "vlan | no"), device=Device()).text() == "show vlan | no"


def test_the_name_of_the_node_is_in_a_variable_of_any_shell() -> None:
    for shell, syntax in (("sh", ""), ("bash", "ksh"), ("tcsh", "csh")):
        line = with_name("n1", "echo $NODE; exit 3", syntax)
        done = subprocess.run([shell, "-c", line], capture_output=True, env={"PATH": os.environ["PATH"]})
        assert (done.returncode, done.stdout) == (3, b"n1\n"), shell


def test_sudo_and_variables_are_for_the_whole_command() -> None:
    assert Order(("id -u; id -g",), sudo=True).text() == "sudo -n -- sh -c 'id -u; id -g'"
    order = Order(("echo $A", "'$A'; umask; cat"), environment="A='it is'\nexport A")
    done = run(f"umask 027; {order.text()}", order.stdin)
    assert (done.stdout, "it is" in order.text()) == (b"it is $A\n0027\n", False)


def test_a_script_runs_and_is_removed(tmp_path: Path) -> None:
    order = Order(("ignored", "a  b"), script=b'#!/bin/sh\necho "$0" "$1" $B\nexit 6\n', environment="export B=bee")
    done = run(order.text(), order.stdin, TMPDIR=str(tmp_path))
    assert (done.returncode, done.stdout.split(b" ", 1)[1], list(tmp_path.iterdir())) == (6, b"a  b bee\n", [])


def test_a_script_that_did_not_arrive_whole_is_not_run(tmp_path: Path) -> None:
    order = Order(("ignored",), script=b"#!/bin/sh\necho run\n#and more\n")
    done = run(order.text(), order.stdin[:-5], TMPDIR=str(tmp_path))
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (126, b"", [])


def test_what_no_node_would_take() -> None:
    for words in (("a\0b",), ("x" * 100_001,)):
        with pytest.raises(UsageError, match="put it into a script, with -e"):
            Order(words).text()


def test_keys_are_added_once(tmp_path: Path) -> None:
    keys = b"ssh-ed25519 AAAAone root@mn\nssh-rsa AAAAtwo root@mn\n"
    file = tmp_path / ".ssh/authorized_keys"
    assert run(EXCHANGE, keys, HOME=str(tmp_path)).stdout == b"2\n"
    assert (file.read_bytes(), file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (keys, 0o600, 0o700)
    assert run(EXCHANGE, keys, HOME=str(tmp_path)).stdout == b"0\n"
    file.write_bytes(b'from="mn" ssh-ed25519 AAAAone other comment')
    assert run(EXCHANGE, keys, HOME=str(tmp_path)).stdout == b"1\n"
    assert file.read_bytes() == b'from="mn" ssh-ed25519 AAAAone other comment\nssh-rsa AAAAtwo root@mn\n'


def test_only_a_folder_that_may_be_one_of_staged_files_is_emptied(tmp_path: Path) -> None:
    folder = tmp_path / "staged"
    (folder / "deep/er").mkdir(parents=True)
    (folder / ".hidden").write_text("")
    assert run(emptying(f"{folder}/")).returncode == 0
    assert list(folder.iterdir()) == []
    (tmp_path / "node/kept").mkdir(parents=True)
    assert run(emptying(f"{tmp_path}/none", f"{tmp_path}/node")).returncode == 0
    assert list((tmp_path / "node").iterdir()) == []
    for other in ("/", "/var", "var/xcat", "/var/../etc/x", "/a/b;rm", ""):
        with pytest.raises(UsageError, match="is not emptied"):
            emptying("/var/xcat/syncfiles", other)
