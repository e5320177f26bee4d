"""Logging in with a password, and with the token that it buys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pytest

from tests.helpers.tables import snapshot_of
from xcatd.model import Secret
from xcatd.policy import check_password, new_token, token_user
from xcatd.store import Put, Snapshot

NOW = datetime(2026, 11, 20, 12, 0)
HASHES = {
    "md5": "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
    "sha256": "$5$saltsalt$gOjOtoMpVhru2uyjeJSEc/JaLQWOXMNmlOnj6T4AtC.",
    "sha512": "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/",
}
"""crypt(3) of `password`."""


def passwords(**stored: str) -> Snapshot:
    return snapshot_of(passwd=[{"key": "xcat", "username": user, "password": text} for user, text in stored.items()])


@pytest.mark.parametrize("stored", ["password", *HASHES.values()])
def test_a_password_is_known_in_plain_text_or_as_a_hash(stored: str) -> None:
    snapshot = passwords(joe=stored)
    assert check_password(snapshot, "joe", Secret("password"))
    assert not check_password(snapshot, "joe", Secret("Password"))
    assert not check_password(snapshot, "joe", Secret(""))
    assert not check_password(snapshot, "root", Secret("password"))


@pytest.mark.parametrize("stored", ["", "$9$unknown$method", "$6$"])
def test_without_a_usable_password_nobody_comes_in(stored: str) -> None:
    for given in ("", stored, "*0", "*1"):
        assert not check_password(passwords(joe=stored), "joe", Secret(given))


@pytest.mark.parametrize("given", ["caf\u00e9", "\udc80", "\ud800", "a\0b"])
def test_no_text_upsets_the_comparison(given: str) -> None:
    assert not check_password(passwords(joe="password"), "joe", Secret(given))
    assert not check_password(passwords(joe=HASHES["sha512"]), "joe", Secret(given))


def test_only_rows_with_the_key_xcat_count() -> None:
    snapshot = snapshot_of(passwd=[{"key": "system", "username": "root", "password": "password"}])
    assert not check_password(snapshot, "root", Secret("password"))


@pytest.mark.parametrize(
    ("days", "expire"),
    [
        (None, "2026-11-21 12:00:00"),
        ("2", "2026-11-22 12:00:00"),
        ("0.5", "2026-11-21 00:00:00"),
        ("never", "never"),
        ("soon", "2026-11-21 12:00:00"),
        ("1e300", "2026-11-21 12:00:00"),
    ],
)
def test_a_new_token_lives_a_day_or_as_the_site_says(days: str | None, expire: str) -> None:
    token = new_token(snapshot_of(site=[{"key": "tokenexpiredays", "value": days}]), "joe", NOW)
    stamp = "2026-11-20 12:00:00"
    assert token.expire == expire
    assert token.change == Put(
        "token", {"tokenid": token.id}, {"username": "joe", "expire": expire, "created": stamp, "access": stamp}
    )
    assert token.id != new_token(snapshot_of(), "joe", NOW).id


def tokens(**row: str) -> Snapshot:
    given: Mapping[str, str] = {"tokenid": "t1", "username": "joe", "access": "2026-11-20 11:59:30", **row}
    return snapshot_of(token=[given])


@pytest.mark.parametrize("expire", ["never", "2026-11-20 12:00:01"])
def test_a_valid_token_says_who_it_is(expire: str) -> None:
    found = token_user(tokens(expire=expire), "t1", NOW)
    assert found is not None
    assert (found.user, found.changes) == ("joe", ())


@pytest.mark.parametrize("expire", ["2026-11-20 12:00:00", "2020-01-01 00:00:00", "", "soon", "1000", "9" * 30])
def test_an_expired_token_is_nobody(expire: str) -> None:
    assert token_user(tokens(expire=expire), "t1", NOW) is None


@pytest.mark.parametrize("tokenid", ["t2", ""])
def test_an_unknown_token_is_nobody(tokenid: str) -> None:
    assert token_user(tokens(expire="never"), tokenid, NOW) is None


def test_the_last_use_is_kept_to_the_minute() -> None:
    found = token_user(tokens(expire="never", access="2026-11-20 11:59:00"), "t1", NOW)
    assert found is not None
    assert found.changes == (Put("token", {"tokenid": "t1"}, {"access": "2026-11-20 12:00:00"}),)


def test_an_old_expiry_in_seconds_becomes_readable() -> None:
    end = datetime(2026, 11, 21, 12, 0)
    found = token_user(tokens(expire=str(int(end.timestamp()))), "t1", NOW)
    assert found is not None
    assert found.changes == (Put("token", {"tokenid": "t1"}, {"expire": "2026-11-21 12:00:00"}),)
