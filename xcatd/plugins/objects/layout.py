"""How `lsdef` writes objects: the long form and its variants, as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from xcatd.objects import ObjectType, World
from xcatd.objects.nics import ATTRIBUTES as NICS
from xcatd.objects.nics import split_name, values_by_nic
from xcatd.objects.regex import is_rule
from xcatd.plugins.objects.kinds import cell_of

HEADLINE = "# <xCAT data object stanza file>"
_NO_XML = {code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if chr(code) not in "\t\n\r"}
"""Characters that no XML document may hold."""

Attributes = Mapping[str, str]
Write = Callable[[str, Sequence[tuple[str, str]]], Iterator[str]]
"""Writes one object: its name, and its attributes as they are to be shown."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The attributes that -i names, as `given`; their names, sorted, and for those of the nics table which NICs."""

    given: tuple[str, ...]
    names: tuple[str, ...]
    nics: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, attributes: Sequence[str]) -> Asked:
        nics: dict[str, list[str]] = {}
        for name, nic in map(split_name, attributes):
            nics.setdefault(name, []).extend([nic] if nic else [])
        return cls(tuple(attributes), tuple(sorted(nics)), nics)


def short_line(kind: str, blanks: str) -> Callable[[str], str]:
    """`name  (type)`."""
    return lambda name: f"{name}{blanks}({kind})"


def long_form(kind: str, *, typed: bool) -> Write:
    """`Object name: x`, with the type behind it where there are several, and the attributes indented."""
    mark = f"  ({kind})" if typed else ""

    def write(name: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
        yield f"Object name: {name}{mark}"
        for attribute, text in pairs:
            yield f"    {attribute}={text}"

    return write


def compressed(name: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """`x: attribute=value`, which xcoll gathers."""
    for attribute, text in pairs:
        yield f"{name}: {attribute}={text}"


def stanza(kind: str) -> Write:
    """A stanza of a stanza file, an empty line first."""

    def write(name: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
        yield f"\n{name}:"
        yield f"    objtype={kind}"
        for attribute, text in pairs:
            yield f"    {attribute}={text}"

    return write


def xml(kind: str) -> Write:
    """An element `object` with an element `attr` for each attribute."""

    def write(name: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
        head = f"  <object type={_quoted(kind)} name={_quoted(name)}"
        if not pairs:
            yield f"{head}/>"
            return
        yield f"{head}>"
        for attribute, text in pairs:
            yield f"    <attr name={_quoted(attribute)}>{escape(text.translate(_NO_XML))}</attr>"
        yield "  </object>"

    return write


def _quoted(text: str) -> str:
    return quoteattr(text.translate(_NO_XML))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which attributes of an object are shown, and as which texts. `verbose`: with the cell in which each is stored."""

    world: World
    kind: ObjectType
    asked: Asked | None
    verbose: bool

    def of(self, name: str, attributes: Attributes) -> list[tuple[str, str]]:
        if self.asked is not None:
            known = self.kind.names if self.kind.name != "site" else ()
            shown = [(one, attributes.get(one, "")) for one in self.asked.names if one in known or one in attributes]
        else:
            shown = list(attributes.items())
            if self.kind.name == "group" and "members" not in attributes:
                shown = sorted([*shown, ("members", "")])
        if not NICS.isdisjoint(one for one, _ in shown) and self.kind.name in ("node", "group"):
            shown = [pair for one, text in shown for pair in self._by_nic(name, one, text)]
        if not self.verbose:
            return shown
        return [
            (one, f"{text}\t{cell_of(self.kind, one, attributes)}" if text else text)  # as it is where it is not set
            for one, text in shown
        ]

    def _by_nic(self, name: str, attribute: str, text: str) -> list[tuple[str, str]]:
        """An attribute of the nics table is shown NIC by NIC, and not at all without a value."""
        if attribute not in NICS:
            return [(attribute, text)]
        if len(text) > 1 and text[0] == text[-1] == "|":  # a group's rule is shown by what it makes
            _, bar, made = text[1:-1].partition("|")
            text = made.partition("|")[0] if bar else text[1:-1]
        wanted = self.asked.nics[attribute] if self.asked else ()
        found = values_by_nic(text).items()
        values = [(nic, self._worked_out(name, value)) for nic, value in found if not wanted or nic in wanted]
        return [(f"{attribute}.{nic}", value) for nic, value in values if nic and value]

    def _worked_out(self, name: str, value: str) -> str:
        if self.kind.name == "group" or not is_rule(value):
            return value
        return self.world.outcome(self.world.rule(value), name)
