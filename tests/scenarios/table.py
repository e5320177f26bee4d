"""The scenarios: which fault, which command, when; and what a caller may be told of his nodes. For people: docs/faults.md."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tests.helpers.proxy import Way
from tests.scenarios import IS_FULL
from tests.scenarios.actions import ACTIONS, Verdict
from tests.scenarios.faults import (
    Cut,
    DatabaseCut,
    DatabaseKilled,
    DatabaseStopped,
    Expired,
    Fault,
    Full,
    Killed,
    Revoked,
    Slow,
    Stopped,
    Unplugged,
    WrongClock,
)
from tests.scenarios.play import Moment, Scenario

OK, UNKNOWN, FAILED = Verdict.OK, Verdict.UNKNOWN, Verdict.FAILED
Row = Mapping[str, str]
"""Of one fault: what may be said of a node by each command, with the first letters of the verdicts. Before the slash when the fault
came just before the command, after it when it came while that worked."""

UNHURT: Row = {"rpower stat": "o/o", "rpower on": "o/o", "xdsh": "o/o", "nodeset": "o", "snmove": "o"}
GONE: Row = {**UNHURT, "rpower on": "o/u", "xdsh": "o/u"}
"""The next of the pool does what has not begun, and repeats what only looks."""
GOING: Row = {**UNHURT, "rpower on": "ou/ou", "xdsh": "ou/ou"}
"""The same, but it is not said when: within a second, or when the last answer has come."""
ALONE: Row = {**UNHURT, "nodeset": "f", "snmove": "f"}
"""A service node without its management node: its own nodes are served, and what is done above is refused."""

SERVICE: Mapping[str, tuple[Fault, Row]] = {
    "killed": (Killed("sn1"), GONE),
    "stopped": (Stopped("sn1"), GONE),
    "cut from it": (Cut("sn1", (Way.UP,)), GONE),
    "cut to it": (Cut("sn1", (Way.DOWN,)), {**GONE, "rpower on": "o/ou", "xdsh": "o/ou"}),
    "cut": (Cut("sn1"), GONE),
    "unplugged": (Unplugged("sn1"), GONE),
    "slow": (Slow("sn1"), UNHURT),
    "disk full": (Full("sn1"), {**UNHURT, "nodeset": "f"}),
    "a day ahead": (WrongClock("sn1", 1), UNHURT),
    "a day behind": (WrongClock("sn1", -1), UNHURT),
    "certificate expired": (Expired("sn1", links_anew=False), UNHURT),
    "expired, link broken": (Expired("sn1", links_anew=True), GONE),
    "certificate revoked": (Revoked("sn1"), GOING),
}
"""Faults of sn1; commands are typed on the management node."""
MANAGEMENT: Mapping[str, tuple[Fault, Row]] = {
    "killed": (Killed("mn1"), ALONE),
    "stopped": (Stopped("mn1"), ALONE),
    "cut from below": (Cut("mn1", (Way.UP,)), ALONE),
    "cut to below": (Cut("mn1", (Way.DOWN,)), ALONE),
    "cut": (Cut("mn1"), ALONE),
    "slow": (Slow("mn1"), UNHURT),
    "disk full": (Full("mn1"), {**UNHURT, "nodeset": "f"}),  # the tables are on the database's disk
    "a day ahead": (WrongClock("mn1", 1), UNHURT),
    "a day behind": (WrongClock("mn1", -1), UNHURT),
}
"""Faults of the management node; commands are typed on sn1, for its own nodes."""
DATABASE: Mapping[str, tuple[Fault, Row]] = {
    "killed": (DatabaseKilled("database"), ALONE),
    "stopped": (DatabaseStopped("database"), ALONE),
    "cut": (DatabaseCut("database"), ALONE),
}
"""Faults of PostgreSQL with the tables; commands are typed on the management node."""

CHOSEN = (
    "S1.4 S1.9 S2.3 S2.9 S3.4 S4.2 S5.6 S6.1 S7.4 S7.8 S8.7 S8.9 S9.4 S10.6 S12.4 S13.2 "
    "M1.4 M2.3 M3.6 M5.9 M6.7 M7.4 D1.4 D2.8 D3.9"
)
"""The numbers of those that are played always."""


def scenarios() -> Iterator[Scenario]:
    """Of commands, numbered: S3.4 is the fourth column of the third fault of a service node. All, or those that are chosen."""
    for number, name, fault, expected, asked in _rows():
        for column, (command, moment) in enumerate(COLUMNS, 1):
            if IS_FULL or f"{number}.{column}" in CHOSEN.split():
                title = f"{number}.{column} {name}: {command}, {moment}"
                yield Scenario(title, fault, ACTIONS[command], moment, asked, _verdicts(expected[command], moment))


@dataclass(frozen=True, slots=True)
class Looking:
    """Somebody looks at the console of a node of sn1 when the fault strikes. `moves`: it is at sn2 then."""

    name: str
    fault: Fault
    asked: str
    moves: bool


def consoles() -> Iterator[Looking]:
    """The last column: where a change that is under way may get an unknown result, the link is lost and consoles move."""
    for number, name, fault, expected, asked in _rows():
        if IS_FULL or f"{number}.9" in CHOSEN.split():
            yield Looking(f"{number}.9 {name}: rcons", fault, asked, "u" in expected["rpower on"])


def _rows() -> Iterator[tuple[str, str, Fault, Row, str]]:
    for letter, faults, asked in (("S", SERVICE, "mn1"), ("M", MANAGEMENT, "sn1"), ("D", DATABASE, "mn1")):
        for row, (name, (fault, expected)) in enumerate(faults.items(), 1):
            yield f"{letter}{row}", name, fault, expected, asked


COLUMNS = (
    *((command, moment) for command in ("rpower stat", "rpower on", "xdsh") for moment in Moment),
    ("nodeset", Moment.BEFORE),
    ("snmove", Moment.BEFORE),
)
"""Columns 1 to 8 of the table."""


def _verdicts(text: str, moment: Moment) -> Collection[Verdict]:
    before, _, during = text.partition("/")
    letters = before if moment is Moment.BEFORE else during
    return {each for each in Verdict if each[0] in letters}
