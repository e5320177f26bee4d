"""From tree to nodes, as the database knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from xcatd.errors import BadNoderange, NotFound
from xcatd.noderange.bounds import MADE, Budget
from xcatd.noderange.listfile import entries, parsed
from xcatd.noderange.nodeset import NodeSet
from xcatd.noderange.parse import parse
from xcatd.noderange.ranges import bracketed, spanned_short
from xcatd.noderange.selection import by_attribute, by_name, column_of
from xcatd.noderange.source import Source
from xcatd.noderange.spelling import spelled, with_affixes
from xcatd.noderange.tree import File, Group, Item, Name, Operand, Regex, Test


@dataclass(frozen=True, slots=True)
class Expansion:
    """The nodes, and the names that are neither node nor group, in the order met."""

    nodes: NodeSet
    missing: tuple[str, ...]


def expand(
    text: str,
    source: Source,
    *,
    strict: bool = True,
    read_file: Callable[[str], str] | None = None,
    exclude: str = "",
    prefix: str = "node",
    suffix: str = "",
    unknown: bool = False,
) -> Expansion:
    """The nodes that `text` means. An empty text means none.

    `exclude` is site.excludenodes, a noderange removed from the result; names missing there do not count.
    `read_file` gives the content of a `^file` and raises OSError or NotFound when it cannot; None: files are refused.
    `prefix` and `suffix` complete names of digits only. With `unknown`, names that are missing are excluded and
    intersected as if they were nodes, and only those that are left are missing: `n[1-9],-n5` spells new nodes.

    Raises BadNoderange for text that cannot be read, and for an unknown column or an unreadable file. With
    `strict=False`, for text that waits in the database for columns and files to come, those two select nothing and
    are reported as missing.
    """
    reader = _Evaluation(source, read_file, strict=strict, affixes=(prefix, suffix), unknown=unknown)
    nodes = reader.items(parse(text))
    if exclude:
        nodes -= _excluded(exclude, _Evaluation(source, read_file, strict=True, affixes=(prefix, suffix)))
    if not unknown or not reader.missing:
        return Expansion(NodeSet(nodes), tuple(reader.missing))
    missing = tuple(name for name in reader.missing if name in nodes)
    return Expansion(NodeSet(nodes.difference(missing)), missing)


def _excluded(exclude: str, reader: _Evaluation) -> set[str]:
    try:
        return reader.items(parse(exclude))
    except BadNoderange as error:
        raise BadNoderange(f"In site.excludenodes: {error}") from error


class _Evaluation:
    """One expansion: collects what is missing and watches the budget."""

    def __init__(
        self,
        source: Source,
        read_file: Callable[[str], str] | None,
        *,
        strict: bool,
        affixes: tuple[str, str],
        unknown: bool = False,
    ) -> None:
        self.missing: dict[str, None] = {}
        self._source = source
        self._read_file = read_file
        self._strict = strict
        self._affixes = affixes
        self._unknown = unknown
        self._budget = Budget()
        self._in_file = False

    def items(self, items: Iterable[Item]) -> set[str]:
        found: set[str] = set()
        excluded: set[str] = set()
        for item in items:
            mine = self._item(item)
            if item.sign == "@":
                found &= mine
            else:
                (excluded if item.sign == "-" else found).update(mine)
        return found - excluded

    def _item(self, item: Item) -> set[str]:
        if len(item.operands) > 1 and self._source.has_node(item.text):
            return {item.text}
        found = self._operand(item.operands[0])
        for operand in item.operands[1:]:
            found &= self._operand(operand)
        return found

    def _operand(self, operand: Operand) -> set[str]:
        match operand:
            case Group(items):
                return self.items(items)
            case File():
                return self._file(operand)
            case Regex():
                return by_name(operand, self._source, self._budget)
            case Name(text):
                return self._name(text)
            case Test():
                return self._test(operand)

    def _name(self, text: str) -> set[str]:
        known = self._known(text)
        if known is not None:
            return set(known)
        if "=" in text or "~" in text:
            raise BadNoderange(
                f"Cannot read {text!r} in the noderange: neither a node nor a test like nodehm.mgt==ipmi, so correct "
                "the name, or write /regex to match names."
            )
        return self._each(bracketed(text) or spelled(text) or self._short_range(text) or [text])

    def _short_range(self, text: str) -> list[str] | None:
        """`n1-5`. Only from a name that exists: else a mistyped `r1-5` would be r1 ... r5, and reported so."""
        short = spanned_short(text)
        return short[1] if short and self._known(short[0]) is not None else None

    def _each(self, names: list[str]) -> set[str]:
        """Every name a node or a group. The loop that must be fast."""
        self._budget.spend(MADE * len(names))
        has_node = self._source.has_node
        found = {name for name in names if has_node(name)}
        if len(found) < len(names):
            for name in names:
                if name not in found:
                    found.update(self._present(name))
        return found

    def _present(self, name: str) -> Sequence[str]:
        known = self._known(name)
        if known is not None:
            return known
        full = with_affixes(name, *self._affixes)
        self.missing[full] = None
        return (full,) if self._unknown else ()

    def _known(self, name: str) -> Sequence[str] | None:
        """The node, the members of the group, or the node or group that digits are short for; else None."""
        if self._source.has_node(name):
            return (name,)
        members = self._source.members(name)
        if members is not None:
            self._budget.spend(len(members))
            return members
        full = with_affixes(name, *self._affixes)
        if full == name:
            return None
        return (full,) if self._source.has_node(full) else self._source.members(full)

    def _test(self, test: Test) -> set[str]:
        known = self._known(test.text)
        if known is not None:
            return set(known)
        table, column = column_of(test)
        if self._source.knows(table, column):
            return by_attribute(test, self._source, self._budget)
        problem = (
            f"Cannot test {test.text!r} in the noderange: there is no column {test.column!r}, so write table.column"
        )
        return self._lacking(test.text, BadNoderange(f"{problem}, or groups, tags or mgt."))

    def _file(self, file: File) -> set[str]:
        if self._read_file is None or self._in_file:
            where = "inside a file" if self._in_file else "here"
            raise BadNoderange(
                f"Cannot use {file.text!r} in the noderange: files are not read {where}, so write names."
            )
        try:
            content = self._read_file(file.path)
        except (OSError, ValueError, NotFound) as error:
            return self._lacking(file.text, BadNoderange(f"Cannot read {file.path!r}, check the name: {error}"))
        self._in_file = True
        try:
            return self.items(self._entries(file.path, content))
        finally:
            self._in_file = False

    def _entries(self, path: str, content: str) -> Iterator[Item]:
        """The lines of a file as the items of one noderange."""
        for number, entry in entries(content):
            if self._source.has_node(entry):
                yield Item("+", (Name(entry),), entry)
            else:
                yield from parsed(path, number, entry)

    def _lacking(self, text: str, error: BadNoderange) -> set[str]:
        if self._strict:
            raise error
        self.missing[text] = None
        return set()
