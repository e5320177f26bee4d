"""An inventory file's text as a Document: the shape is checked here, what the names mean is not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from xcatd.api import UsageError
from xcatd.plugins.inventory.document import (
    EVERYTHING,
    ROWS,
    SECRETS,
    TABLES,
    VERSION,
    Branch,
    Cells,
    Document,
    Entry,
    Header,
    Tree,
)
from xcatd.plugins.inventory.read_json import read_json
from xcatd.plugins.inventory.read_yaml import read_yaml

_HEADER = ("inventory", "covers", "chosen", "without")
_FOREIGN = "schema_version"
"""What a file of xCAT 2's own xcat-inventory begins with."""

Complain = Callable[[str], None]
"""Takes note of a problem; the reading goes on, so that all are found at once."""


def read_document(text: str, types: Collection[str], complain: Complain) -> Document:
    """The document in a text, YAML or JSON. `types` are those of this cluster.

    Raises UsageError when the text is neither, or no inventory at all.
    """
    text = text.removeprefix("\ufeff")
    tree = read_json(text) if text.lstrip().startswith("{") else read_yaml(text)
    _check_version(tree)
    sections = {name: branch for name, branch in tree.items() if name not in _HEADER}
    for name in sections.keys() - {*types, TABLES}:
        complain(f"{name}: there is no such type of objects")
    objects = {
        kind: {
            name: _entry(f"{kind} {name}", entry, complain) for name, entry in _mapping(kind, branch, complain).items()
        }
        for kind, branch in sections.items()
        if kind in types
    }
    tables = {
        table: _rows(f"{TABLES} {table}", branch, complain)
        for table, branch in _mapping(TABLES, sections.get(TABLES), complain).items()
    }
    return Document(_header(tree, types, complain), objects, tables)


def _check_version(tree: Tree) -> None:
    if tree.get("inventory") == VERSION:
        return
    if "inventory" in tree:
        raise UsageError(
            f"This is an inventory of format {tree['inventory']!r}; this xcatd reads format {VERSION} only"
        )
    if _FOREIGN in tree:
        raise UsageError("This is a file of xCAT 2's xcat-inventory, which is not read here; use lsdef -z and chdef -z")
    raise UsageError(f"This is no inventory: it must begin with the line inventory: '{VERSION}'")


def _header(tree: Tree, types: Collection[str], complain: Complain) -> Header:
    given = {name: tree.get(name) for name in _HEADER}
    for name, value in given.items():
        if not isinstance(value, str | None):
            complain(f"{name}: this must be a text")
    words = _words(given["covers"])
    if unknown := sorted(words - {*types, TABLES, EVERYTHING}):
        complain(f"covers: there is no such type of objects: {', '.join(unknown)}")
    if unknown := sorted(_words(given["without"]) - {SECRETS}):
        complain(f"without: only {SECRETS} can be left out, not {', '.join(unknown)}")
    return Header(
        covers=frozenset({*types, TABLES} if EVERYTHING in words else words) if words else None,
        chosen=str(given["chosen"] or ""),
        has_secrets=SECRETS not in _words(given["without"]),
    )


def _words(value: Branch) -> set[str]:
    return {word for word in value.replace(" ", "").split(",") if word} if isinstance(value, str) else set()


def _entry(path: str, branch: Branch, complain: Complain) -> Entry:
    attributes: Cells = {}
    rows: dict[str, list[Cells]] = {}
    for name, value in _mapping(path, branch, complain).items():
        if isinstance(value, str):
            attributes[name] = value
        elif name == ROWS:
            for table, some in _mapping(f"{path}: {ROWS}", value, complain).items():
                rows[table] = _rows(f"{path}: {ROWS}: {table}", some, complain)
        elif value is not None:
            complain(f"{path}: {name} must be a text")
    return Entry(attributes, rows)


def _rows(path: str, branch: Branch, complain: Complain) -> list[Cells]:
    if branch is None:
        return []
    if not isinstance(branch, list):
        complain(f"{path}: this must be a list of rows")
        return []
    return [_cells(f"{path}: row {number}", row, complain) for number, row in enumerate(branch, start=1)]


def _cells(path: str, branch: Branch, complain: Complain) -> Cells:
    cells: Cells = {}
    for column, value in _mapping(path, branch, complain).items():
        if isinstance(value, str):
            cells[column] = value
        elif value is not None:
            complain(f"{path}: {column} must be a text")
    return {column: text for column, text in cells.items() if text or column == "disable"}


def _mapping(path: str, branch: Branch, complain: Complain) -> Mapping[str, Branch]:
    if isinstance(branch, Mapping):
        return branch
    if branch is not None:
        complain(f"{path}: names and values must follow")
    return {}
