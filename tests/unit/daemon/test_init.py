"""`xcatd init` as it is typed: a management node, a service node, once and again, and what is refused."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.helpers.xcat2 import write_folder
from xcatd.daemon.main import main
from xcatd.daemon.paths import Paths
from xcatd.daemon.settings import Settings, read_settings
from xcatd.store import Put, Snapshot, open_store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


def typed(capsys: pytest.CaptureFixture[str], root: Path, *words: str) -> list[str]:
    """Type `xcatd init`, which must succeed; the lines that it prints."""
    assert main(["init", "--root", str(root), *words]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out.splitlines()


def refused(capsys: pytest.CaptureFixture[str], root: Path, *words: str) -> str:
    assert main(["init", "--root", str(root), *words]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    return shown.err


def tables(database: Path, *changes: Put) -> Snapshot:
    """What is in a database, after these changes."""

    async def look() -> Snapshot:
        store = await open_store(database)
        try:
            if changes:
                await store.write(changes, author="test")
            return store.snapshot
        finally:
            await store.close()

    return asyncio.run(look())


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_management_node_is_set_up_and_told_what_is_next(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = typed(capsys, root, "--name", "mn1", "--address", "127.0.0.1", "--address", "::1", "--port", "3456")
    paths = Paths(root)
    made = [Path(line.removeprefix("made ")) for line in lines if line.startswith("made ")]
    assert paths.database in made
    assert all(path.is_file() for path in made)
    assert lines[-2:] == [f"root's certificate: {root}/root/.xcat", f"start the daemon:   xcatd --root {root}"]
    assert read_settings(paths.settings) == Settings("mn1", ("127.0.0.1", "::1"), 3456)
    assert (paths.marker("mn").exists(), paths.marker("sn").exists()) == (True, False)
    snapshot = tables(paths.database)
    assert (snapshot.site("master"), snapshot.site("xcatdport")) == ("127.0.0.1", "3456")
    assert [row["name"] for row in snapshot.table("policy").rows[:2]] == ["root", "mn1"]


def test_again_nothing_changes(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(host.root)
    lines = typed(capsys, host.root, "--name", "mn1", "--address", "127.0.0.1", "--port", "3456")
    assert lines[0] == f"{host.root} was set up already; nothing to do"
    assert len(lines) == 3
    assert contents(host.root) == before


def test_again_what_is_missing_is_made_and_what_was_said_before_stays(
    host: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    tables(host.database, Put("site", {"key": "ipmimaxp"}, {"value": "7"}))
    (host.root / "root/.xcat/client-cred.pem").unlink()
    host.settings.write_text("port: 3456\naddresses: 127.0.0.1\ndrain: 7\n")
    lines = typed(capsys, host.root, "--name", "mn1", "--port", "4567")
    assert f"made {host.root}/root/.xcat/client-cred.pem" in lines
    assert f"made {host.database}" not in lines
    assert read_settings(host.settings) == Settings("mn1", ("127.0.0.1",), 4567, drain=7)
    assert tables(host.database).site("ipmimaxp") == "7"


def test_a_database_that_was_deleted_is_made_again(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    host.database.unlink()
    lines = typed(capsys, host.root, "--name", "mn1", "--address", "127.0.0.1")
    assert f"made {host.database}" in lines
    assert [line for line in lines if line.startswith("wrote ") and line.endswith(" rows of defaults")]
    assert tables(host.database).site("xcatdport") == "3001"


def test_the_files_of_an_xcat_2_are_taken_over(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = Paths(root)
    paths.etc.mkdir(parents=True)
    write_folder(paths.etc)
    lines = typed(capsys, root, "--name", "mn1", "--address", "127.0.0.1", "--port", "3456")
    told = [line for line in lines if f"tables from xCAT's files in {paths.etc} into {paths.database}" in line]
    assert len(told) == 1
    assert f"made {paths.database}" not in lines
    snapshot = tables(paths.database)
    assert (snapshot.site("domain"), snapshot.site("xcatdport")) == ("cluster.test", "3001")
    assert [row["name"] for row in snapshot.table("policy").rows] == ["root"]
    assert snapshot.site("ipmimaxp") == "64"
    assert lines[-3].startswith("wrote ")
    again = typed(capsys, root, "--name", "mn1")
    assert not [line for line in again if "took over" in line]


def test_a_folder_that_cfgloc_names_is_taken_over_and_a_damaged_file_in_it_is_named(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths, there = Paths(root), tmp_path / "tables"
    for folder in (paths.etc, there):
        folder.mkdir(parents=True)
    write_folder(there)
    paths.cfgloc.write_text(f"SQLite:{there}\n")
    sound = (there / "nodelist.sqlite").read_bytes()
    (there / "nodelist.sqlite").write_bytes(sound[:5000])
    said = refused(capsys, root, "--name", "mn1")
    assert said == (
        f"xcatd: The database {there}/nodelist.sqlite is damaged: put a backup in its place; nothing was taken over\n"
    )
    assert not (there / "xcat.sqlite").exists()
    (there / "nodelist.sqlite").write_bytes(sound)
    lines = typed(capsys, root, "--name", "mn1")
    assert [line for line in lines if f"from xCAT's files in {there} into {there}/xcat.sqlite" in line]
    assert {row["node"] for row in tables(there / "xcat.sqlite").table("nodelist").rows} == {"n1", "n2", "n10"}
    assert not paths.database.exists()


def test_a_service_node_makes_a_request_and_is_told_how_to_go_on(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = typed(capsys, root, "--name", "sn1", "--address", "127.0.1.1", "--master", "mn1:3456")
    paths = Paths(root)
    cert = paths.etc / "cert"
    assert lines == [
        f"made {cert}/server-key.pem",
        f"made {cert}/server-req.pem",
        "on the management node: xcatcert sign sn sn1 server-req.pem --out server-cert.pem",
        f"then here:              xcatcert --root {root} install server-cert.pem --ca ca.pem",
        f"start the daemon:       xcatd --root {root}",
    ]
    assert read_settings(paths.settings) == Settings("sn1", ("127.0.1.1",), master="mn1:3456")
    assert (paths.marker("mn").exists(), paths.marker("sn").exists()) == (False, True)
    assert not paths.database.exists()


def test_a_service_node_that_waits_for_its_certificate_keeps_its_key(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--name", "sn1", "--master", "mn1")
    typed(capsys, root, *words)
    key = (root / "etc/xcat/cert/server-key.pem").read_bytes()
    lines = typed(capsys, root, *words)
    assert f"made {root}/etc/xcat/cert/server-key.pem" not in lines
    assert (root / "etc/xcat/cert/server-key.pem").read_bytes() == key


def test_a_service_node_with_a_certificate_has_nothing_to_do(
    host: Paths, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(host.etc / "ca")
    host.marker("mn").unlink()
    lines = typed(capsys, host.root, "--name", "mn1", "--master", "127.0.0.9")
    assert lines[0] == f"{host.root} was set up already; nothing to do"
    assert read_settings(host.settings).master == "127.0.0.9"


def test_a_management_node_becomes_a_service_node_when_it_is_told_so(
    host: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--name", "sn9", "--master", "127.0.0.9")
    before = read_settings(host.settings)
    authority = (host.etc / "ca/ca-cert.pem").read_bytes()
    (host.install / "postscripts/ca").mkdir(parents=True)
    (host.install / "postscripts/ca/ca-cert.pem").write_text("the old authority")
    said = refused(capsys, host.root, *words)
    assert "This host is a management node" in said and "--demote" in said
    assert (read_settings(host.settings), (host.etc / "ca/ca-cert.pem").read_bytes()) == (before, authority)
    assert "not an address" in refused(capsys, host.root, *words, "--demote", "--address", "not an address")
    assert (host.etc / "ca/ca-cert.pem").exists() and host.database.exists()
    lines = typed(capsys, host.root, *words, "--demote")
    aside = host.etc / "former-mn"
    assert f"moved {host.database} to {aside}/xcat.sqlite" in lines
    assert (aside / "postscripts-ca/ca-cert.pem").read_text() == "the old authority"
    assert f"made {host.etc}/cert/server-req.pem" in lines
    assert aside.stat().st_mode & 0o777 == 0o700
    assert (aside / "ca/ca-cert.pem").read_bytes() == authority
    assert tables(aside / "xcat.sqlite").table("site").rows
    assert not (host.database.exists() or (host.etc / "ca").exists() or (host.root / "root/.xcat").exists())
    assert (host.marker("mn").exists(), host.marker("sn").exists()) == (False, True)
    assert read_settings(host.settings).master == "127.0.0.9"
    again = typed(capsys, host.root, *words, "--demote")
    assert not [line for line in again if line.startswith("moved")]


def test_what_was_put_aside_before_is_not_mixed_with_more(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    (host.etc / "former-mn/ca").mkdir(parents=True)
    said = refused(capsys, host.root, "--name", "sn9", "--master", "127.0.0.9", "--demote")
    assert f"{host.etc / 'former-mn/ca'} is there already, from another time" in said
    assert host.database.exists() and host.marker("mn").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--port", "65536"), "--port takes a number from 1 to 65535, not 65536"),
        (("--port", "-1"), "--port takes a number from 1 to 65535, not -1"),
        (("--address", "not an address"), "not an address"),
        (("--master", "mn1:many"), "'mn1:many' is no address; write host, host:port or [address]:port"),
        (("--master", "mn1", "--address", "not an address"), "not an address"),
        (("--demote",), "--demote goes with --master"),
    ],
)
def test_what_cannot_be_is_refused_and_kept_nowhere(
    root: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert said in refused(capsys, root, "--name", "mn1", *words)
    assert not (root / "etc/xcat/xcatd.yaml").exists()
    assert not (root / "etc/xCATMN").exists()
    assert not (root / "etc/xCATSN").exists()


def test_settings_with_a_mistake_are_left_as_they_are(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    host.settings.write_text("prot: 3001\n")
    assert f"{host.settings} line 1: unknown setting 'prot'" in refused(capsys, host.root, "--name", "mn1")
    assert host.settings.read_text() == "prot: 3001\n"


def test_where_nothing_can_be_made_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    said = refused(capsys, tmp_path / "file", "--name", "mn1")
    assert said.startswith(f"xcatd: {tmp_path}/file/etc")
    assert said.endswith("cannot be made: Not a directory; run xcatd init as root\n")
