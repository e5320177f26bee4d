"""Faults of service nodes, of the management node and of the database, each beside each command (docs/faults.md)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.alone import until
from tests.helpers.atterminal import Sitting, at_terminal
from tests.scenarios.actions import NODES
from tests.scenarios.owners import open_at, owners
from tests.scenarios.play import Scenario, play
from tests.scenarios.site import Site, site
from tests.scenarios.table import Looking, consoles, scenarios


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site"), on_postgres=True) as made:
        yield made


@pytest.mark.parametrize("scenario", list(scenarios()), ids=lambda scenario: scenario.name)
def test_commands(place: Site, scenario: Scenario) -> None:
    play(place, scenario)


@pytest.mark.parametrize("looking", list(consoles()), ids=lambda looking: looking.name)
def test_consoles(place: Site, looking: Looking) -> None:
    """Who looks may stay at sn2, as the fault is over in less than ten seconds; when he leaves, the console is where it belongs."""
    looking.fault.prepare(place)
    with at_terminal(place.daemon(looking.asked), "rcons", "a1") as sitting:
        sitting.shell.see("[you type]")
        is_heard(sitting, "sn1")
        try:
            looking.fault.strike(place)
            if looking.moves:
                sitting.shell.see("[you type]")
            is_heard(sitting, "sn2" if looking.moves else "sn1")
        finally:
            looking.fault.mend(place)
        sitting.shell.type("\x05c.")
        sitting.shell.see("[disconnected]")
        assert sitting.end()[0] == 0
    until(lambda: place.is_linked(place.mn), "both service nodes")
    until(lambda: owners(place.mn, NODES) == dict.fromkeys(NODES, "sn1"), "the consoles at sn1")
    until(lambda: open_at(place, NODES) == {node: ["sn1"] for node in NODES}, "and nowhere else")


def is_heard(sitting: Sitting, where: str) -> None:
    """What is typed arrives at the node, by the service node that has its console."""
    sitting.shell.type("k")
    sitting.shell.see(f"{where} heard k")
