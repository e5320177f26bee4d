"""A change that cannot be right is refused before the database is touched, and the refusal names what is wrong."""

from __future__ import annotations

import pytest

from xcatd.errors import NotFound, UsageError
from xcatd.store import STANDARD, Append, Change, Delete, Exact, Put, Replace
from xcatd.store.changes import Check, parts


@pytest.mark.parametrize(
    "change",
    [
        Put("site", {"key": "master"}, {"value": "10.0.0.1"}),
        Put("site", {"key": "master"}, {"value": None}),
        Put("site", {"key": "motd"}, {"value": "grüße"}),
        Delete("site", {}),
        Delete("auditlog", {"recid": "1"}),
        Append("auditlog", {"userid": "root"}),
        Replace("site", [{"key": "a"}, {"key": "b", "value": None}]),
        Replace("auditlog", [{"userid": "root"}]),
        Exact("site", {"key": "a"}, None),
        Exact("site", {"key": "a", "value": "\udcff"}, {"key": "a"}),
        Delete("site", {"key": "\udcff"}),
    ],
)
def test_good_changes(change: Change) -> None:
    Check(STANDARD)(change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Put("colours", {"a": "b"}, {}), "No such table: colours"),
        (Put("site", {"name": "x"}, {}), 'No column "name" in table "site"'),
        (Put("site", {"key": "x"}, {"shade": "y"}), 'No column "shade" in table "site"'),
        (Delete("site", {"shade": "y"}), 'No column "shade" in table "site"'),
        (Append("auditlog", {"shade": "y"}), 'No column "shade" in table "auditlog"'),
        (Replace("site", [{"key": "a"}, {"shade": "y"}]), 'No column "shade" in table "site"'),
        (Replace("colours", []), "No such table: colours"),
        (Exact("site", {"shade": "y"}, None), 'No column "shade" in table "site"'),
        (Exact("site", None, {"shade": "y"}), 'No column "shade" in table "site"'),
    ],
)
def test_what_does_not_exist_is_named(change: Change, sentence: str) -> None:
    with pytest.raises(NotFound, match=sentence):
        Check(STANDARD)(change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Put("site", {}, {"value": "x"}), "table site must say which row"),
        (Put("auditlog", {"recid": "1"}, {"args": "x"}), "auditlog is a log"),
        (Append("site", {"key": "x"}), "site is not a log"),
        (Put("statelite", {"node": "cn01"}, {"statemnt": None}), '"statemnt" of table "statelite" must have a value'),
        (Put("site", {"key": "x"}, {"value": "\udcff"}), '"value" of table "site" is not UTF-8'),
        (Put("site", {"key": "x"}, {"value": "a\0b"}), '"value" of table "site" has a zero byte in it: remove it'),
        (Replace("site", [{"key": "x"}, {"value": "\udcff"}]), '"value" of table "site" is not UTF-8'),
        (Exact("site", None, {"value": "\udcff"}), '"value" of table "site" is not UTF-8'),
        (Exact("site", None, None), "table site must say which row"),
        (Exact("auditlog", None, {"args": "x"}), "auditlog is a log"),
        (Delete("auditlog", {"args": "\udcff"}), '"args" of table "auditlog" is not UTF-8'),
    ],
)
def test_what_is_not_allowed_is_said(change: Change, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        Check(STANDARD)(change)


def test_the_columns_of_one_change_say_nothing_of_those_of_another() -> None:
    check = Check(STANDARD)
    check(Put("site", {"key": "a"}, {"value": "1"}))
    check(Put("site", {"key": "b"}, {"value": "2"}))
    with pytest.raises(UsageError, match="not UTF-8"):
        check(Put("site", {"key": "c"}, {"value": "\udcff"}))
    with pytest.raises(NotFound, match="shade"):
        check(Put("site", {"key": "d"}, {"shade": "2"}))
    check(Put("statelite", {"node": "n"}, {"statemnt": "x"}))
    with pytest.raises(UsageError, match="must have a value"):
        check(Put("statelite", {"node": "n"}, {"statemnt": ""}))


def test_portions() -> None:
    puts: list[Change] = [Put("site", {"key": str(number)}, {}) for number in range(5)]
    long = Replace("site", [{"key": str(number)} for number in range(5)])
    assert [list(each) for each in parts([*puts, long, puts[0]], 2)] == [
        puts[:2],
        puts[2:4],
        *([Replace("site", long.rows[start : start + 2])] for start in (0, 2, 4)),
        [puts[4], puts[0]],
        [],
    ]
