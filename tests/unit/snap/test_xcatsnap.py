"""`xcatsnap`: what is in the archive, and that no secret is."""

from __future__ import annotations

import asyncio
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from tests.helpers.hosts import configured, copied
from xcatd.daemon.paths import Paths
from xcatd.snap.main import main
from xcatd.store import TABLES, Append, Change, Put, is_secret, open_store
from xcatd.store.schema import Table


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    return configured(tmp_path_factory.mktemp("snap") / "root")


@pytest.fixture
def host(installed: Paths, tmp_path: Path) -> Paths:
    return copied(installed, tmp_path / "root")


def taken(paths: Paths, folder: Path, *words: str) -> dict[str, str]:
    """The files of a new archive, without the folder they are in."""
    assert main(["--root", str(paths.root), "-d", str(folder), *words]) == 0
    (archive,) = folder.glob("xcatsnap.mn1.*.tar.gz")
    assert archive.stat().st_mode & 0o777 == 0o600
    with tarfile.open(archive) as tar:
        members = [member for member in tar if member.isfile()]
        assert {member.name.split("/")[0] for member in members} == {archive.name.removesuffix(".tar.gz")}
        return {member.name.partition("/")[2]: read(tar, member) for member in members}


def read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = tar.extractfile(member)
    assert file is not None
    return io.TextIOWrapper(file, encoding="utf-8").read()


def write(paths: Paths, *changes: Change) -> None:
    async def go() -> None:
        store = await open_store(paths.database)
        try:
            await store.write(changes, author="test")
        finally:
            await store.close()

    asyncio.run(go())


def planted(table: Table, number: int) -> dict[str, str]:
    """A row in which every cell that is secret has a text that is nowhere else."""
    key = dict.fromkeys(table.keys, f"k{number}")
    cells = {column: f"Planted+{table.name}.{column}" for column in table.column_names if is_secret(table.name, column)}
    return {**key, **cells}


def test_what_a_helper_needs_is_there(host: Paths, tmp_path: Path) -> None:
    (host.log / "xcatd.log").write_text('{"event": "started"}\n')
    files = taken(host, tmp_path / "out")
    assert {
        "README.txt",
        "versions.txt",
        "diagnosis.txt",
        "certificates.txt",
        "files.txt",
        "settings/xcatd.yaml",
        "settings/cfgloc",
        "logs/xcatd.log",
        "system/disk.txt",
        "system/kernel.txt",
        "system/network.txt",
        "system/services.txt",
        "commands/lsdaemons.txt",
    } <= files.keys()
    assert '"master","127.0.0.1",,' in files["tables/site.csv"]
    assert files["tables/nodelist.csv"].startswith("#node,groups,")
    assert "valid until:" in files["certificates.txt"]
    assert "[failed] :[mn]: Checking xcatd runs and answers..." in files["diagnosis.txt"]
    assert "Linux version" in files["system/kernel.txt"]
    assert not [name for name in files if name.startswith("errors/")]


def test_no_secret_of_any_table_or_file_is_there(host: Paths, tmp_path: Path) -> None:
    rows = [(table, planted(table, number)) for number, table in enumerate(TABLES.values()) if not table.log]
    puts = [
        Put(table.name, {key: row[key] for key in table.keys}, row) for table, row in rows if len(row) > len(table.keys)
    ]
    assert len(puts) > 10
    secrets = [text for put in puts for text in put.values.values() if text and text.startswith("Planted")]
    write(
        host,
        *puts,
        Put("site", {"key": "snmpcommunity"}, {"value": "Planted-community"}),
        Put("nodelist", {"node": "n1"}, {"comments": "it is Planted+ipmi.password, really"}),
        Append("auditlog", {"userid": "root", "args": "chtab passwd.password=Planted-audit"}),
        Append("auditlog", {"userid": "root", "args": "typed Planted+ipmi.password by mistake"}),
    )
    lines = [
        {"event": "request", "args": "rspconfig n1 password=Planted-log"},
        {"event": "typed Planted+ipmi.password into the wrong window"},
    ]
    (host.log / "xcatd.log").write_text(
        "".join(f"{json.dumps(line)}\n" for line in lines) + "torn --password Planted-torn"
    )
    (host.plugins / "mine.py").write_text('TOKEN = "x"\nlogin(password="Planted-plugin")\n')
    secrets += ["Planted-community", "Planted-audit", "Planted-log", "Planted-torn", "Planted-plugin"]
    secrets += [
        line for path in keys_of(host) for line in path.read_text().splitlines() if len(line) > 40 and "-" not in line
    ]
    assert len(secrets) > 40

    files = taken(host, tmp_path / "out")

    for secret in secrets:
        assert not [name for name, text in files.items() if secret in text], secret
    assert not [name for name, text in files.items() if "Planted" in text]
    assert "xxxxxxxx" in files["tables/ipmi.csv"]
    assert "it is xxxxxxxx, really" in files["tables/nodelist.csv"]
    assert "PRIVATE KEY" not in "".join(files.values())


def keys_of(paths: Paths) -> list[Path]:
    cert = list((paths.etc / "cert").glob("*-key.pem"))
    return [
        *cert,
        paths.etc / "ca/private/ca-key.pem",
        *paths.hostkeys.glob("ssh_host_*_key"),
        paths.root / "root/.ssh/id_rsa",
    ]


def test_the_password_of_cfgloc(host: Paths, tmp_path: Path) -> None:
    host.cfgloc.write_text("Pg:dbname=xcatdb;host=127.0.0.1;port=9|xcatadm|Planted-cfgloc\n")
    (host.log / "xcatd.log").write_text("connecting with Planted-cfgloc\n")
    files = taken(host, tmp_path / "out")
    assert "Planted" not in "".join(files.values())
    assert files["settings/cfgloc"] == "Pg:dbname=xcatdb;host=127.0.0.1;port=9|xcatadm|xxxxxxxx\n"
    assert files["logs/xcatd.log"] == "connecting with xxxxxxxx\n"
    assert "The tables are missing: " in files["README.txt"]


def test_files_with_keys_are_not_opened(host: Paths, tmp_path: Path) -> None:
    """One that is a pipe would never end."""
    for path in keys_of(host):
        path.unlink()
        os.mkfifo(path)
    assert "certificates.txt" in taken(host, tmp_path / "out", "-B")


def test_without_the_daemon_and_without_tables(host: Paths, tmp_path: Path) -> None:
    host.database.write_bytes(b"nonsense")
    files = taken(host, tmp_path / "out", "-B")
    assert "is not an SQLite database" in files["README.txt"]
    assert not {"diagnosis.txt", "commands/lsdaemons.txt"} & files.keys()


def test_the_end_of_a_long_log(host: Paths, tmp_path: Path) -> None:
    lines = [f"line {number:07} {'.' * 80}" for number in range(60_000)]
    (host.log / "xcatd.log").write_text("\n".join([*lines, ""]))
    shown = taken(host, tmp_path / "out", "-B")["logs/xcatd.log"].splitlines()
    assert shown == lines[-len(shown) :]
    assert 30_000 < len(shown) < 60_000


def test_help_and_version_and_words_that_nobody_knows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-h"]) == 0
    assert capsys.readouterr().out.startswith("Usage: xcatsnap [-h][-v][-B][-d output_directory]\n")
    assert main(["-v"]) == 0
    assert capsys.readouterr().out.startswith("Version ")
    assert main(["-q"]) == 1
    assert capsys.readouterr().err.startswith("Error: unrecognized arguments: -q\nUsage: xcatsnap")


def test_a_folder_in_which_others_could_put_links(
    host: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    folder.mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(folder)
    assert main(["--root", str(host.root), "-d", str(tmp_path / "link")]) == 1
    assert "is a link or belongs to somebody else: name another folder with -d" in capsys.readouterr().err
    folder.chmod(0o777)
    assert main(["--root", str(host.root), "-d", str(folder)]) == 1
    assert capsys.readouterr().err.startswith(f"Error: Others may write into {folder}: chmod go-w {folder}")
    assert list(folder.iterdir()) == []
