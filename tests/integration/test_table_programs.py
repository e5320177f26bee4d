"""The client's programs for tables, with a real daemon and an editor that is a small script."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, credentials, typed, until
from tests.helpers.cluster import CLIENT, PATIENCE, SOURCE, Daemon, environment
from tests.helpers.perlprint import Printed, perlprint
from tests.helpers.xmlclient import ask
from xcatd.store import TABLES

HEAD = "#rackname,displayname,num,height,room,comments,disable\n"
UNCHANGED = "No file modifications detected, not restoring.\n"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("tables")) as running:
        yield running


@pytest.fixture(autouse=True)
def racks(daemon: Daemon) -> None:
    """Two racks, whatever was there before."""
    daemon.run("tabprune", "-a", "rack")
    typed(daemon, "chtab rackname=r1 rack.room=a", "chtab rackname=r2 rack.room=a")


def editor(folder: Path, script: str) -> str:
    path = folder / "editor"
    path.write_text(f"#!/bin/sh\nset -e\n{script}\n")
    path.chmod(0o755)
    return str(path)


def rows(daemon: Daemon, table: str = "rack") -> list[str]:
    return typed(daemon, f"tabdump {table}").splitlines()[1:]


def type_in(daemon: Daemon, *argv: str) -> str:
    """The shell command by which a script types something at the daemon."""
    words = " ".join(f"'{word}'" for word in argv)
    return f'XCAT_ROOT={daemon.root} {sys.executable} -I -S -c "{CLIENT}" {words}'


def test_an_edited_table_is_restored(daemon: Daemon, tmp_path: Path) -> None:
    done = daemon.run("tabedit", "rack", EDITOR=editor(tmp_path, 'sed -i \'/r1/s/"a"/"é"/; $a "r3",,,,"c",,\' $1'))
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert rows(daemon) == ['"r1",,,,"é",,', '"r2",,,,"a",,', '"r3",,,,"c",,']


def test_tabeditor_goes_before_editor_and_may_have_words(daemon: Daemon) -> None:
    done = daemon.run("tabedit", "rack", TABEDITOR="sed -i s/r1/r9/", EDITOR="false")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert sorted(rows(daemon)) == ['"r2",,,,"a",,', '"r9",,,,"a",,']


def test_a_file_that_is_not_changed_is_not_restored(daemon: Daemon) -> None:
    done = daemon.run("tabedit", "rack", EDITOR="true")
    assert (done.stdout, done.stderr, done.returncode) == (UNCHANGED, "", 0)


def test_nobody_else_can_read_the_file_and_it_is_gone_afterwards(daemon: Daemon, tmp_path: Path) -> None:
    script = f"stat -c '%a' . rack.csv >{tmp_path}/seen; pwd >>{tmp_path}/seen"
    daemon.run("tabedit", "rack", EDITOR=editor(tmp_path, script))
    folder_mode, file_mode, folder = (tmp_path / "seen").read_text().split()
    assert (folder_mode, file_mode) == ("700", "600")
    assert not Path(folder).exists()


def test_another_persons_change_is_not_overwritten_but_shown(daemon: Daemon, tmp_path: Path) -> None:
    theirs = type_in(daemon, "chtab", "rackname=r1", "rack.room=b")
    done = daemon.run("tabedit", "rack", EDITOR=editor(tmp_path, f"sed -i s/r2/r3/ $1\n{theirs}"))
    assert done.returncode == 1
    assert done.stderr == "Error: [mn1]: Somebody else has changed table rack meanwhile; nothing is restored\n"
    assert "--- rack when you began\n+++ rack now\n" in done.stdout
    assert '-"r1",,,,"a",,\n+"r1",,,,"b",,\n' in done.stdout
    assert rows(daemon) == ['"r1",,,,"b",,', '"r2",,,,"a",,']
    kept = re.search(r"Your file is kept as (\S+);", done.stdout)
    assert kept is not None
    file = Path(kept[1])
    assert file.read_text() == f'{HEAD}"r1",,,,"a",,\n"r3",,,,"a",,\n'
    file.unlink()
    file.parent.rmdir()


def test_errors_are_shown_and_the_file_is_edited_again(daemon: Daemon, tmp_path: Path) -> None:
    script = f"if [ -e {tmp_path}/again ]; then sed -i '$d' $1; else touch {tmp_path}/again; echo 'x\"y' >>$1; fi"
    done = daemon.run("tabedit", "rack", EDITOR=editor(tmp_path, f"sed -i s/r1/r7/ $1\n{script}"), stdin="\n")
    assert done.stdout == "Above errors occured, hit enter to edit, or ctrl-c to abort\n"
    assert 'CSV missing opening " for record with " characters on line 4, character 0: x"y' in done.stderr
    assert done.returncode == 0
    assert '"r7",,,,"a",,' in rows(daemon)


def test_errors_without_anybody_to_mend_them_keep_the_file(daemon: Daemon, tmp_path: Path) -> None:
    done = daemon.run("tabedit", "rack", EDITOR=editor(tmp_path, "echo 'x\"y' >>$1"), TMPDIR=str(tmp_path))
    assert done.returncode == 4
    (kept,) = tmp_path.glob("tabedit.*/rack.csv")
    assert f"Your file is kept as {kept};" in done.stdout
    assert len(rows(daemon)) == 2


@pytest.mark.parametrize(
    ("words", "stdout", "stderr"),
    [
        ([], "Usage: tabedit <tablename>\n       tabedit [-? | -h | --help]\n", ""),
        (["-h"], "Usage: tabedit <tablename>\n       tabedit [-? | -h | --help]\n", ""),
        (["nosuch"], "", "Error: [mn1]: No such table: nosuch\n"),
        (
            ["auditlog"],
            "The auditlog and eventlog tables may not be edited. Editing will cause index regeneration. Use the tabprune "
            "command.\n",
            "",
        ),
    ],
)
def test_what_cannot_be_edited(daemon: Daemon, words: list[str], stdout: str, stderr: str) -> None:
    done = daemon.run("tabedit", *words, EDITOR="false")
    assert (done.stdout, done.stderr, done.returncode) == (stdout, stderr, 1)


def test_an_editor_that_is_not_there_is_named(daemon: Daemon, tmp_path: Path) -> None:
    done = daemon.run("tabedit", "rack", EDITOR="no-such-editor", TMPDIR=str(tmp_path))
    assert done.stderr == (
        "Error: Cannot start the editor no-such-editor (No such file or directory): set EDITOR to another one.\n"
    )
    assert done.returncode == 1
    assert not list(tmp_path.iterdir())


def test_an_editor_that_is_terminated_with_the_program_leaves_nothing(daemon: Daemon, tmp_path: Path) -> None:
    script = editor(tmp_path, f"pwd >{tmp_path}/new; mv {tmp_path}/new {tmp_path}/began; exec cat {tmp_path}/wait")
    os.mkfifo(tmp_path / "wait")
    where = environment(XCAT_ROOT=str(daemon.root), EDITOR=script)
    running = subprocess.Popen([sys.executable, "-I", "-S", "-c", CLIENT, "tabedit", "rack"], env=where)
    folder = Path(
        until(lambda: (tmp_path / "began").exists() and (tmp_path / "began").read_text(), "the editor").strip()
    )
    running.send_signal(signal.SIGTERM)
    assert running.wait(PATIENCE) == 128 + signal.SIGTERM
    assert not folder.exists()


def test_a_file_is_restored_over_the_port_as_over_the_socket(daemon: Daemon, tmp_path: Path) -> None:
    for tls in (False, True):
        file = tmp_path / "rack.old.csv"
        file.write_text(f'{HEAD}"r{tls}",,,,"two\nlines",,\n')
        assert daemon.run("tabrestore", str(file), tls=tls).returncode == 0
        assert typed(daemon, "tabdump rack") == file.read_text()
    file.write_text("#rackname\nmore\n")
    assert typed(daemon, f"tabrestore --dry-run -a {file}") == "rack rackname=more: would be added: rackname=more\n"
    typed(daemon, f"tabrestore -a {file}")
    assert len(rows(daemon)) == 3


def test_what_tabrestore_cannot_do(daemon: Daemon, tmp_path: Path) -> None:
    usage = "Usage: tabrestore <tablename>.csv\n       tabrestore -a <tablename>.csv\n"
    done = daemon.run("tabrestore", str(tmp_path / "rack.csv"))
    assert (done.stdout, done.returncode) == (f"Error: Unable to open {tmp_path}/rack.csv for reading.\n", 3)
    done = daemon.run("tabrestore")
    assert (done.stdout.startswith(usage), done.returncode) == (True, 2)
    done = daemon.run("tabrestore", "-h")
    assert (done.stdout.startswith(usage), done.returncode) == (True, 0)
    done = daemon.run("tabrestore", "-x", "rack.csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: tabrestore: option -x not recognized; see tabrestore -h\n"
    assert typed(daemon, "tabrestore -v").startswith("Version ")
    (tmp_path / "nosuch.csv").write_text("#a\n")
    done = daemon.run("tabrestore", str(tmp_path / "nosuch.csv"))
    assert (done.stderr, done.returncode) == (
        "Error: [mn1]: Unable to open nosuch: there is no such table; see: tabdump\n",
        4,
    )


async def test_an_old_client_restores_a_table(daemon: Daemon) -> None:
    """What xCAT's own tabrestore sends: the table, and each line of the file in an element."""

    async def send(*lines: str, more: str = "") -> Printed:
        data = "".join(f"  <data>{line}\n</data>\n" for line in lines)
        request = f"<xcatrequest>\n{more}  <command>tabrestore</command>\n{data}  <table>rack</table>\n</xcatrequest>\n"
        return perlprint(await ask(daemon.address, daemon.port, request.encode(), daemon.credentials))

    good = Printed(b"", b"", 0)
    assert await send("#rackname,room", "&quot;x&quot;,&quot;one", "two&quot;") == good
    assert await asyncio.to_thread(rows, daemon) == ['"x",,,,"one', 'two",,']
    assert await send("#rackname,room", "y,1", more="  <addrows>yes</addrows>\n") == good
    assert await send("#rackname,room", "y&quot;,1", "z,1,1,1") == Printed(
        b"",
        b'Error: [mn1]: CSV missing opening " for record with " characters on line 2, character 0: y",1\n'
        b"Error: [mn1]: Too many fields on line 3: z,1,1,1\n",
        4,
    )
    assert len(await asyncio.to_thread(rows, daemon)) == 3


def test_all_tables_are_dumped_and_restored(daemon: Daemon, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "dump"
    said = typed(daemon, f"dumpxCATdb -V -p {folder}")
    assert said.startswith(f" Creating {folder} for database dump\nSkipping auditlog\nDumping bootmissed\n")
    assert said.endswith("Dumping zvmivp\nBackup Complete.\n")
    assert len(list(folder.iterdir())) == len(TABLES) - 2
    assert (folder.stat().st_mode & 0o777, (folder / "passwd.csv").stat().st_mode & 0o777) == (0o700, 0o600)
    assert (folder / "rack.csv").read_text() == typed(daemon, "tabdump rack")
    typed(daemon, "chtab -d rackname=r1 rack", "chtab key=x passwd.username=y")
    said = typed(daemon, f"restorexCATdb -V -p {folder}")
    assert said.startswith("Restoring bootmissed.csv.\n")
    assert said.endswith("Restoring zvmivp.csv.\nRestore of Database Complete.\n")
    assert len(rows(daemon)) == 2
    assert not [row for row in rows(daemon, "passwd") if row.startswith('"x"')]


def test_logs_are_dumped_and_restored_when_they_are_asked_for(daemon: Daemon, tmp_path: Path) -> None:
    typed(daemon, f"dumpxCATdb -a -p {tmp_path}")
    assert len(list(tmp_path.glob("*.csv"))) == len(TABLES)
    for file in tmp_path.glob("*.csv"):
        if file.name != "auditlog.csv":
            file.unlink()
    records = len((tmp_path / "auditlog.csv").read_text().splitlines())
    typed(daemon, "tabprune auditlog -a", f"restorexCATdb -a -p {tmp_path}")
    assert len(typed(daemon, "tabdump auditlog").splitlines()) >= records
    assert typed(daemon, f"restorexCATdb -V -p {tmp_path}") == "Skipping auditlog\nRestore of Database Complete.\n"


def test_tables_that_the_caller_leaves_out(daemon: Daemon, tmp_path: Path) -> None:
    done = daemon.run("dumpxCATdb", "-V", "-p", str(tmp_path), XCAT_SKIPTABLES="passwd,rack")
    assert done.returncode == 0
    assert "Skipping rack\n" in done.stdout
    assert not (tmp_path / "passwd.csv").exists()


def test_one_bad_file_restores_nothing(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "rack.csv").write_text('#rackname\nr8\n"r"9\n')
    (tmp_path / "zone.csv").write_text("#zonename\nz1\n")
    done = daemon.run("restorexCATdb", "-p", str(tmp_path))
    assert (done.stdout, done.returncode) == ("", 4)
    assert done.stderr == (
        'Error: [mn1]: rack.csv: CSV unescaped " in record on line 3, character 0: "r"9\n'
        "Error: Nothing is restored: mend the files that are named above, or move them away.\n"
    )
    assert (len(rows(daemon)), rows(daemon, "zone")) == (2, [])
    (tmp_path / "rack.csv").write_text("#rackname\nr8\n")
    assert "would be added" in typed(daemon, f"restorexCATdb --dry-run -p {tmp_path}")
    assert rows(daemon, "zone") == []


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["dumpxCATdb"], "Requires -p with path to directory to hold db files."),
        (["dumpxCATdb", "-b"], "Requires -p with path to directory to hold db files."),
        (["dumpxCATdb", "-p", "/dev/null/x"], "Cannot write /dev/null/x (Not a directory): name another folder."),
        (["restorexCATdb"], "-p with path to database files is required"),
        (["restorexCATdb", "-b", "-p", "/no/such"], "Input path must exist: there is no /no/such."),
        (
            ["restorexCATdb", "-p", "/no/such"],
            "Input path must exist: cannot read /no/such (No such file or directory).",
        ),
        (
            ["restorexCATdb", "-p", str(SOURCE / "scripts")],
            f"There is no .csv file in {SOURCE / 'scripts'}: name the folder that dumpxCATdb has written.",
        ),
    ],
)
def test_what_dumps_cannot_do(daemon: Daemon, words: list[str], error: str) -> None:
    done = daemon.run(*words)
    assert (done.stdout, done.stderr, done.returncode) == ("", f"Error: {error}\n", 1)


def test_who_may_not_gets_nothing(daemon: Daemon, tmp_path: Path) -> None:
    joe = str(credentials(daemon, "joe"))
    for words in (("tabedit", "rack"), ("dumpxCATdb", "-p", str(tmp_path))):
        done = daemon.run(*words, tls=True, XCAT_CREDENTIALS=joe, EDITOR="false")
        assert (done.stdout, done.returncode) == ("", 1)
        assert "Permission denied for request" in done.stderr
    assert not list(tmp_path.iterdir())
