"""Where the nodes of a dead service node go."""

from __future__ import annotations

from xcatd.services.takeover import Terms
from xcatd.services.takeover.choice import Choice, chosen
from xcatd.services.takeover.policy import Served


def of(*pool: str, count: int = 1) -> list[Served]:
    return [Served(f"n{number}", pool, Terms(60.0)) for number in range(1, count + 1)]


def counts(choice: Choice) -> dict[str, int]:
    return {name: len(nodes) for name, nodes in choice.goes.items()}


def test_they_go_to_the_one_with_the_least_load_and_count_there() -> None:
    choice = chosen(of("sn1", "sn2", "sn3", count=10), {"sn2", "sn3"}, {"sn1": 10, "sn2": 6, "sn3": 0}, {})
    assert counts(choice) == {"sn3": 8, "sn2": 2}


def test_with_equal_loads_the_load_average_decides_and_then_the_order_of_the_pool() -> None:
    assert counts(chosen(of("sn1", "sn2", "sn3"), {"sn2", "sn3"}, {}, {})) == {"sn2": 1}
    assert counts(chosen(of("sn1", "sn2", "sn3"), {"sn2", "sn3"}, {}, {"sn2": 3.0, "sn3": 0.1})) == {"sn3": 1}


def test_only_healthy_ones_of_their_own_pool_get_nodes() -> None:
    assert counts(chosen(of("sn1", "sn2", "sn3"), {"sn3", "sn4"}, {"sn3": 900}, {})) == {"sn3": 1}
    assert chosen(of("sn1", "sn2"), {"sn3"}, {}, {}) == Choice(waiting=["n1"])
    assert chosen(of("sn1"), {"sn2"}, {}, {}) == Choice(alone=["n1"])


def test_a_pool_may_have_long_names() -> None:
    assert counts(chosen(of("sn1.c.net", "sn2.c.net"), {"sn2"}, {}, {})) == {"sn2.c.net": 1}
    assert chosen(of("sn1.c.net", "sn1"), {"sn1", "sn2"}, {}, {}) == Choice(alone=["n1"])
