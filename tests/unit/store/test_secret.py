"""Which cells are not shown."""

from __future__ import annotations

import pytest

from xcatd.store import is_secret, without_secrets


@pytest.mark.parametrize(
    ("table", "column", "key", "expected"),
    [
        ("passwd", "password", "ipmi", True),
        ("passwd", "username", "ipmi", False),
        ("passwd", "key", "ipmi", False),
        ("pdu", "privkey", "p1", True),
        ("pdu", "authkey", "p1", True),
        ("pdu", "community", "p1", True),
        ("iscsi", "passwd", "n1", True),
        ("switches", "sshpassword", "s1", True),
        ("token", "tokenid", "", True),
        ("prodkey", "key", "n1", True),
        ("site", "value", "dbpassword", True),
        ("site", "value", "master", False),
        ("nodelist", "groups", "secret", False),
        ("x_lab", "door_secret", "", True),
    ],
)
def test_secrets(table: str, column: str, key: str, expected: bool) -> None:
    assert is_secret(table, column, key) is expected


def test_cells_without_secrets() -> None:
    cells = {"node": "cn01", "password": "geheim", "bmc": None}
    assert without_secrets("ipmi", cells) == {"node": "cn01", "password": "xxxxxxxx", "bmc": None}
    assert without_secrets("ipmi", {"password": ""}) == {"password": ""}
