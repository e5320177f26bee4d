"""Who may run what: an administrator writes rows into the policy table, callers try commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest

from tests.helpers.tables import snapshot_of
from xcatd.model import Caller, Role
from xcatd.policy import Decision, Policy, default_rows

FRIDAY_NOON = datetime(2026, 11, 20, 12, 0)
ROOT = Caller("root", Role.USER, host="mn")
JOE = Caller("joe", Role.USER, host="desk")
NOBODY = Caller("", Role.ANONYMOUS, host="cn1")
NODES = [{"node": f"n{number}", "groups": "rack1" if number < 4 else "rack2"} for number in range(1, 7)]
ALL = [row["node"] for row in NODES]


def policy(*rows: Mapping[str, str | None]) -> Policy:
    return Policy.of(snapshot_of(policy=rows, nodelist=NODES))


def allowed(
    decides: Policy,
    caller: Caller = JOE,
    command: str = "rpower",
    argv: Sequence[str] = ("stat",),
    nodes: Sequence[str] | None = None,
    now: datetime = FRIDAY_NOON,
    remote_clients: Sequence[str] = (),
) -> bool:
    return decides.decide(caller, command, argv, nodes, now, remote_clients).allowed


def test_an_empty_table_denies_everybody_everything() -> None:
    decision = policy().decide(ROOT, "rpower", ["stat"], ALL, FRIDAY_NOON)
    assert decision == Decision(False, "", "No row of the policy table allows root to run rpower")


def test_after_the_installation_root_may_do_everything_and_nodes_fetch_what_they_need() -> None:
    rows = [{**put.key, **put.values} for put in default_rows("mn1")]
    decides = policy(*rows)
    assert decides.decide(ROOT, "rpower", ["off"], ALL, FRIDAY_NOON) == Decision(
        True, "1", "Row 1 of the policy table allows root to run rpower"
    )
    assert decides.decide(NOBODY, "getpostscript", [], None, FRIDAY_NOON) == Decision(
        True, "4.4", "Row 4.4 of the policy table allows an anonymous caller to run getpostscript"
    )
    assert allowed(decides, JOE, "lsxcatd")
    assert not allowed(decides, JOE, "nodels")
    assert not allowed(decides, NOBODY, "nodels")
    assert decides.problems() == []


def test_rows_are_asked_in_numerical_order_and_the_first_that_matches_decides() -> None:
    decides = policy(
        {"priority": "10", "name": "joe", "rule": "allow"},
        {"priority": "9", "name": "joe", "commands": "rpower", "rule": "deny"},
    )
    assert decides.decide(JOE, "rpower", [], None, FRIDAY_NOON) == Decision(
        False, "9", "Row 9 of the policy table forbids joe to run rpower"
    )
    assert allowed(decides, command="rvitals")


def test_a_priority_that_is_no_number_comes_last_and_is_reported() -> None:
    decides = policy(
        {"priority": "soon", "rule": "allow"}, {"priority": "nan", "rule": "deny"}, {"priority": "5", "rule": "deny"}
    )
    assert not allowed(decides)
    assert decides.problems() == [
        "policy row soon: The priority 'soon' is not a number, so the row comes last; give it a number",
        "policy row nan: The priority 'nan' is not a number, so the row comes last; give it a number",
    ]


@pytest.mark.parametrize(
    ("name", "caller", "expected"),
    [
        ("", JOE, True),
        ("", NOBODY, True),
        (None, NOBODY, True),
        ("*", JOE, True),
        ("*", NOBODY, False),
        ("joe", JOE, True),
        ("joe", ROOT, False),
        ("joe,root", JOE, False),
        ("jo.", JOE, False),
    ],
)
def test_a_name_is_everybody_every_known_caller_or_exactly_one(
    name: str | None, caller: Caller, expected: bool
) -> None:
    assert allowed(policy({"priority": "1", "name": name, "rule": "allow"}), caller) is expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("allow", True),
        ("Allow", True),
        ("accept", True),
        ("trusted", True),
        ("deny", False),
        ("disallow", False),
        ("", False),
        (None, False),
    ],
)
def test_only_allow_accept_and_trusted_allow(rule: str | None, expected: bool) -> None:
    assert allowed(policy({"priority": "1", "rule": rule})) is expected


def test_an_empty_rule_is_reported() -> None:
    assert policy({"priority": "1", "name": "joe"}).problems() == [
        "policy row 1: Its rule is empty, so it denies; write allow or deny"
    ]


@pytest.mark.parametrize(
    ("host", "remote_clients", "expected"),
    [
        ("", (), True),
        ("*", (), True),
        ("desk", (), True),
        ("des", (), False),
        ("web", (), False),
        ("web", ("web", "x"), True),
    ],
)
def test_a_host_is_the_peer_or_whom_a_front_end_speaks_for(
    host: str, remote_clients: Sequence[str], expected: bool
) -> None:
    assert allowed(policy({"priority": "1", "host": host, "rule": "allow"}), remote_clients=remote_clients) is expected


def test_commands_are_a_list_of_whole_names() -> None:
    decides = policy({"priority": "1", "commands": "rpower, rvitals", "rule": "allow"})
    assert allowed(decides, command="rpower")
    assert allowed(decides, command="rvitals")
    assert not allowed(decides, command="rvital")


def test_parameters_are_searched_in_the_joined_arguments() -> None:
    decides = policy({"priority": "1", "parameters": "^(stat|state)$", "rule": "allow"})
    assert allowed(decides, argv=["stat"])
    assert not allowed(decides, argv=["stat", "off"])
    assert not allowed(decides, argv=["off"])


def test_a_row_holds_only_at_its_time() -> None:
    decides = policy({"priority": "1", "time": "Mon-Fri 8:00-17:00", "rule": "allow"})
    assert allowed(decides)
    assert not allowed(decides, now=datetime(2026, 11, 20, 18, 0))
    assert not allowed(decides, now=datetime(2026, 11, 21, 12, 0))


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("time", "teatime", "'teatime' is not a day of the week"),
        ("parameters", "(stat", "The parameters cannot be read: Cannot use the regular expression '(stat'"),
        ("noderange", "rack1,(", "The noderange 'rack1,(' cannot be read"),
        ("noderange", "nosuch.column==1", "The noderange 'nosuch.column==1' cannot be read"),
    ],
)
def test_what_cannot_be_read_never_allows_always_denies_and_is_reported(field: str, text: str, problem: str) -> None:
    opens = {"priority": "1", "name": "joe", field: text, "rule": "allow"}
    closes = {"priority": "2", "name": "joe", field: text, "rule": "deny"}
    rest = {"priority": "3", "rule": "allow"}
    assert not allowed(policy(opens), nodes=ALL)
    assert not allowed(policy(closes, rest), nodes=ALL)
    assert not allowed(policy(closes, rest))
    assert allowed(policy(closes, rest), caller=ROOT)
    assert allowed(policy(opens, rest))
    reported = policy(opens, closes).problems()
    assert [line.split(":")[0] for line in reported] == ["policy row 1", "policy row 2"]
    assert all(problem in line for line in reported)


def test_a_search_that_would_take_too_long_is_not_begun() -> None:
    opens = {"priority": "1", "parameters": "a.*b.*c.*d", "rule": "allow"}
    closes = {"priority": "1", "parameters": "a.*b.*c.*d", "rule": "deny"}
    rest = {"priority": "2", "rule": "allow"}
    assert not allowed(policy(opens), argv=["a" * 100_000])
    assert not allowed(policy(closes, rest), argv=["a" * 100_000])
    assert allowed(policy(closes, rest), argv=["a"])
    assert allowed(policy(opens), argv=["a b", "c d"])


def test_a_noderange_is_about_nodes_and_passes_over_requests_without() -> None:
    decides = policy({"priority": "1", "noderange": "rack1", "rule": "allow"})
    assert allowed(decides, nodes=["n1", "n2"])
    assert not allowed(decides, nodes=["n4"])
    assert not allowed(decides, nodes=None)
    assert not allowed(decides, nodes=[])
    assert allowed(policy({"priority": "1", "noderange": "*", "rule": "allow"}), nodes=None)


def test_rows_may_allow_a_request_together_but_every_node_needs_one() -> None:
    first = {"priority": "1", "noderange": "rack1", "rule": "allow"}
    second = {"priority": "2", "noderange": "n4", "rule": "allow"}
    assert not allowed(policy(first), nodes=["n1", "n4"])
    assert allowed(policy(first, second), nodes=["n1", "n4"])
    assert not allowed(policy(first, second), nodes=["n1", "n4", "n5"])


def test_one_forbidden_node_forbids_the_request() -> None:
    forbidden = {"priority": "1", "noderange": "n4", "rule": "deny"}
    rest = {"priority": "2", "rule": "allow"}
    assert not allowed(policy(forbidden, rest), nodes=["n1", "n4"])
    assert allowed(policy(forbidden, rest), nodes=["n1", "n2"])


def test_nodes_that_an_earlier_row_allows_are_out_of_reach_of_a_later_denial() -> None:
    first = {"priority": "1", "noderange": "n4", "rule": "allow"}
    forbidden = {"priority": "2", "noderange": "n4", "rule": "deny"}
    rest = {"priority": "3", "rule": "allow"}
    assert allowed(policy(first, forbidden, rest), nodes=["n1", "n4"])


def test_names_in_a_row_that_do_not_exist_do_not_matter() -> None:
    assert allowed(policy({"priority": "1", "noderange": "rack1,gone", "rule": "allow"}), nodes=["n1"])


def test_a_disabled_row_does_not_count() -> None:
    assert not allowed(policy({"priority": "1", "rule": "allow", "disable": "1"}))
    assert allowed(policy({"priority": "1", "rule": "allow", "disable": "no"}))


def test_a_policy_is_compiled_once_for_each_snapshot() -> None:
    snapshot = snapshot_of(policy=[{"priority": "1", "rule": "allow"}])
    assert Policy.of(snapshot) is Policy.of(snapshot)
