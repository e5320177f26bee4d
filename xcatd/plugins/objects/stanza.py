"""Stanza files: object definitions as text, as `lsdef -z` writes them and `mkdef -z` and `chdef -z` read them.

    # a comment
    n01:
        objtype=node
        groups=compute,all

A header is a name and a colon; the lines below it, up to the next header, are its attributes. A stanza called
`default-<type>`, or `default` for all types, gives attributes to the stanzas after it that do not have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xcatd.api import UsageError

_DEFAULT = ("default", "xcatdefaults")


@dataclass(frozen=True, slots=True)
class Stanza:
    """One object. `type` is "" when the stanza does not say it."""

    name: str
    type: str
    attributes: dict[str, str]


def read_stanzas(text: str) -> list[Stanza]:
    """The objects of a stanza file, in its order; of two stanzas of one object the later one adds to the first.

    Raises UsageError that names the line.
    """
    found: dict[tuple[str, str], Stanza] = {}
    defaults: dict[str, dict[str, str]] = {}
    for name, attributes in _blocks(text):
        word, _, kind = name.partition("-")
        if word in _DEFAULT:
            defaults[kind or attributes.pop("objtype", "")] = attributes
            continue
        kind = attributes.pop("objtype", "")
        before = found.get((name, kind))
        given = before.attributes if before else {**defaults.get("", {}), **defaults.get(kind, {})}
        found[name, kind] = Stanza(name, kind, {**given, **attributes})
    return list(found.values())


def _blocks(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    name, attributes = "", dict[str, str]()
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        attribute, equals, value = words.partition("=")
        if not equals and words.endswith(":"):
            if name:
                yield name, attributes
            name, attributes = words[:-1].strip(), {}
            if not name:
                raise UsageError(f"Line {number} of the stanza file has a colon and no name before it: {words}")
        elif not equals or not attribute.strip():
            raise UsageError(f"Line {number} of the stanza file is neither a header (name:) nor attr=value: {words}")
        elif not name:
            raise UsageError(f"Line {number} of the stanza file stands before any header (name:): {words}")
        else:
            attributes[attribute.strip()] = _unquoted(value.strip())
    if name:
        yield name, attributes


def _unquoted(value: str) -> str:
    """A value may be in double quotes; as in xCAT 2 each of the two goes by itself."""
    return value.removeprefix('"').removesuffix('"').strip() if '"' in value else value
