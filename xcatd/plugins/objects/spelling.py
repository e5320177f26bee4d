"""Which names new objects may have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address

from xcatd.errors import BadNoderange
from xcatd.noderange import names as spelled

_NODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_FORMAT = 'please refer to "man xcatdb" for the valid "xCAT Object Name Format"'


@dataclass(slots=True)
class Doubtful:
    """Names that cannot be given to an object, and names of nodes that name servers may not find."""

    dotted: list[str] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
    capital: list[str] = field(default_factory=list)

    @property
    def errors(self) -> list[str]:
        """xCAT's sentences about the names that cannot be given."""
        found = []
        if self.dotted:
            found.append(f"The object name '{','.join(self.dotted)}' is invalid, Cannot use '.' in node name.")
        if self.invalid:
            found.append(f"The object name '{','.join(self.invalid)}' is invalid, {_FORMAT}")
        return found

    @property
    def warnings(self) -> list[str]:
        """xCAT's sentence about capital letters."""
        names = ",".join(self.capital)
        text = (
            f"The node name '{names}' contains capital letters which may not be resolved correctly by the dns server."
        )
        return [text] if names else []

    @property
    def refused(self) -> set[str]:
        return {*self.dotted, *self.invalid}


def doubtful(names: Iterable[tuple[str, str]]) -> Doubtful:
    """What is wrong with the (type, name) of objects to be."""
    found = Doubtful()
    for kind, name in names:
        if not is_valid(kind, name):
            (found.dotted if kind == "node" and "." in name else found.invalid).append(name)
        elif kind == "node" and name != name.lower():
            found.capital.append(name)
    return found


def is_valid(kind: str, name: str) -> bool:
    """Whether an object of the type may be called so: a node must be a word or an IPv6 address, a group must not be a
    range of names."""
    if kind == "node":
        return _NODE.fullmatch(name) is not None or _is_ipv6(name)
    if kind == "group":
        return _is_one_name(name)
    return bool(name.strip())


def _is_ipv6(name: str) -> bool:
    try:
        return ":" in name and ip_address(name).version == 6
    except ValueError:
        return False


def _is_one_name(name: str) -> bool:
    """Digits alone are one: in a noderange they are short for a node, and that does not concern a group."""
    try:
        return spelled(name, prefix="") == (name,)
    except BadNoderange:
        return False
