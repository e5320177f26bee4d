"""The file of hosts that may come in."""

from __future__ import annotations

from pathlib import Path

from xcatd.dbsetup.wishes import read_hosts


def test_hosts_stand_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("# all service nodes\nsn1\n  10.0.0.7  # by address\n\n10.0.%\n")
    assert read_hosts(path) == ("sn1", "10.0.0.7", "10.0.%")
