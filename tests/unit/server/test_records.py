"""The id of a request, and the line in the log at its end."""

from __future__ import annotations

import re

import pytest

from xcatd.model import Caller, Request, Role
from xcatd.server.records import Ids, Record


def test_no_two_requests_of_a_cluster_have_the_same_id() -> None:
    here, there = Ids(), Ids()
    made = [ids.new() for _ in range(20) for ids in (here, there)]
    assert len(set(made)) == 40
    assert all(re.fullmatch(r"[0-9a-f]{6}-[0-9a-f]+", each) for each in made)
    assert made[0].endswith("-1")
    assert made[-1].endswith("-14")


@pytest.mark.parametrize(
    ("caller", "client"),
    [
        (Caller("joe", Role.USER, host="desk", peer="192.0.2.9"), "desk"),
        (Caller("joe", Role.USER, peer="192.0.2.9"), "192.0.2.9"),
    ],
)
def test_at_its_end_the_log_says_who_asked_for_what_and_how_it_went(
    caplog: pytest.LogCaptureFixture, caller: Caller, client: str
) -> None:
    with caplog.at_level("INFO", "xcatd.server.records"):
        Record(Request("abc-1", "rpower", caller, ("n1", "on"))).end(3)
    assert caplog.messages == ["request"]
    facts = dict(vars(caplog.records[0])["facts"])
    assert facts.pop("ms") >= 0
    assert facts == {"request": "abc-1", "command": "rpower", "caller": "joe", "client": client, "status": 3}
