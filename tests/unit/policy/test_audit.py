"""The record that each decision leaves."""

from __future__ import annotations

from datetime import datetime

import pytest

from xcatd.model import Caller, Request, Role
from xcatd.policy import Decision, audit_row, is_skipped
from xcatd.store import Append

NOW = datetime(2026, 11, 20, 8, 5, 9)


def request(command: str = "rpower", argv: tuple[str, ...] = ("stat",), client_type: str = "cli") -> Request:
    caller = Caller("joe", Role.USER, host="desk", peer="10.0.0.7")
    return Request("r1", command, caller, argv, noderange="n1-n3", client_type=client_type)


def test_a_record_says_who_from_where_what_on_which_nodes_and_the_outcome() -> None:
    assert audit_row(request(), Decision(True, "4", "..."), NOW) == Append(
        "auditlog",
        {
            "audittime": "2026-11-20 08:05:09",
            "userid": "joe",
            "clientname": "desk",
            "clienttype": "cli",
            "command": "rpower",
            "noderange": "n1-n3",
            "args": "stat",
            "status": "Allowed",
        },
    )


def test_a_denied_record_shows_no_secret() -> None:
    row = audit_row(request("chdef", ("-t", "node", "n1", "bmcpassword=abc")), Decision(False, "", "..."), NOW)
    assert (row.values["args"], row.values["status"]) == ("-t node n1 bmcpassword=xxxxxxxx", "Denied")


def test_words_that_no_database_takes_are_written_out() -> None:
    row = audit_row(request("nodels", ("\udcff", "a\0b")), Decision(True, "1", "..."), NOW, noderange="\ud800")
    assert (row.values["args"], row.values["noderange"]) == (r"\udcff a\x00b", r"\ud800")


def test_the_hall_may_give_noderange_and_arguments_taken_apart() -> None:
    row = audit_row(request(argv=("n9", "off")), Decision(True, "1", "..."), NOW, argv=("off",), noderange="n9")
    assert (row.values["noderange"], row.values["args"]) == ("n9", "off")


@pytest.mark.parametrize(
    ("skip", "expected"),
    [
        ("", False),
        ("ALL", True),
        ("rpower", True),
        ("nodels, rpower", True),
        ("power", False),
        ("rpowers", False),
        ("clienttype:cli", True),
        ("clienttype:webui", False),
        ("cli", False),
    ],
)
def test_auditskipcmds_names_whole_commands_and_client_types(skip: str, expected: bool) -> None:
    assert is_skipped(request(), skip) is expected


def test_what_nodes_ask_all_the_time_is_never_recorded() -> None:
    assert is_skipped(request("getdestiny"), "")
