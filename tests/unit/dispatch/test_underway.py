"""What a daemon is working on."""

from __future__ import annotations

from xcatd.dispatch.underway import Underway
from xcatd.model import Caller, Request, Role, current_request

ANN = Caller("ann", Role.USER)


def test_others_are_all_but_the_one_that_asks_and_what_it_has_started() -> None:
    underway = Underway()
    mine, started = Request("r1", "sndrain", ANN), Request("r1", "snmove", ANN)
    other, nobody = Request("r2", "rpower", ANN), Request("r3", "nodels", Caller("", Role.ANONYMOUS))
    before = current_request.set("r1")
    try:
        with underway.one(mine), underway.one(other):
            with underway.one(started), underway.one(nobody):
                assert underway.others() == ["rpower of ann (request r2)", "nodels of somebody (request r3)"]
            assert underway.others() == ["rpower of ann (request r2)"]
        assert underway.others() == []
    finally:
        current_request.reset(before)
