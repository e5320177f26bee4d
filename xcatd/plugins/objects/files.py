"""Definitions on standard input: stanzas or XML."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from xcatd.api import Ctx, UsageError
from xcatd.objects.changes import type_to_write
from xcatd.objects.nics import split_name, with_value
from xcatd.plugins.objects.asked import Asked, Attributes, unknown_attribute
from xcatd.plugins.objects.stanza import Stanza

_BREATH = 200
"""Objects that are looked at between two moments at which others may run."""
_FILES = {"-x": "xmlfile", "-z": "stanzafile"}
_NO_TYPE = "\nNo objtype value was specified for '{}'. Cannot create object definition."

Read = Callable[[str], list[Stanza]]
"""Reads the text of a file."""


def refuse_beside_file(command: str, flag: str, kind: str, names: str, template: str = "") -> None:
    """Raises UsageError for what would say a second time what the file says."""
    if kind:
        raise UsageError("Cannot combine '-t' and '-a', '-z', or '-x' options.")
    if names:
        raise UsageError(f"Cannot use '{flag}' with '-o' or a noderange; write cat {_FILES[flag]} | {command} {flag}")
    if template:
        raise UsageError("The file input can not be used with --template option!")


async def ask_file(ctx: Ctx, read: Read, attributes: Mapping[str, str]) -> Asked:
    """What a file on standard input asks for; the command line may add attributes to all of its objects."""
    asked = Asked()
    stanzas = await asyncio.to_thread(read, await ctx.stdin())
    if not stanzas:
        raise UsageError("No object names were provided.")
    world = ctx.world
    known = Attributes(world)
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
        asked.errors |= {unknown_attribute(kind, attribute): None for attribute in unknown}
        asked.wishes[kind].append((stanza.name, _whole_nics(given)))
        if number % _BREATH == 0:
            await asyncio.sleep(0)
    return asked


def _whole_nics(attributes: dict[str, str]) -> Mapping[str, str]:
    """A stanza says everything about NICs: `nicips.eth0` and `nicips.eth1` together are all of nicips."""
    parts = [name for name in attributes if "." in name and split_name(name)[1]]
    whole: dict[str, str] = {}
    for name in parts:
        attribute, nic = split_name(name)
        whole[attribute] = with_value(whole.get(attribute, ""), nic, attributes.pop(name))
    return {**attributes, **whole}
