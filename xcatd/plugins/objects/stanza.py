"""Stanza files: object definitions as text, as `lsdef -z` writes and `chdef -z` reads them.

    # a comment
    n01:
        objtype=node
        groups=compute,all

A header is a name and a colon; the lines below it, up to the next header, are its attributes. A stanza called
`default`, or `default-<type>`, gives attributes to all stanzas after it, of that type, that do not have them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xcatd.api import UsageError

HEADLINE = "# <xCAT data object stanza file>"
_DEFAULT = ("default", "xcatdefaults")


@dataclass(frozen=True, slots=True)
class Stanza:
    """One object. `type` is "" when the stanza does not say it."""

    name: str
    type: str
    attributes: dict[str, str]


def read_stanzas(text: str) -> list[Stanza]:
    """The objects of a stanza file, in its order. Raises UsageError that names the line."""
    found: list[Stanza] = []
    defaults: dict[str, dict[str, str]] = {}
    for name, attributes in _blocks(text):
        word, _, kind = name.partition("-")
        if word in _DEFAULT:
            defaults[kind or attributes.pop("objtype", "")] = attributes
            continue
        kind = attributes.pop("objtype", "")
        found.append(Stanza(name, kind, {**defaults.get("", {}), **defaults.get(kind, {}), **attributes}))
    return found


def write_stanza(name: str, kind: str, lines: Sequence[str]) -> Iterator[str]:
    """The lines of one object, an empty one first; `lines` are its attributes as they are to be shown."""
    yield f"\n{name}:"
    yield f"    objtype={kind}"
    yield from lines


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
        elif not equals or not attribute.strip():
            raise UsageError(f"Line {number} of the stanza file is neither a header (name:) nor attr=value: {words}")
        elif not name:
            raise UsageError(f"Line {number} of the stanza file stands before any header (name:): {words}")
        else:
            attributes[attribute.strip()] = value.strip()
    if name:
        yield name, attributes
