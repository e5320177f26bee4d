"""A change that cannot be right is refused before the database is touched, and the refusal names what is wrong."""

from __future__ import annotations

import pytest

from xcatd.errors import NotFound, UsageError
from xcatd.store import Append, Change, Delete, Put
from xcatd.store.changes import check


@pytest.mark.parametrize(
    "change",
    [
        Put("site", {"key": "master"}, {"value": "10.0.0.1"}),
        Put("site", {"key": "master"}, {"value": None}),
        Put("site", {"key": "motd"}, {"value": "grüße"}),
        Delete("site", {}),
        Delete("auditlog", {"recid": "1"}),
        Append("auditlog", {"userid": "root"}),
    ],
)
def test_good_changes(change: Change) -> None:
    check(change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Put("colours", {"a": "b"}, {}), "No such table: colours"),
        (Put("site", {"name": "x"}, {}), 'No column "name" in table "site"'),
        (Put("site", {"key": "x"}, {"shade": "y"}), 'No column "shade" in table "site"'),
        (Delete("site", {"shade": "y"}), 'No column "shade" in table "site"'),
        (Append("auditlog", {"shade": "y"}), 'No column "shade" in table "auditlog"'),
    ],
)
def test_what_does_not_exist_is_named(change: Change, sentence: str) -> None:
    with pytest.raises(NotFound, match=sentence):
        check(change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Put("site", {}, {"value": "x"}), "table site must say which row"),
        (Put("auditlog", {"recid": "1"}, {"args": "x"}), "auditlog is a log"),
        (Append("site", {"key": "x"}), "site is not a log"),
        (Put("statelite", {"node": "cn01"}, {"statemnt": None}), '"statemnt" of table "statelite" must have a value'),
        (Put("site", {"key": "x"}, {"value": "\udcff"}), '"value" of table "site" is not UTF-8'),
    ],
)
def test_what_is_not_allowed_is_said(change: Change, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        check(change)
