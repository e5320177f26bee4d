"""Our lines in a file of the administrator's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from xcatd.dbsetup.textblock import block_in, keep_block, keep_file, with_block

NOBODY = 65534 if os.geteuid() == 0 else os.geteuid()
GROUP = 65534 if os.geteuid() == 0 else os.getegid()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of another account's, which that account can reach."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        os.chown(name, NOBODY, GROUP)
        yield Path(name)


ADMIN = "# mine\nlocal all all peer\n"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("text", [ADMIN, ADMIN.rstrip(), ""])
def test_what_is_outside_the_marks_stays(text: str, first: bool) -> None:
    once = with_block(text, ["one", "two"], "pgsqlsetup", first=first)
    assert block_in(once) == ["one", "two"]
    assert once.startswith("# >>> xcatd") == (first or not text)
    assert with_block(once, ["one", "two"], "pgsqlsetup", first=first) == once
    again = with_block(once, ["three"], "pgsqlsetup", first=not first)
    assert block_in(again) == ["three"]
    assert again.startswith("# >>> xcatd") == (first or not text), "it stays where it is"
    assert with_block(again, [], "pgsqlsetup", first=first).rstrip() == text.rstrip()


def test_lines_may_hold_what_regular_expressions_mind() -> None:
    text = with_block(with_block(ADMIN, ["a"], "x", first=True), [r"\1 \g<0> .*"], "x", first=True)
    assert block_in(text) == [r"\1 \g<0> .*"]


def test_a_file_keeps_its_mode_its_owner_and_what_is_not_text(folder: Path) -> None:
    path = folder / "pg_hba.conf"
    path.write_bytes(b"# \xff\n")
    path.chmod(0o640)
    os.chown(path, NOBODY, GROUP)

    assert list(keep_block(path, ["line"], "pgsqlsetup", first=True)) == [f"changed {path}"]
    assert list(keep_block(path, ["line"], "pgsqlsetup", first=True)) == []

    assert path.read_bytes().endswith(b"# <<< xcatd\n# \xff\n")
    found = path.stat()
    assert (found.st_mode & 0o777, found.st_uid, found.st_gid) == (0o640, NOBODY, GROUP)


def test_the_owner_of_a_folder_cannot_have_other_files_read_for_him(folder: Path) -> None:
    with tempfile.NamedTemporaryFile() as secret:
        os.fchmod(secret.fileno(), 0)
        (folder / "pg_hba.conf").symlink_to(secret.name)
        (folder / "readable").write_text("of root\n")

        with pytest.raises(PermissionError):
            list(keep_block(folder / "pg_hba.conf", ["line"], "pgsqlsetup", first=True))
        list(keep_block(folder / "readable", ["line"], "pgsqlsetup", first=True))

        assert secret.read() == b""


def test_a_file_of_ours_is_written_when_it_differs(tmp_path: Path) -> None:
    path = tmp_path / "xcat.conf"
    assert list(keep_file(path, b"a", 0o644)) == [f"made {path}"]
    assert list(keep_file(path, b"a", 0o644)) == []
    assert list(keep_file(path, b"b", 0o644)) == [f"changed {path}"]
    assert path.read_bytes() == b"b"
