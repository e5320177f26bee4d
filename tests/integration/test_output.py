"""Much output, progress and listings at the doors of a real daemon."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, log_lines, until
from tests.helpers.cluster import CLIENT, Daemon, environment
from tests.helpers.conversation import request
from tests.helpers.perlprint import Printed, perlprint
from tests.helpers.shells import READY, shell
from tests.helpers.stage import LAB_PLUGIN, give_plugin
from tests.helpers.xmlclient import ask

LINES = 400_000
"""Of 100 bytes: more than all buffers on the way hold."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    def prepare(daemon: Daemon) -> None:
        give_plugin(daemon, LAB_PLUGIN.with_name("outputplugin.py"))

    with alone(tmp_path_factory.mktemp("daemon"), prepare=prepare) as daemon:
        yield daemon


def old_client(daemon: Daemon, *words: str, show_source: bool = False) -> Printed:
    """What a client of xCAT 2 prints."""
    host, port = daemon.host.split(":")
    answer = asyncio.run(ask(host, int(port), request(*words), daemon.credentials))
    return perlprint(answer, show_source=show_source)


def test_all_of_much_output_comes_in_its_order(daemon: Daemon, tmp_path: Path) -> None:
    for tls in (False, True):
        done = daemon.run("labflood", str(LINES), str(tmp_path / "end"), tls=tls)
        assert (done.stderr, done.returncode) == ("", 0)
        assert [line.split()[0] for line in done.stdout.splitlines()] == [str(number) for number in range(LINES)]
    assert (tmp_path / "end").read_text() == "all was said"


def test_old_clients_print_the_same(daemon: Daemon, tmp_path: Path) -> None:
    for words in (("labflood", "5000", str(tmp_path / "end")), ("labnodes", "5000")):
        done = daemon.run(*words)
        printed = old_client(daemon, *words)
        assert done.stdout.count("\n") == 5000
        assert printed.stdout.decode(errors="surrogateescape") == done.stdout
        sourced = old_client(daemon, *words, show_source=True).stdout.decode(errors="surrogateescape")
        assert sourced == daemon.run(*words, XCATSHOWSVR="1").stdout == daemon.run(*words, "-V").stdout


def test_who_stops_reading_ends_the_command(daemon: Daemon, tmp_path: Path) -> None:
    """`COMMAND | head -1`: no word of complaint, and nothing goes on behind it."""
    file = tmp_path / "end"
    words = [sys.executable, "-I", "-S", "-c", CLIENT, "labflood", str(LINES), str(file)]
    with subprocess.Popen(
        words, stdin=-3, stdout=-1, stderr=-1, text=True, env=environment(XCAT_ROOT=str(daemon.root))
    ) as client:
        assert client.stdout and client.stderr
        assert client.stdout.readline().startswith("0 xxx")
        client.stdout.close()
        assert client.stderr.read() == ""
    assert client.returncode == 141
    until(lambda: file.exists() and file.read_text(), "the end of the command")
    assert file.read_text() == "cancelled"
    assert not [line for line in log_lines(daemon) if line["level"] == "error"]


def test_a_listing_in_json_is_the_same_at_each_door(daemon: Daemon) -> None:
    for words in (("labjson", "3000", "fail", "--json"), ("labjson", "3000", "fail", "--json", "-V")):
        done = daemon.run(*words)
        printed = old_client(daemon, *words, show_source="-V" in words)
        listed = json.loads(done.stdout)
        assert json.loads(printed.stdout) == listed
        assert len(listed) == 3000
        assert printed.stderr.decode() == done.stderr == "Warning: [mn1]: looks odd\nError: [mn1]: did not succeed\n"
        assert printed.status == done.returncode == 4


def test_progress_is_for_terminals(daemon: Daemon, tmp_path: Path) -> None:
    xcat = tmp_path / "xcat"
    xcat.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S -c "{CLIENT}" "$@"\n')
    xcat.chmod(0o755)
    env = environment(XCAT_ROOT=str(daemon.root), PS1=READY, TERM="dumb", INPUTRC="/dev/null")
    with shell(["bash", "--norc", "--noprofile", "-i"], env) as terminal:
        shown = terminal.run(f"{xcat} labchange").partition("labchange")[2]
        assert shown.strip("\r\n") == "1 of 4 (25%)\r            \rchanged"
        shown = terminal.run(f"{xcat} labchange 2>/dev/null").partition("null")[2]
        assert shown.strip("\r\n") == "changed"
    done = daemon.run("labchange")
    assert (done.stdout, done.stderr) == ("changed\n", "")
    assert old_client(daemon, "labchange") == Printed(b"changed\n", b"", 0)
