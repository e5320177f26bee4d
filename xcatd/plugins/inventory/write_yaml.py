"""Inventory files as YAML: our own few shapes, because PyYAML would take minutes for a large cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xcatd.plugins.inventory.document import Branch
from xcatd.plugins.inventory.scalars import scalar

_LONGEST_KEY = 1000
"""YAML takes what stands before a colon on one line up to 1024 characters."""


class YamlWriter:
    """Writes block mappings. Names repeat in every object, so their spelling is remembered."""

    def __init__(self) -> None:
        self._spelled: dict[str, str] = {}

    def lines(self, tree: Mapping[str, Branch], indent: str = "") -> Iterator[str]:
        """The lines of a block mapping, without line ends."""
        for name, branch in tree.items():
            key = self._spelled.get(name) or self._spell(name, indent)
            if isinstance(branch, str):
                yield f"{indent}{key} {scalar(branch)}"
            elif not branch:
                yield f"{indent}{key} {'{}' if isinstance(branch, Mapping) else '[]'}"
            else:
                yield f"{indent}{key}"
                yield from (
                    self.lines(branch, indent + "  ") if isinstance(branch, Mapping) else self._items(branch, indent)
                )

    def _items(self, branches: Sequence[Branch], indent: str) -> Iterator[str]:
        """A list of mappings; its dashes stand below the first letter of its name."""
        for branch in branches:
            assert isinstance(branch, Mapping)
            if not branch:
                yield f"{indent}- {{}}"
            for number, line in enumerate(self.lines(branch, indent + "  ")):
                yield line if number else f"{indent}- {line[len(indent) + 2 :]}"

    def _spell(self, name: str, indent: str) -> str:
        """A name and its colon, which stands on a line of its own behind a long name."""
        shown = scalar(name)
        if len(shown) > _LONGEST_KEY:
            return f"? {shown}\n{indent}:"
        self._spelled[name] = f"{shown}:"
        return self._spelled[name]
