"""What a site adds to the schema: tables, columns and attributes, from YAML files in a folder (docs/schema.md)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from xcatd.errors import ConfigError
from xcatd.model import Attribute
from xcatd.store.schema import STANDARD, Schema
from xcatd.store.schema.page import Part, meant, read_page
from xcatd.store.schema.table import COMMENTS, DISABLE, Accepts, Column, Table

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,47}")
"""What every database takes as a name, with room for what is made from it."""
_ATTRIBUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_OWN: Final = ("xcatd_", "sqlite_", "pg_")
"""Beginnings of names that belong to this program or to a database."""


def read_site_schema(folder: Path, known: Mapping[str, Collection[str]]) -> Schema:
    """The standard schema and what `*.yaml` and `*.yml` in this folder add; the standard one when there is no folder.

    `known`: the types of objects and the attributes that each has already. ConfigError names file, line and remedy.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    except FileNotFoundError:
        return STANDARD
    except OSError as error:
        raise ConfigError(f"The folder {folder} cannot be read: {error.strerror}; correct its rights") from error
    pages = [page.entries(("tables", "extend", "attributes")) for page in map(read_page, paths) if page is not None]
    tables = dict(STANDARD.tables)
    for page in pages:
        for name, part in _named(page, "tables"):
            tables[name] = _table(name, part, tables)
    for page in pages:
        for name, part in _named(page, "extend"):
            tables[name] = _extended(name, part, tables)
    attributes: dict[str, tuple[Attribute, ...]] = {}
    for page in pages:
        for kind, part in _named(page, "attributes"):
            attributes[kind] = _attributes(kind, part, attributes.get(kind, ()), tables, known)
    return Schema(dict(sorted(tables.items())), attributes) if pages else STANDARD


def _named(page: Mapping[str, Part], word: str) -> Iterator[tuple[str, Part]]:
    if word in page:
        yield from page[word].entries().items()


def _table(name: str, part: Part, tables: Mapping[str, Table]) -> Table:
    if not _NAME.fullmatch(name) or name.lower().startswith(_OWN):
        raise part.wrong(f"{name!r} cannot name a table; use letters, digits and _, and another beginning than xcatd_")
    if name.lower() in {other.lower() for other in tables}:
        whose = "xCAT" if name in STANDARD.tables else "another entry"
        raise part.wrong(f"{whose} has a table {name} already; choose another name, such as x_{name}")
    entries = part.entries(("description", "keys", "columns", "node_column", "required"))
    for word in ("keys", "columns"):
        if word not in entries:
            raise part.wrong(f"table {name} has no {word}; add them")
    columns = _columns(entries["columns"])
    keys = _chosen(entries["keys"], columns)
    if not keys:
        raise entries["keys"].wrong(f"table {name} has no key; name the columns that tell its rows apart")
    for standard in (COMMENTS, DISABLE):
        columns[standard.name] = columns.pop(standard.name, standard)
    return Table(
        name,
        entries["description"].text if "description" in entries else "",
        tuple(columns.values()),
        keys,
        _chosen(entries["required"], columns) if "required" in entries else (),
        _node_column(entries.get("node_column"), columns),
    )


def _extended(name: str, part: Part, tables: Mapping[str, Table]) -> Table:
    table = tables.get(name)
    if table is None:
        raise part.wrong(f"there is no table {name}; {meant(name, tables)}")
    added = _columns(part.entries(("columns",)).get("columns", part))
    existing = {column.lower() for column in table.column_names}
    for column in added:
        if column.lower() in existing:
            raise part.wrong(f"table {name} has a column {column} already; choose another name, such as x_{column}")
    return replace(table, columns=(*table.columns, *added.values()))


def _columns(part: Part) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for name, each in part.entries().items():
        if not _NAME.fullmatch(name):
            raise each.wrong(f"{name!r} cannot name a column; use letters, digits and _")
        if name.lower() in {other.lower() for other in columns}:
            raise each.wrong(f"two columns are called {name}; capitals do not tell them apart, so rename one")
        columns[name] = _column(name, each)
    return columns


def _column(name: str, part: Part) -> Column:
    """A column is its description, or `description`, `pattern` and `meaning`: what it accepts."""
    if part.is_text:
        return Column(name, part.text)
    entries = part.entries(("description", "pattern", "meaning"))
    description = entries["description"].text if "description" in entries else ""
    if "pattern" not in entries:
        return Column(name, description)
    pattern = entries["pattern"].text
    try:
        re.compile(pattern)
    except re.error as error:
        raise entries["pattern"].wrong(f"{pattern!r} is no regular expression ({error}); correct it") from error
    meaning = entries["meaning"].text if "meaning" in entries else f"what matches {pattern}"
    return Column(name, description, accepts=Accepts(meaning, pattern))


def _chosen(part: Part, columns: Collection[str]) -> tuple[str, ...]:
    """Names of columns: a list, or a single one."""
    return tuple(_one_of(each, columns) for each in ([part] if part.is_text else part.items))


def _one_of(part: Part, columns: Collection[str]) -> str:
    if part.text not in columns:
        raise part.wrong(f"there is no column {part.text!r}; {meant(part.text, columns)}")
    return part.text


def _node_column(part: Part | None, columns: Collection[str]) -> str | None:
    if part is None:
        return "node" if "node" in columns else None
    return _one_of(part, columns)


def _attributes(
    kind: str,
    part: Part,
    before: tuple[Attribute, ...],
    tables: Mapping[str, Table],
    known: Mapping[str, Collection[str]],
) -> tuple[Attribute, ...]:
    if kind not in known:
        raise part.wrong(f"there is no object type {kind}; {meant(kind, known)}")
    made = list(before)
    read = [(each, _attribute(each, tables)) for each in part.items]
    names = {*known[kind], *(attribute.name for attribute in before), *(attribute.name for _, attribute in read)}
    for each, attribute in read:
        if attribute.only_if is not None and attribute.only_if[0] not in names:
            other = attribute.only_if[0]
            raise each.wrong(
                f"{attribute.name} is for some {other}, which is no attribute of {kind}; {meant(other, names)}"
            )
        if attribute.name in known[kind]:
            raise each.wrong(f"xCAT has an attribute {attribute.name} of {kind} already; choose another name")
        if kind == "group" and attribute.table == "nodelist":
            raise each.wrong(
                f"a group cannot have {attribute.name} in nodelist, whose rows are nodes; choose another table"
            )
        if any((attribute.name, attribute.only_if) == (other.name, other.only_if) for other in made):
            raise each.wrong(f"attribute {attribute.name} of {kind} stands there twice; keep one")
        made.append(attribute)
    return tuple(made)


def _attribute(part: Part, tables: Mapping[str, Table]) -> Attribute:
    entries = part.entries(("name", "table", "column", "only_if", "key"))
    for word in ("name", "table", "column"):
        if word not in entries:
            raise part.wrong(f"this attribute has no {word}; add one")
    name = entries["name"].text
    if not _ATTRIBUTE.fullmatch(name):
        raise entries["name"].wrong(f"{name!r} cannot name an attribute; use letters, digits, _ and -")
    table = tables.get(entries["table"].text)
    if table is None or table.log:
        among = [name for name, other in tables.items() if not other.log]
        wanted = entries["table"].text
        raise entries["table"].wrong(f"there is no table {wanted!r} for attributes; {meant(wanted, among)}")
    column = _one_of(entries["column"], table.column_names)
    key = _one_of(entries["key"], table.column_names) if "key" in entries else table.lookup
    return Attribute(name, table.name, column, _condition(entries.get("only_if")), key)


def _condition(part: Part | None) -> tuple[str, str] | None:
    if part is None:
        return None
    attribute, equals, word = part.text.partition("=")
    if not (attribute and equals and word):
        raise part.wrong(f"{part.text!r} is no condition; write attribute=word, such as mgt=ipmi")
    return attribute.strip(), word.strip()
