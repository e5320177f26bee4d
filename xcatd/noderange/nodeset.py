"""A set of node names as a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set


class NodeSet:
    """An immutable set of names with `|`, `&`, `-`, `^`, comparison and hash, equal to any set of the same names.

    Iteration is in plain string order (node10 before node2): old scripts rely on it.
    """

    __slots__ = ("_names", "_ordered")

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names: frozenset[str] = names._names if isinstance(names, NodeSet) else frozenset(names)
        self._ordered: tuple[str, ...] | None = None

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        if self._ordered is None:
            self._ordered = tuple(sorted(self._names))
        return iter(self._ordered)

    def __len__(self) -> int:
        return len(self._names)

    def __or__(self, other: NodeSet | Set[str]) -> NodeSet:
        return NodeSet(self._names | _plain(other))

    def __and__(self, other: NodeSet | Set[str]) -> NodeSet:
        return NodeSet(self._names & _plain(other))

    def __sub__(self, other: NodeSet | Set[str]) -> NodeSet:
        return NodeSet(self._names - _plain(other))

    def __xor__(self, other: NodeSet | Set[str]) -> NodeSet:
        return NodeSet(self._names ^ _plain(other))

    def __le__(self, other: NodeSet | Set[str]) -> bool:
        return self._names <= _plain(other)

    def __lt__(self, other: NodeSet | Set[str]) -> bool:
        return self._names < _plain(other)

    def __ge__(self, other: NodeSet | Set[str]) -> bool:
        return self._names >= _plain(other)

    def __gt__(self, other: NodeSet | Set[str]) -> bool:
        return self._names > _plain(other)

    def isdisjoint(self, other: NodeSet | Set[str]) -> bool:
        return self._names.isdisjoint(_plain(other))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NodeSet | Set):
            return self._names == _plain(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._names)

    def __repr__(self) -> str:
        return f"NodeSet({list(self)!r})"


def _plain(other: NodeSet | Set[str]) -> Set[str]:
    return other._names if isinstance(other, NodeSet) else other
