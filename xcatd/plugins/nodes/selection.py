"""Selection filters: `table.column==value`, `!=`, `=~`, `!~`, on inherited values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from xcatd.noderange.bounds import Budget
from xcatd.noderange.pattern import matching
from xcatd.objects import World
from xcatd.plugins.nodes.columns import NodeColumn, Tables, read_column
from xcatd.plugins.nodes.values import kept, values_of

_SELECTION = re.compile(r"([\w.]+)(==|!=|=~|!~)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Selection:
    """One test, as in a noderange. `sign` is `==`, `!=`, `=~` or `!~`."""

    column: NodeColumn
    sign: str
    operand: str

    def chosen(self, world: World, nodes: Sequence[str]) -> list[str]:
        """The nodes for which it holds: of several rows one is enough, and a node without a value has the empty text.

        Raises BadNoderange for a regular expression that cannot be used.
        """
        values = values_of(world, nodes, self.column)
        passing = self._passing(set(chain.from_iterable(values)))
        return [node for node, several in zip(nodes, values, strict=True) if not passing.isdisjoint(several)]

    def _passing(self, values: Collection[str]) -> set[str]:
        if self.sign[1] == "~":
            slashed = len(self.operand) > 1 and self.operand[0] == self.operand[-1] == "/"
            pattern = self.operand[1:-1] if slashed else self.operand
            found = matching(pattern, values, Budget(), whole=False)
        else:
            found = {self.operand}
        return set(values) - found if self.sign[0] == "!" else found


def read_selection(tables: Tables, word: str) -> Selection | None:
    """The filter that `word` is; None when it is none. Raises NotFound for an unknown column."""
    found = _SELECTION.fullmatch(word)
    return None if found is None else Selection(read_column(tables, found[1]), found[2], found[3])


async def select(world: World, nodes: Sequence[str], selections: Iterable[Selection]) -> Sequence[str]:
    """The nodes for which all selections hold."""
    for selection in selections:
        nodes = await kept(nodes, partial(selection.chosen, world))
    return nodes
