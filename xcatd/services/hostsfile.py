"""The hosts file (hosts(5)): read line by line, and brought up to date without touching the lines of others. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from xcatd.services.hostnames import HostEntry
from xcatd.services.networks import Address, address_of

FRESH = "127.0.0.1 localhost\n"
"""What a new file begins with."""


class Order(StrEnum):
    """Which name comes first in a line."""

    SHORT = "short"
    LONG = "long"
    ALIASES = "aliases"


@dataclass(frozen=True, slots=True)
class HostLine:
    """A line that gives names to an address. `number` counts from 1; `address` is None when the text is no address."""

    number: int
    text: str
    address: Address | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """An address and a name whose lines in the file are a node's. `line`: what is to stand there, None: nothing. `address` ""
    means that only the name is known."""

    address: str
    name: str
    line: str | None = None
    node: str = ""


@dataclass(slots=True)
class Edited:
    """The new text of the file, and the claims that were not met, with the name of the node that has the address."""

    text: str
    refused: list[tuple[Claim, str]] = field(default_factory=list)


IsOfOther = Callable[[str, str], bool]
"""Whether an address is that of a node, whose name it is given, so that another one must not take it."""


def host_lines(text: str) -> Iterator[HostLine]:
    """The lines of a hosts file that are more than comments and blanks."""
    for number, line in enumerate(text.split("\n"), 1):
        fields = line.partition("#")[0].split()
        if fields:
            yield HostLine(number, line, address_of(fields[0]), tuple(fields[1:]))


def line_of(entry: HostEntry, order: Order = Order.SHORT) -> str:
    """The line of an entry: address, short name, long name, aliases; or long before short; or aliases, long and short."""
    names = {
        Order.SHORT: (entry.short, entry.long, *entry.aliases),
        Order.LONG: (entry.long, entry.short, *entry.aliases),
        Order.ALIASES: (*entry.aliases, entry.long, entry.short),
    }[order]
    return " ".join((str(entry.address), *dict.fromkeys(names)))


def claim_of(entry: HostEntry, order: Order = Order.SHORT) -> Claim:
    """What an entry wants in the file."""
    return Claim(str(entry.address), entry.short, line_of(entry, order), entry.node)


def edited(text: str, claims: Sequence[Claim], is_of_other: IsOfOther = lambda address, name: False) -> Edited:
    """The text with all claims met. A line is a claim's when it has its address, or its name as the first one, with or without
    a domain: the first such line is replaced, further ones go; a claim without a line is added at the end.

    A line keeps the comment behind it, and one that says the same already stays as it is. Lines that name localhost are never
    touched, nor the one of another node that has the address by right.
    """
    return _Editing(text, claims, is_of_other).result()


class _Editing:
    def __init__(self, text: str, claims: Sequence[Claim], is_of_other: IsOfOther) -> None:
        self._text = text
        self._lines = text.removesuffix("\n").split("\n") if text else []
        self._is_of_other = is_of_other
        self._by_address = {claim.address: claim for claim in claims if claim.address}
        self._by_name: dict[str, list[Claim]] = {}
        for claim in claims:
            self._by_name.setdefault(claim.name, []).append(claim)
        self._placed: dict[str, int] = {}
        """Address of a claim -> the number of its line."""
        self._gone: set[int] = set()
        self._refused: dict[str, tuple[Claim, str]] = {}

    def result(self) -> Edited:
        by_name: list[tuple[int, list[Claim]]] = []
        for number, line in enumerate(self._lines):
            address, first = _key(line)
            claim = self._by_address.get(address)
            if claim is not None:
                self._take(number, line, first, claim)
            elif first and (named := self._named(address, first)) and not _names_localhost(line):
                by_name.append((number, named))
        for number, named in by_name:
            self._place_by_name(number, named)
        lines = list(self._all_lines())
        text = self._text if lines == self._lines else "".join(f"{line}\n" for line in lines)
        return Edited(text, list(self._refused.values()))

    def _take(self, number: int, line: str, first: str, claim: Claim) -> None:
        """A line with the address of a claim."""
        if _names_localhost(line):
            return
        short = first.partition(".")[0]
        if claim.name not in (first, short):
            owner = next((name for name in (first, short) if self._is_of_other(claim.address, name)), "")
            if owner and owner != claim.node:
                if claim.line is not None:
                    self._refused[claim.address] = (claim, owner)
                return
        if claim.line is None or claim.address in self._placed:
            self._gone.add(number)
        else:
            self._placed[claim.address] = number

    def _named(self, address: str, first: str) -> list[Claim]:
        """The claims whose name a line has as its first one."""
        names = (first, *_before_dots(first)) if "." in first else (first,)
        for name in names:
            found = [claim for claim in self._by_name.get(name, ()) if _is_like(address, claim.address)]
            if found:
                return found
        return []

    def _place_by_name(self, number: int, claims: Sequence[Claim]) -> None:
        """A line with the name of a claim, and an address that nobody claims: it has moved, or goes."""
        claim = next((one for one in claims if one.line and not self._is_settled(one.address)), None)
        if claim is not None:
            self._placed[claim.address] = number
        elif not any(
            one.address in self._refused for one in claims
        ):  # one whose new address is refused keeps the old one
            self._gone.add(number)

    def _all_lines(self) -> Iterator[str]:
        placed = {number: self._by_address[address] for address, number in self._placed.items()}
        for number, line in enumerate(self._lines):
            if number in placed:
                yield _updated(line, placed[number].line or "")
            elif number not in self._gone:
                yield line
        for address, claim in self._by_address.items():
            if claim.line is not None and not self._is_settled(address):
                yield claim.line

    def _is_settled(self, address: str) -> bool:
        return address in self._placed or address in self._refused


def _key(line: str) -> tuple[str, str]:
    """The address of a line as claims spell it, and its first name; "" for what is not there."""
    fields = line.split(None, 2)
    if len(fields) < 2 or line.lstrip().startswith("#") or fields[1].startswith("#"):
        return "", ""
    address, first = fields[0], fields[1].partition("#")[0]
    if ":" in address:
        found = address_of(address)
        address = address if found is None else str(found)
    return address, first


def _before_dots(name: str) -> Iterable[str]:
    """a.b.c -> a, a.b"""
    parts = name.split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts)))


def _is_like(of_line: str, of_claim: str) -> bool:
    """Whether a line with this address can be the old one of a claim: a link-local address stands beside others, and an IPv6
    line is not that of an IPv4 address."""
    if is_link_local(of_line) != is_link_local(of_claim):
        return False
    return ":" not in of_line or ":" in of_claim


def is_link_local(address: str) -> bool:
    return address.startswith("fe80:")


def _names_localhost(line: str) -> bool:
    return "localhost" in line and any(
        name.partition(".")[0] == "localhost" for name in line.partition("#")[0].split()[1:]
    )


def _updated(old: str, new: str) -> str:
    """The new line with the comment of the old one; the old one when it says the same."""
    says, mark, comment = old.partition("#")
    if says.split() == new.split():
        return old
    return f"{new} {mark}{comment}" if mark else new
