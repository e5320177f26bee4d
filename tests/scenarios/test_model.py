"""Any sequence of faults and commands: nothing is done twice, nothing is said to be done that was not, each node has one owner that
serves it, and all heals when the faults stop."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.helpers.alone import until
from tests.helpers.stage import Typed
from tests.scenarios import IS_FULL
from tests.scenarios.actions import LONGEST, Verdict, typing, verdict
from tests.scenarios.faults import Cut, Fault, Killed, Slow, Stopped, Unplugged
from tests.scenarios.ledger import Ledger
from tests.scenarios.owners import open_at, owners
from tests.scenarios.site import POOLS, Site, site

HOSTS = ("mn1", "sn1", "sn2")
NODES = tuple(POOLS)
EXAMPLES, STEPS = (30, 30) if IS_FULL else (3, 8)
"""The first example is the simplest one, without any fault."""
SOON = 0.3
"""Seconds within which a fault strikes a command that has been typed."""


@dataclass(frozen=True, slots=True)
class Change:
    """A command that changes each of these nodes once, whatever it is: each of the two words is one order to a BMC."""

    asked: str
    word: str
    nodes: tuple[str, ...]

    @property
    def line(self) -> tuple[str, ...]:
        return "rpower", ",".join(self.nodes), self.word


@dataclass(frozen=True, slots=True)
class Look:
    """A command that only looks at them."""

    asked: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault; when a change is given, so many seconds after that has been typed."""

    fault: Fault
    after: float = 0.0
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Mend:
    """The fault of this host, or else of another one, is over."""

    name: str


def faults_of(name: str) -> tuple[Fault, ...]:
    common = (Slow(name), Cut(name), Stopped(name), Killed(name))
    return common if name == "mn1" else (*common, Unplugged(name))


_NAMES = st.sampled_from(HOSTS)
_SOME = st.lists(st.sampled_from(NODES), min_size=1, unique=True).map(tuple)
_CHANGES = st.builds(Change, _NAMES, st.sampled_from(("boot", "cycle")), _SOME)
_FAULTS = st.sampled_from([fault for name in HOSTS for fault in faults_of(name)])
_STRIKES = st.builds(Strike, _FAULTS)
_STRUCK = st.builds(Strike, _FAULTS, st.floats(0.0, SOON), _CHANGES)
ACTS = st.one_of(_CHANGES, st.builds(Look, _NAMES, _SOME), _STRIKES, _STRUCK, st.builds(Mend, _NAMES))


class People(RuleBasedStateMachine):
    """Who type commands anywhere, while hosts fail. At most one fault is at a host at a time."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site
        self.faults: dict[str, Fault] = {}
        self.ledger = Ledger(site)

    @rule(act=ACTS)  # one rule: of several, Hypothesis leaves some out for a whole example
    def act(self, act: Change | Look | Strike | Mend) -> None:
        match act:
            case Change():
                self._change(act)
            case Look():
                self._look(act)
            case Strike(fault, after, change):
                self._strike(fault) if change is None else self._strike_at(change, fault, after)
            case Mend(name):
                self._mend(name)

    def _change(self, change: Change) -> None:
        if self._can_ask(change.asked):
            done = typing(self.site.daemon(change.asked), change.line)
            self.ledger.enter({node: verdict(done, node) for node in change.nodes}, done)

    def _look(self, look: Look) -> None:
        """It is answered by whoever can: never with an unknown result."""
        if self._can_ask(look.asked):
            done = typing(self.site.daemon(look.asked), ("rpower", ",".join(look.nodes), "stat"))
            assert Verdict.UNKNOWN not in {verdict(done, node) for node in look.nodes}, done

    def _strike_at(self, change: Change, fault: Fault, after: float) -> None:
        """The fault comes while the change is under way. That is typed at a daemon that stays."""
        names = (change.asked, *HOSTS)
        asked = next((name for name in names if name != fault.name and self._can_ask(name)), None)
        if asked is None:
            return
        with Typed(self.site.daemon(asked), *change.line) as command:
            time.sleep(after)
            self._strike(fault)
            done = subprocess.CompletedProcess(change.line, *command.end(LONGEST))
        self.ledger.enter({node: verdict(done, node) for node in change.nodes}, done)

    @invariant()
    def nothing_is_done_twice_or_not_at_all(self) -> None:
        self.ledger.check()

    @precondition(lambda self: not self.faults)
    @invariant()
    def each_node_has_one_owner(self) -> None:
        self._is_whole()

    def teardown(self) -> None:
        for name in list(self.faults):
            self._mend(name)
        self._is_whole()
        done = typing(self.site.mn, ("rpower", ",".join(NODES), "boot"))
        assert {verdict(done, node) for node in NODES} == {Verdict.OK}, done
        self.ledger.enter(dict.fromkeys(NODES, Verdict.OK), done)
        self.ledger.check()

    def _is_whole(self) -> None:
        """Every daemon says the same owner of each node, and nobody else has its console open."""
        first = {node: pool.partition(",")[0] for node, pool in POOLS.items()}
        until(lambda: self.site.is_whole(self.site.mn), "the nodes at the first of their pools")
        for daemon in self.site.cluster.all:
            until(lambda daemon=daemon: owners(daemon, NODES) == first, f"the owners as {daemon.name} sees them")  # type: ignore[misc]
        until(
            lambda: open_at(self.site, NODES) == {node: [owner] for node, owner in first.items()}, "one console a node"
        )

    def _can_ask(self, name: str) -> bool:
        return not isinstance(self.faults.get(name), (Killed, Stopped))

    def _strike(self, fault: Fault) -> None:
        if fault.name not in self.faults:
            note(f"{type(fault).__name__} {fault.name}")
            self.faults[fault.name] = fault
            fault.strike(self.site)

    def _mend(self, name: str) -> None:
        if name not in self.faults and self.faults:
            name = next(iter(self.faults))
        if name in self.faults:
            self.faults.pop(name).mend(self.site)


def test_any_sequence_of_faults_and_commands(tmp_path: Path) -> None:
    """A sequence that fails is shown, and not made shorter: that would take hours."""
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    with site(tmp_path) as made:
        run_state_machine_as_test(lambda: People(made), settings=chosen)  # type: ignore[arg-type]  # any maker will do
