"""cfgloc, looked at without showing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.daemon.cfgloc import first_line, password_in, sealed, without_password


@pytest.mark.parametrize(
    ("line", "shown", "password"),
    [
        ("Pg:dbname=xcatdb;host=mn1|xcatadm|secret", "Pg:dbname=xcatdb;host=mn1|xcatadm|xxxxxxxx", "secret"),
        ("mysql:dbname=xcatdb;host=mn1|xcatadmin|a|b", "mysql:dbname=xcatdb;host=mn1|xcatadmin|xxxxxxxx", "a|b"),
        ("Pg:dbname=xcatdb;password=secret|xcatadm|", "Pg:dbname=xcatdb;password=xxxxxxxx|xcatadm|xxxxxxxx", ""),
        ("SQLite:/etc/xcat", "SQLite:/etc/xcat", ""),
        ("", "", ""),
    ],
)
def test_it_is_shown_without_its_password(line: str, shown: str, password: str) -> None:
    assert without_password(line) == shown
    assert password_in(line) == password


def test_digests_tell_lines_apart_but_for_the_host() -> None:
    salt = bytes(16)
    one = sealed("Pg:dbname=xcatdb;host=mn1|xcatadm|secret", salt)
    assert sealed("Pg:dbname=xcatdb;host=10.0.0.1|xcatadm|secret", salt) == one
    assert sealed("Pg:dbname=xcatdb;host=mn1|xcatadm|other", salt) != one
    assert sealed("Pg:dbname=xcatdb;host=mn1|xcatadm|secret", b"x" * 16) != one
    assert "secret" not in one


def test_only_the_first_line_counts(tmp_path: Path) -> None:
    path = tmp_path / "cfgloc"
    assert first_line(path) == ""
    path.write_text("SQLite:/etc/xcat \nmore\n")
    assert first_line(path) == "SQLite:/etc/xcat"
