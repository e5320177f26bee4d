"""What a table shall say of a node some time, as `-m table.column==value` of rpower and rnetboot has it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xcatd.errors import NotFound, UsageError
from xcatd.noderange.bounds import Budget
from xcatd.noderange.pattern import matching
from xcatd.objects.world import World

_WORD = re.compile(r"(\w+)\.(\w+)(==|!=|=~|!~)(.*)", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a cell of the node must say. `sign` is `==`, `!=`, `=~` or `!~`."""

    table: str
    column: str
    sign: str
    operand: str

    def holds(self, world: World, node: str) -> bool:
        """Of several rows one is enough; a node without a value has the empty text. Raises BadNoderange for a bad pattern."""
        values = set(world.values(node, self.table, self.column) or ("",))
        found = values & {self.operand}
        if self.sign[1] == "~":
            found = matching(_pattern(self.operand), values, Budget(), whole=False)
        return bool(values - found if self.sign[0] == "!" else found)

    def __str__(self) -> str:
        return f"{self.table}.{self.column}{self.sign}{self.operand}"


def expected_of(world: World, word: str, command: str) -> Expected:
    """`nodelist.status==booted`. Raises UsageError, NotFound for an unknown column, or BadNoderange for a bad pattern."""
    found = _WORD.fullmatch(word)
    if found is None:
        raise UsageError(f"{command}: {word!r} is no condition: write table.column==value, or with !=, =~ or !~")
    expected = Expected(found[1], found[2], found[3], found[4])
    if not world.knows(expected.table, expected.column):
        raise NotFound(f"{expected.table}.{expected.column} is no column: see tabdump -d {expected.table}")
    expected.holds(world, "")
    return expected


def _pattern(operand: str) -> str:
    """Slashes around it may be there, as in noderanges."""
    is_slashed = len(operand) > 1 and operand[0] == operand[-1] == "/"
    return operand[1:-1] if is_slashed else operand
