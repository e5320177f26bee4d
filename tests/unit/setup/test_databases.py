"""`xcatconfig` on a host whose cfgloc names a real database server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.looks import fill
from tests.unit.setup.test_xcatconfig import NOTHING, PARTS, typed
from xcatd.daemon.paths import Paths
from xcatd.model import Secret
from xcatd.policy import default_rows
from xcatd.setup.main import main
from xcatd.store import Delete, Location, Put, Snapshot, look_at


def named(root: Path, location: Location) -> Path:
    cfgloc = Paths(root).cfgloc
    cfgloc.parent.mkdir(parents=True, exist_ok=True)
    cfgloc.write_text(f"{location.line()}\n")
    cfgloc.chmod(0o600)
    return root


def tables(location: Location) -> Snapshot:
    return look_at(location).snapshot


def test_a_new_management_node_and_its_parts(
    tmp_path: Path, location: Location, capsys: pytest.CaptureFixture[str]
) -> None:
    root = named(tmp_path / "root", location)
    lines = typed(capsys, root, "-i", "--name", "mn1", "--address", "127.0.0.1", "--port", "3456")
    assert not Paths(root).database.exists()
    assert not [line for line in lines if "xcat.sqlite" in line]
    assert [line for line in lines if line.startswith("database: wrote ")]
    snapshot = tables(location)
    assert snapshot.site("master") == "127.0.0.1"
    assert {row["priority"] for row in snapshot.table("policy").rows} == {
        put.key["priority"] for put in default_rows("mn1")
    }
    assert snapshot.table("nodelist").find("mn1")[0]["groups"] == "__mgmtnode"
    assert all(line.endswith(NOTHING) for line in typed(capsys, root, f"-{PARTS}"))

    fill(location, Delete("policy", {"priority": "1"}), Put("site", {"key": "ipmimaxp"}, {"value": "7"}))
    assert typed(capsys, root, "-d", "-V") == ["database defaults: wrote priority=1 policy.name=root policy.rule=allow"]
    assert tables(location).site("ipmimaxp") == "7"
    typed(capsys, root, "-d", "-f")
    assert tables(location).site("ipmimaxp") == "64"

    elsewhere = tmp_path / "elsewhere"
    fill(location, Put("site", {"key": "installdir"}, {"value": str(elsewhere)}))
    typed(capsys, root, "-s")
    assert (elsewhere / "postscripts/hostkeys/ssh_host_ed25519_key.pub").exists(), (
        "site.installdir is asked of the server"
    )


def test_a_server_that_does_not_let_it_in(host: Paths, location: Location, capsys: pytest.CaptureFixture[str]) -> None:
    """The certificate that it may need is repaired before the server is asked."""
    named(host.root, replace(location, password=Secret("Planted-wrong")))
    capsys.readouterr()
    assert main(["--root", str(host.root), "-d"]) == 1
    refused = capsys.readouterr().err
    assert refused.startswith(f"Error: The database {location.named()} refuses ")
    assert "Planted" not in refused
    host.tls.certificate.unlink()
    assert main(["--root", str(host.root), "-c"]) == 1
    shown = capsys.readouterr()
    assert f"credentials: made {host.tls.certificate}" in shown.out
    assert shown.err.startswith(f"Error: The database {location.named()} refuses ")


def test_cfgloc_that_cannot_be_read(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    host.cfgloc.write_text("Pg:host=mn1|xcatadm|Planted-cfgloc\n")
    capsys.readouterr()
    assert main(["--root", str(host.root), "-d"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Error: cfgloc names no database: write Pg:dbname=NAME")
    assert "Planted" not in said


def test_a_file_in_another_folder(host: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    host.cfgloc.write_text(f"SQLite:{folder}\n")
    lines = typed(capsys, host.root, "-d")
    assert lines[0] == f"database defaults: made {folder}/xcat.sqlite"
    assert look_at(folder / "xcat.sqlite").snapshot.site("master") == "127.0.0.1"
