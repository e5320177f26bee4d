"""What is said of tables that may be old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from xcatd.store.outage import Outage

HERE = datetime.now().astimezone().tzinfo
SINCE = datetime(2026, 3, 1, 12, 3, 10, tzinfo=HERE)


def test_the_notice_says_since_when_and_why() -> None:
    assert Outage(SINCE, "no link to mn1 port 3001: Nothing listens").notice(SINCE + timedelta(hours=2)) == (
        "The management node cannot be reached since 12:03:10 (no link to mn1 port 3001: Nothing listens): what is shown is "
        "how it was then"
    )


def test_on_another_day_the_date_is_said_too() -> None:
    assert "since 2026-03-01 12:03:10 (" in Outage(SINCE, "why").notice(SINCE + timedelta(days=1))


def test_the_hour_is_the_one_of_this_host() -> None:
    far = SINCE.astimezone(timezone(timedelta(hours=-11)))
    assert "since 12:03:10 (" in Outage(far, "why").notice(far)


def test_a_reason_that_is_a_sentence_loses_its_full_stop() -> None:
    assert "(Nothing listens): what" in Outage(SINCE, "Nothing listens.").notice(SINCE)


def test_the_original_may_be_somewhere_else() -> None:
    assert Outage(SINCE, "why", "The database").notice(SINCE).startswith("The database cannot be reached since")


def test_it_is_worth_a_word_when_it_lasts_or_the_copy_is_old() -> None:
    now = datetime(2026, 11, 3, 12, 0, 0, tzinfo=UTC)
    for since, noticed, felt in ((1, None, False), (4, None, True), (60, 1, False), (60, 4, True), (100, 1, True)):
        at = None if noticed is None else now - timedelta(seconds=noticed)
        assert Outage(now - timedelta(seconds=since), "it is away", noticed=at).is_felt(now) is felt
