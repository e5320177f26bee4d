"""What a dry run says."""

from __future__ import annotations

import pytest

from tests.helpers.tables import snapshot_of
from xcatd.errors import Conflict, NotFound
from xcatd.store import Append, Change, Delete, Exact, Put, Replace, preview

SNAPSHOT = snapshot_of(
    site=[{"key": "master", "value": "10.0.0.1"}],
    ipmi=[{"node": "cn01", "bmc": "b1", "password": "geheim"}],
    passwd=[{"key": "ipmi", "username": "ADMIN", "password": "geheim"}],
)


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (Put("site", {"key": "master"}, {"value": "x"}), ["site key=master: value 10.0.0.1 -> x"]),
        (Put("site", {"key": "master"}, {"value": None}), ["site key=master: value 10.0.0.1 -> (empty)"]),
        (Put("site", {"key": "a"}, {"value": "x"}), ["site key=a: would be added: key=a, value=x"]),
        (Put("site", {"key": "master"}, {"value": "10.0.0.1"}), []),
        (Delete("passwd", {}), ["passwd key=ipmi,username=ADMIN: would be deleted"]),
        (Append("auditlog", {"args": "x"}), ["auditlog: 1 record would be added"]),
        (Delete("auditlog", {}), ["auditlog: all records would be deleted"]),
        (Delete("auditlog", {"recid": "7"}), ["auditlog recid=7: would be deleted"]),
        (
            Put("ipmi", {"node": "cn01"}, {"password": "neu", "bmc": "b2"}),
            ["ipmi node=cn01: bmc b1 -> b2, password xxxxxxxx -> xxxxxxxx"],
        ),
        (Put("ipmi", {"node": "cn01"}, {"password": ""}), ["ipmi node=cn01: password xxxxxxxx -> (empty)"]),
        (
            Put("site", {"key": "dbpassword"}, {"value": "neu"}),
            ["site key=dbpassword: would be added: key=dbpassword, value=xxxxxxxx"],
        ),
        (Put("token", {"tokenid": "t-1"}, {}), ["token tokenid=xxxxxxxx: would be added: tokenid=xxxxxxxx"]),
        (
            Replace("site", [{"key": "a"}, {"key": "master", "value": "x"}]),
            [
                "site key=master: would be deleted",
                "site key=a: would be added: key=a",
                "site key=master: would be added: key=master, value=x",
            ],
        ),
        (Exact("site", {"key": "master", "value": "10.0.0.1"}, None), ["site key=master: would be deleted"]),
    ],
)
def test_what_would_change_is_said_without_secrets(change: Change, lines: list[str]) -> None:
    assert list(preview(SNAPSHOT, [change])) == lines


def test_what_a_write_would_raise_is_raised() -> None:
    with pytest.raises(NotFound, match="colours"):
        list(preview(SNAPSHOT, [Put("colours", {"a": "b"}, {})]))
    with pytest.raises(Conflict, match="key=master"):
        list(preview(SNAPSHOT, [Exact("site", {"key": "master"}, None)]))
