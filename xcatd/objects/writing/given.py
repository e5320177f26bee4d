"""What is asked of an object, read once for all objects of which the same is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xcatd.objects.attributes import ObjectType
from xcatd.objects.nics import split_name
from xcatd.objects.writing.outcome import Mode, Outcome


@dataclass(slots=True)
class Given:
    """`texts` by attribute; `nics`: attribute -> NIC -> value, for `nicips.eth0=...`; `named`: what the object is said to
    be called, by the attribute that is its name."""

    texts: dict[str, str] = field(default_factory=dict)
    nics: dict[str, dict[str, str]] = field(default_factory=dict)
    named: str | None = None


def read_given(kind: ObjectType, attributes: Mapping[str, str], mode: Mode, outcome: Outcome) -> Given | None:
    """Sort attributes that are known from those that are not, which `outcome` hears of. None: nothing can be done."""
    given = Given()
    for name, text in attributes.items():
        whole, nic = split_name(name)
        if whole not in kind.names:
            outcome.refuse(f"'{name}' is not a valid attribute name for an object type of '{kind.name}'.")
        elif whole == kind.key:
            given.named = text
        elif nic and mode != "set":
            outcome.refuse("chdef does not support to change the nic related attributes with -m or -p flag.")
            return None
        elif nic:
            given.nics.setdefault(whole, {})[nic] = text
        else:
            given.texts[whole] = text
    return given
