"""YAML as people write it, read event by event: with line numbers, every scalar a text, and without YAML's traps.

PyYAML's loaders make numbers and dates of texts, keep the last of two equal names, and follow aliases and nesting without
end. None of that is wanted here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from xcatd.api import UsageError
from xcatd.plugins.inventory.document import Branch, Tree

_DEEPEST = 8
_NOTHING = ("", "~", "null", "Null", "NULL")
_TEXT = "tag:yaml.org,2002:str"


def read_yaml(text: str) -> Tree:
    """The mapping in the text. Raises UsageError that names the line."""
    events = _events(text)
    branch: Branch = {}
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            branch = _branch(next(events), events, 0)
            break
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            raise _wrong(event, "a second document begins; a file has one")
    if not isinstance(branch, dict):
        raise UsageError("line 1: an inventory is a mapping of types (node:, group:, ...)")
    return branch


def _events(text: str) -> Iterator[Any]:
    """The parser's events; what is no YAML is named with its line."""
    try:
        yield from yaml.parse(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark else ""
        raise UsageError(f"{line}this is no YAML: {error.problem or error.context}") from error
    except yaml.reader.ReaderError as error:
        number = text.encode()[: error.position].count(b"\n") + 1
        raise UsageError(f"line {number}: this is no YAML: it has a character that must not be there") from error
    except UnicodeEncodeError as error:
        number = text.count("\n", 0, error.start) + 1
        raise UsageError(f"line {number}: this is not UTF-8") from error


def _branch(event: Any, events: Iterator[Any], depth: int) -> Branch:
    """What an event begins; `events` stand behind its end afterwards."""
    if isinstance(event, yaml.AliasEvent):
        raise _wrong(event, f"*{event.anchor}: aliases are not followed; write the value out")
    if depth > _DEEPEST:
        raise _wrong(event, "this is nested too deeply for an inventory")
    if event.tag not in (None, "!") and (not isinstance(event, yaml.ScalarEvent) or event.tag != _TEXT):
        raise _wrong(event, f"the tag {event.tag} has no meaning here; leave it out")
    if isinstance(event, yaml.ScalarEvent):
        is_bare = event.implicit[0] and event.tag is None
        return None if is_bare and event.value in _NOTHING else str(event.value)
    if isinstance(event, yaml.SequenceStartEvent):
        return list(_listed(events, depth))
    return _mapping(events, depth)


def _listed(events: Iterator[Any], depth: int) -> Iterator[Branch]:
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        yield _branch(event, events, depth + 1)


def _mapping(events: Iterator[Any], depth: int) -> dict[str, Branch]:
    found: dict[str, Branch] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        if not isinstance(event, yaml.ScalarEvent):
            raise _wrong(event, "a name must be a text")
        if event.value in found:
            raise _wrong(event, f"{event.value!r} is there twice")
        found[event.value] = _branch(next(events), events, depth + 1)
    return found


def _wrong(event: Any, text: str) -> UsageError:
    return UsageError(f"line {event.start_mark.line + 1}: {text}")
