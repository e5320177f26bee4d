"""Which cells are secrets, and how a difference with secrets is shown."""

from __future__ import annotations

import pytest

from xcatd.policy.difference import difference, signed
from xcatd.policy.secrets import is_secret_name, secret_columns, secrets_of
from xcatd.store import TABLES


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("passwd", {"password"}),
        ("ipmi", {"password"}),
        ("pdu", {"password", "community", "authkey", "privkey"}),
        ("switches", {"password", "sshpassword"}),
        ("prodkey", {"key"}),
        ("nodelist", set()),
        ("site", set()),
    ],
)
def test_columns(table: str, columns: set[str]) -> None:
    assert secret_columns(TABLES[table]) == columns


def test_no_secret_tells_rows_apart() -> None:
    assert not [name for name, table in TABLES.items() if name != "token" and secret_columns(table) & {*table.keys}]


@pytest.mark.parametrize("name", ["bmcpassword", "passwd.HMC", "productkey", "ldappassword", "iscsipassword"])
def test_names_of_attributes_and_settings(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["bmc", "username", "passwd.username", "key", "domain", "authdomain"])
def test_names_of_what_is_no_secret(name: str) -> None:
    assert not is_secret_name(name)


def test_in_the_site_table_it_depends_on_the_key() -> None:
    assert secrets_of("site", {"key": "ldappassword"})("value")
    assert not secrets_of("site", {"key": "domain"})("value")
    assert secrets_of("ipmi", {"node": "n1"})("password")


def test_a_difference_names_what_changed_and_hides_secrets() -> None:
    before = {"same": "1", "gone": "2", "password": "a", "empty": None}
    after = {"same": "1", "new": "two\nlines", "password": "b", "empty": ""}
    assert list(difference(before, after, is_secret_name)) == [
        "-   gone: 2",
        "-   password: xxxxxxxx",
        "+   password: xxxxxxxx",
        "+   new: two\\nlines",
    ]
    assert signed(None, {"password": "b", "a": "c"}, is_secret_name) == {"+password": "xxxxxxxx", "+a": "c"}
