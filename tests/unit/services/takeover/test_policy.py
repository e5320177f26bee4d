"""Which nodes go to another service node by themselves, and when."""

from __future__ import annotations

import pytest

from tests.unit.services.takeover.scenes import cluster
from xcatd.objects import world_of
from xcatd.services.takeover import Terms, is_on, problems, terms_of
from xcatd.services.takeover.policy import Served, loads, served
from xcatd.store import Schema, Snapshot
from xcatd.store.schema import STANDARD

POOLS = {"n1": "sn1,sn2", "n2": "sn1", "n3": ""}


@pytest.mark.parametrize(
    ("site", "terms"),
    [("", Terms()), ("0", Terms()), ("60", Terms(60.0)), ("60:600", Terms(60.0, 600.0)), ("soon", Terms())],
)
def test_the_site_says_it_for_all(site: str, terms: Terms) -> None:
    there = cluster(POOLS, site)
    assert terms_of(there, ["n1", "n2"]) == {"n1": terms, "n2": terms}
    assert is_on(there) == bool(terms.after)


def test_a_row_of_a_group_or_of_the_node_counts_first_cell_by_cell() -> None:
    rows = [{"node": "compute", "after": "30", "back": "0"}, {"node": "n2", "after": "0"}]
    assert terms_of(cluster(POOLS, "60:600", rows), ["n1", "n2"]) == {"n1": Terms(30.0, 0.0), "n2": Terms(0.0, 0.0)}


def test_a_row_alone_turns_it_on_and_one_that_is_out_of_use_does_not() -> None:
    assert is_on(cluster(POOLS, takeover=[{"node": "n1", "after": "30"}]))
    assert not is_on(cluster(POOLS, takeover=[{"node": "n1", "after": "30", "disable": "1"}]))
    assert not is_on(cluster(POOLS, takeover=[{"node": "n1", "after": "0", "back": "9"}]))


def test_tables_of_an_older_version_say_nothing_of_it() -> None:
    older = Schema({name: table for name, table in STANDARD.tables.items() if name != "takeover"})
    there = world_of(Snapshot.from_tables({"nodelist": (["node"], [["n1"]])}, schema=older))
    assert (is_on(there), list(problems(there)), terms_of(there, ["n1"])) == (False, [], {"n1": Terms()})


def test_nodes_are_found_by_who_serves_them_and_service_nodes_are_left_out() -> None:
    there = cluster({**POOLS, "n4": "sn2.c.net,sn1", "sn2": "mn1"}, "60", more={"servicenode": [{"node": "sn1"}]})
    terms = Terms(60.0)
    assert served(there, "sn1") == [Served("n1", ("sn1", "sn2"), terms), Served("n2", ("sn1",), terms)]
    assert served(there, "sn2") == [Served("n4", ("sn2.c.net", "sn1"), terms)]
    assert served(there, "mn1") == []
    assert loads(there) == {"sn1": 2, "sn2": 1, "mn1": 1}


def test_what_is_no_number_is_said_and_counts_as_not_set() -> None:
    there = cluster(POOLS, "a:5", [{"node": "n1", "after": "1m", "back": "5"}])
    assert list(problems(there)) == [
        "site.takeover is 'a:5', and not `after` or `after:back` in seconds: it counts as not set",
        "takeover.after of n1 is '1m', and no number of seconds: it counts as empty",
    ]
    assert terms_of(there, ["n1"]) == {"n1": Terms(0.0, 5.0)}
    assert list(problems(cluster(POOLS, "60:600", [{"node": "n1", "after": "5"}]))) == []
