"""What options and variables of callers say."""

from __future__ import annotations

import re

import pytest

from xcatd.errors import UsageError
from xcatd.remote.callers import LIST, believed, fanout_of, heeded, silence_of, user_of

ENV = {"DSH_FANOUT": "7", "DSH_TIMEOUT": "2.5", "DSH_TO_USERID": "admin"}


def test_which_variables_count() -> None:
    assert heeded("xdcp", ENV, False) == ENV
    assert heeded("xdcp", ENV, True) == heeded("xdcp", ENV, "") == {}
    assert heeded("xdcp", ENV, "DSH_FANOUT, DSH_VERIFY,") == {"DSH_FANOUT": "7"}
    with pytest.raises(UsageError, match="xdcp -X takes names of variables that begin with DSH_, not HOME, PATH"):
        heeded("xdcp", ENV, "PATH,DSH_FANOUT,HOME")
    assert (believed(ENV, "root"), believed(ENV, "ann"), believed(ENV, "")) == (ENV, {}, {})


@pytest.mark.parametrize(
    ("word", "is_list"), [("DSH_FANOUT", True), ("DCP_NODE_OPTS,DEVICETYPE", True), ("ls", False), ("DSH_X ls", False)]
)
def test_what_is_no_command(word: str, is_list: bool) -> None:
    assert bool(re.fullmatch(LIST, word)) is is_list


def test_what_is_typed_comes_first() -> None:
    assert (fanout_of("xdcp", 9, ENV), fanout_of("xdcp", 0, ENV), fanout_of("xdcp", 0, {})) == (9, 7, 64)
    assert (silence_of("xdcp", 9, ENV), silence_of("xdcp", 0, ENV), silence_of("xdcp", 0, {})) == (9, 2.5, None)
    assert user_of("xdcp", "joe", ENV, "root") == "joe"
    assert (user_of("xdcp", "", ENV, "root"), user_of("xdcp", "", ENV, "ann")) == ("admin", "ann")


def test_what_makes_no_sense() -> None:
    with pytest.raises(UsageError, match="xdcp: the fanout is a number from 1 to 4096, not 5000"):
        fanout_of("xdcp", 5000, {})
    with pytest.raises(UsageError, match="xdcp -t takes seconds, more than none, not inf"):
        silence_of("xdcp", float("inf"), {})
    with pytest.raises(UsageError, match="xdcp: the variable DSH_FANOUT is 'x', which is no number"):
        fanout_of("xdcp", 0, {"DSH_FANOUT": "x"})
    with pytest.raises(UsageError, match="xdcp: without a certificate you have no name"):
        user_of("xdcp", "", ENV, "")
