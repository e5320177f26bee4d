"""`xcat-inventory` and `xcathist` with a real daemon: files are opened by the client, with the rights of who types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed
from tests.helpers.cluster import Daemon


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("inventory")) as running:
        typed(running, "nodeadd n[1-3] groups=all nodehm.mgt=ipmi ipmi.bmc=10.0.0.1 ipmi.password=geheim")
        yield running


def test_a_file_is_written_and_read_again(daemon: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    done = daemon.run("xcat-inventory", "export", "-f", str(file))
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert file.read_text() == typed(daemon, "xcat-inventory export")
    assert typed(daemon, f"xcat-inventory import -f {file}") == "Nothing differs: nothing was changed.\n"
    file.write_text(file.read_text().replace("bmc: 10.0.0.1", "bmc: 10.0.0.2"))
    assert typed(daemon, f"xcat-inventory import --file={file}").endswith("0 rows added, 3 changed, 0 removed.\n")
    assert "10.0.0.2" in typed(daemon, "nodels n1 ipmi.bmc")


def test_a_file_with_secrets_is_for_its_owner_alone(daemon: Daemon, tmp_path: Path) -> None:
    open_file, private = tmp_path / "a", tmp_path / "b"
    typed(daemon, f"xcat-inventory export -f{open_file}", f"xcat-inventory export --secrets -f {private}")
    assert "geheim" not in open_file.read_text()
    assert "geheim" in private.read_text()
    assert private.stat().st_mode & 0o777 == 0o600
    typed(daemon, f"xcat-inventory export --sec -f {private}2")
    assert Path(f"{private}2").stat().st_mode & 0o777 == 0o600


def test_an_export_that_fails_leaves_the_file_alone(daemon: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text("precious")
    assert daemon.run("xcat-inventory", "export", "-o", "nobody", "-f", str(file)).returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["cluster.yaml"]
    assert file.read_text() == "precious"


def test_files_are_compared(daemon: Daemon, tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    text = typed(daemon, "xcat-inventory export -t node")
    first.write_text(text)
    second.write_text(text.replace("mgt: ipmi", "mgt: openbmc", 1).replace("bmc:", "ipmi.bmc:", 1))
    assert typed(daemon, f"xcat-inventory diff --from {first}") == ""
    done = daemon.run("xcat-inventory", "diff", f"--to={second}", "--from", str(first))
    assert done.returncode == 1
    assert done.stdout.splitlines()[:4] == [f"--- {first}", f"+++ {second}", "node n1", "-   bmc: 10.0.0.2"]
    done = daemon.run("xcat-inventory", "diff", "--from", "database", "--to", str(second), "--json")
    assert [item["name"] for item in json.loads(done.stdout)] == ["n1"]


def test_standard_input_is_a_file_too(daemon: Daemon) -> None:
    text = typed(daemon, "xcat-inventory export -t node")
    assert typed(daemon, "xcat-inventory export -t node -f -") == text
    for words in (["import"], ["import", "-f", "-"], ["diff", "--from", "-"]):
        done = daemon.run("xcat-inventory", *words, stdin=text)
        assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("words", [["import", "-f"], ["diff", "--from"], ["export", "-f"]])
def test_files_that_cannot_be_opened_are_named(daemon: Daemon, tmp_path: Path, words: list[str]) -> None:
    path = tmp_path / "no" / "file"
    done = daemon.run("xcat-inventory", *words, str(path))
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr.endswith(f"cannot open {path} (No such file or directory): name another file.\n")


def test_a_folder_is_no_file(daemon: Daemon, tmp_path: Path) -> None:
    done = daemon.run("xcat-inventory", "export", "-f", str(tmp_path))
    assert done.stderr == f"Error: xcat-inventory: cannot open {tmp_path} (Is a directory): name another file.\n"
    assert list(tmp_path.parent.glob(".*.new")) == []


def test_what_was_done_is_undone(daemon: Daemon) -> None:
    typed(daemon, "nodech n1 nodehm.cons=x")
    last = typed(daemon, "xcathist -n 1").split()
    assert last[4:6] == ["nodech", "n1"]
    assert typed(daemon, f"xcathist undo {last[0]}") == f"Change {last[0]} is undone.\n"
    assert typed(daemon, "nodels n1 nodehm.cons") == "n1: \n"
