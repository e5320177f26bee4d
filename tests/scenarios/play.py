"""How a scenario goes: a fault, a command, what was said and what was done, and that all heals."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tests.helpers.alone import until
from tests.helpers.stage import Typed
from tests.scenarios.actions import LONGEST, NODES, Action, Held, Verdict, typing, verdict
from tests.scenarios.faults import Fault
from tests.scenarios.site import Site


class Moment(StrEnum):
    """When the fault strikes: just before the command is typed, or when its work on all nodes has begun."""

    BEFORE = "before"
    DURING = "during"


@dataclass(frozen=True, slots=True)
class Scenario:
    """`name`: a number and some words. `asked`: the daemon where the command is typed. `expected`: what may be said of a node."""

    name: str
    fault: Fault
    action: Action
    moment: Moment
    asked: str
    expected: Collection[Verdict]


Counts = Mapping[str, int]


def counted(site: Site, action: Action) -> Counts:
    return {node: action.count(site, node) for node in NODES}


def play(site: Site, scenario: Scenario) -> None:
    """Go through all of it. AssertionError says what was not as it must be."""
    action = scenario.action
    action.back(site)
    scenario.fault.prepare(site)
    before = counted(site, action)
    try:
        done = (typed_after if scenario.moment is Moment.BEFORE else typed_before)(site, scenario, before)
    finally:
        scenario.fault.mend(site)
    try:
        until(lambda: site.is_linked(site.mn), "both service nodes")
        said = {node: verdict(done, node) for node in NODES}
        assert set(said.values()) <= set(scenario.expected), done
        honest(said, before, counted(site, action), action)
        works(site, scenario)
    finally:
        action.back(site)
    until(lambda: site.is_whole(site.mn), "the nodes at the first of their pools")


def typed_after(site: Site, scenario: Scenario, before: Counts) -> subprocess.CompletedProcess[str]:
    """The fault, then the command."""
    scenario.fault.strike(site)
    return typing(site.daemon(scenario.asked), scenario.action.words(site, NODES))


def typed_before(site: Site, scenario: Scenario, before: Counts) -> subprocess.CompletedProcess[str]:
    """The command, and the fault when its work has begun."""
    action, words = scenario.action, scenario.action.words(site, NODES)
    assert isinstance(action, Held), f"{action.name} cannot be held up: the table has it before faults only"
    action.hold(site)
    try:
        with Typed(site.daemon(scenario.asked), *words) as command:
            until(lambda: all(action.has_begun(site, node, before[node]) for node in NODES), "the work")
            scenario.fault.strike(site)
            action.go_on(site)
            return subprocess.CompletedProcess(words, *command.end(LONGEST))
    finally:
        action.go_on(site)


def honest(said: Mapping[str, Verdict], before: Counts, after: Counts, action: Action) -> None:
    """Done once where that was said, not at all where an error was said, and never twice."""
    if not action.changes:
        return
    done = {node: after[node] - before[node] for node in said}
    allowed = {Verdict.OK: {1}, Verdict.FAILED: {0}, Verdict.UNKNOWN: {0, 1}}
    wrong = {node: (text, done[node]) for node, text in said.items() if done[node] not in allowed[text]}
    assert wrong == {}, "what was said of nodes, and how often it was done"


def works(site: Site, scenario: Scenario) -> None:
    """With the fault mended, the same command is carried out by the first of the pool."""
    action = scenario.action
    action.back(site)
    before = counted(site, action)
    done = typing(site.daemon(scenario.asked), action.words(site, NODES))
    said = {node: verdict(done, node) for node in NODES}
    assert set(said.values()) == {Verdict.OK}, done
    honest(said, before, counted(site, action), action)
