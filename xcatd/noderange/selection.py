"""Items that choose among all nodes: regular expressions and attribute tests."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from xcatd.noderange.bounds import ATTRIBUTE, Budget
from xcatd.noderange.pattern import matching
from xcatd.noderange.source import Source
from xcatd.noderange.tree import Regex, Test

_SHORT_NAMES = {"groups": "nodelist.groups", "tags": "nodelist.groups", "mgt": "nodehm.mgt"}


def column_of(test: Test) -> tuple[str, str]:
    """(table, column) that the test is about; ("", name) when the name is neither full nor one of the short ones."""
    table, _, column = _SHORT_NAMES.get(test.column, test.column).rpartition(".")
    return table, column


def by_attribute(test: Test, source: Source, budget: Budget) -> set[str]:
    """Nodes of which any row passes (6.3). A node without a value has the value ""."""
    table, column = column_of(test)
    nodes = source.nodes()
    budget.spend(ATTRIBUTE * len(nodes))
    values = [several or ("",) for several in source.values_of(nodes, table, column)]
    passing = _passing(test, set(chain.from_iterable(values)), budget)
    return {node for node, several in zip(nodes, values, strict=True) if not passing.isdisjoint(several)}


def _passing(test: Test, values: set[str], budget: Budget) -> set[str]:
    if test.operator in ("=~", "!~"):
        slashed = len(test.value) > 1 and test.value[0] == test.value[-1] == "/"
        found = matching(test.value[1:-1] if slashed else test.value, values, budget, whole=False)
    else:
        found = values & {test.value}
    return values - found if test.operator.startswith("!") else found


def by_name(regex: Regex, source: Source, budget: Budget) -> set[str]:
    """Nodes whose whole name matches; if none does, members of the groups whose name matches, as the manual says."""
    nodes = source.nodes()
    budget.spend(len(nodes))
    found = matching(regex.pattern, nodes, budget, whole=True)
    if found:
        return found
    groups = matching(regex.pattern, _group_names(source, budget), budget, whole=True)
    return _united(source.members(group) or () for group in groups)


def _group_names(source: Source, budget: Budget) -> set[str]:
    """All static groups that have members: many nodes, but few different lists of groups."""
    nodes = source.nodes()
    budget.spend(ATTRIBUTE * len(nodes))
    lists = set(chain.from_iterable(source.values_of(nodes, "nodelist", "groups")))
    return {name.strip() for text in lists for name in text.split(",")} - {""}


def _united(parts: Iterable[Iterable[str]]) -> set[str]:
    return set().union(*parts)
