"""What callers of mkdef, chdef and rmdef type: names, attr=value, types, and stanzas on standard input."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from xcatd.api import Ctx, UsageError
from xcatd.noderange import expand
from xcatd.noderange import names as spelled
from xcatd.objects import World, exists
from xcatd.objects.aliases import canonical
from xcatd.objects.changes import type_to_write
from xcatd.objects.kinds import OPEN, SITE
from xcatd.objects.nics import split_name, with_value
from xcatd.plugins.objects.stanza import read_stanzas

_PAIR = re.compile(r"\s*([^=]*?)\s*=\s*(.*)", re.DOTALL)
_BREATH = 200
"""Stanzas that are looked at between two moments at which others may run."""
_NO_TYPE = "\nNo objtype value was specified for '{}'. Cannot create object definition."
_NO_NAMES = "No object names were provided."

Wishes = list[tuple[str, Mapping[str, str]]]
"""(name, attribute -> text). What is typed is one mapping for all objects."""


@dataclass(slots=True)
class Asked:
    """What is to be done: the objects of each type, and the errors in what was said about them."""

    wishes: dict[str, Wishes] = field(default_factory=dict)
    errors: dict[str, None] = field(default_factory=dict)

    @property
    def names(self) -> list[tuple[str, str]]:
        """(type, name) of all objects."""
        return [(kind, name) for kind, wishes in self.wishes.items() for name, _ in wishes]


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


def refuse_beside_stanzas(command: str, kind: str, names: str, template: str = "") -> None:
    """Raises UsageError for what would say a second time what stanzas say."""
    if kind:
        raise UsageError("Cannot combine '-t' and '-a', '-z', or '-x' options.")
    if names:
        raise UsageError(f"Cannot use '-z' with '-o' or a noderange; write cat stanzafile | {command} -z")
    if template:
        raise UsageError("The file input can not be used with --template option!")


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
        expanded = expand(text, world, exclude=world.snapshot.site("excludenodes")) if text else None
        missing = expanded.missing if expanded else ()
        found = [*(expanded.nodes if expanded else ()), *(spelled(",".join(missing)) if missing else ())]
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
    shared, unknown = _Attributes(world).sorted_out(kind, attributes)
    for attribute in unknown:
        asked.errors |= {_unknown(kind, attribute): None, "Skipping to the next attribute.": None}
    asked.wishes[kind] = [(name, shared) for name in names]
    return asked


async def ask_stanzas(ctx: Ctx, attributes: Mapping[str, str]) -> Asked:
    """What a stanza file on standard input asks for; the command line may add attributes to all of its objects."""
    asked = Asked()
    stanzas = await asyncio.to_thread(read_stanzas, await ctx.stdin())
    if not stanzas:
        raise UsageError(_NO_NAMES)
    world = ctx.world
    known = _Attributes(world)
    for number, stanza in enumerate(stanzas):
        kind = stanza.type
        if not kind:
            asked.errors[_NO_TYPE.format(stanza.name)] = None
            continue
        if kind not in asked.wishes:
            if kind not in world.types:
                raise UsageError(f"\nType '{kind}' of '{stanza.name}' is not a valid xCAT object type.")
            type_to_write(world, kind)
            asked.wishes[kind] = []
        given, unknown = known.sorted_out(kind, {**stanza.attributes, **attributes})
        asked.errors |= {_unknown(kind, attribute): None for attribute in unknown}
        asked.wishes[kind].append((stanza.name, _whole_nics(given)))
        if number % _BREATH == 0:
            await asyncio.sleep(0)
    return asked


class _Attributes:
    """Which attributes there are, each looked up once."""

    def __init__(self, world: World) -> None:
        self._types = world.types
        self._today: dict[tuple[str, str], str] = {}

    def sorted_out(self, kind: str, given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
        """What is given, under the names of today, and the names that objects of the type do not have."""
        known: dict[str, str] = {}
        unknown: list[str] = []
        for attribute, text in given.items():
            today = self._name_of_today(kind, attribute)
            if today:
                known[today] = text
            else:
                unknown.append(attribute)
        return known, unknown

    def _name_of_today(self, kind: str, attribute: str) -> str:
        """ "" for none. The site and monitoring plug-ins may have any."""
        place = (kind, attribute)
        if place not in self._today:
            today = canonical(kind, attribute)
            is_known = kind in OPEN or split_name(today)[0] in self._types[kind].names
            self._today[place] = today if is_known else ""
        return self._today[place]


def _unknown(kind: str, attribute: str) -> str:
    return f"'{split_name(attribute)[0]}' is not a valid attribute name for an object type of '{kind}'."


def _whole_nics(attributes: dict[str, str]) -> Mapping[str, str]:
    """A stanza says everything about NICs: `nicips.eth0` and `nicips.eth1` together are all of nicips."""
    parts = [name for name in attributes if "." in name and split_name(name)[1]]
    whole: dict[str, str] = {}
    for name in parts:
        attribute, nic = split_name(name)
        whole[attribute] = with_value(whole.get(attribute, ""), nic, attributes.pop(name))
    return {**attributes, **whole}
