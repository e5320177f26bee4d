"""What callers of mkdef, chdef and rmdef type: names, attr=value, types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from xcatd.api import UsageError
from xcatd.noderange import expand
from xcatd.objects import World, exists
from xcatd.objects.changes import type_to_write
from xcatd.objects.kinds import SITE
from xcatd.plugins.objects.asked import Asked, Attributes, unknown_attribute

_PAIR = re.compile(r"\s*([^=]*?)\s*=\s*(.*)", re.DOTALL)
_NO_NAMES = "No object names were provided."


def split_words(words: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The operand that names objects, "" without one, and the assignments. Raises UsageError."""
    names = [word for word in words if "=" not in word]
    if len(names) > 1:
        raise UsageError(
            f"noderange can not contain spaces: {' '.join(names)!r} are several words, write them with commas"
        )
    pairs = (read_pair(word) for word in words if "=" in word)
    return "".join(names), dict(pairs)


def read_pair(word: str) -> tuple[str, str]:
    """`attribute=value`; blanks around the sign do not count."""
    found = _PAIR.fullmatch(word)
    if found is None or not found[1]:
        raise UsageError(f"Incorrect 'attr=val' pair - {word}.")
    return found[1], found[2]


def one_type(world: World, kind: str) -> str:
    """The type that is typed; node if none is. Raises UsageError when there is none of this name."""
    first, *others = [one.strip() for one in (kind or "node").split(",")]
    if others:
        raise UsageError("Cannot combine multiple types with 'att=val' pairs on the command line.")
    if first not in world.types:
        raise UsageError(f"\nType '{first}' is not a valid xCAT object type.")
    return first


def names_in(world: World, kind: str, text: str) -> list[str]:
    """The objects that a text names, whether or not they exist: a noderange for nodes, else a comma list.

    Raises UsageError when there is none, BadNoderange for a noderange that cannot be read.
    """
    if kind == "node":
        expanded = expand(text, world, exclude=world.snapshot.site("excludenodes"), unknown=True)
        found = [*expanded.nodes, *expanded.missing]
    else:
        found = [name.strip() for name in text.split(",") if name.strip()]
    if not found and kind == "site":
        return [SITE]
    if not found:
        raise UsageError(f"No node in '{text}', check the noderange syntax." if text and kind == "node" else _NO_NAMES)
    return list(dict.fromkeys(found))


def new_ones(world: World, kind: str, names: Iterable[str]) -> set[str]:
    """Those of the names that are no objects yet."""
    if kind == "node":
        return set(names).difference(world.snapshot.table("nodelist").keys())
    return {name for name in names if not exists(world, kind, name)}


def ask_typed(world: World, kind: str, names: Sequence[str], attributes: Mapping[str, str]) -> Asked:
    """What the command line asks for. Attributes that objects of the type do not have are errors, and left out."""
    type_to_write(world, kind)
    asked = Asked()
    shared, unknown = Attributes(world).sorted_out(kind, attributes)
    for attribute in unknown:
        asked.errors |= {unknown_attribute(kind, attribute): None, "Skipping to the next attribute.": None}
    asked.wishes[kind] = [(name, shared) for name in names]
    return asked
