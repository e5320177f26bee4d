"""Selection filters: `table.column==value`, `!=`, `=~`, `!~`, on inherited values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from xcatd.api import UsageError
from xcatd.objects import World
from xcatd.plugins.nodes.columns import NodeColumn, read_column

_SELECTION = re.compile(r"([\w.]+)(==|!=|=~|!~)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Selection:
    """One test. Of several rows of a node one that holds is enough; a node without a value is tested as empty text."""

    column: NodeColumn
    test: Callable[[str], bool]

    def holds(self, world: World, node: str) -> bool:
        values = world.values(node, self.column.table.name, self.column.name) or ("",)
        return any(self.test(value) for value in values)


def read_selection(word: str) -> Selection | None:
    """The filter that `word` is; None when it is none. Raises UsageError for a bad expression, NotFound for a column."""
    found = _SELECTION.fullmatch(word)
    if found is None:
        return None
    name, sign, value = found.groups()
    return Selection(read_column(name), _test(word, sign, value))


def select(world: World, nodes: Iterable[str], selections: Sequence[Selection]) -> list[str]:
    """The nodes for which all selections hold."""
    return [node for node in nodes if all(selection.holds(world, node) for selection in selections)]


def _test(word: str, sign: str, value: str) -> Callable[[str], bool]:
    wanted = sign in ("==", "=~")
    if sign in ("==", "!="):
        return lambda text: (text == value) is wanted
    try:
        pattern = re.compile(value.removeprefix("/").removesuffix("/"))
    except re.error as error:
        raise UsageError(f"{word!r} is not a selection: {error}") from error
    return lambda text: (pattern.search(text) is not None) is wanted
