"""`chdef`: attributes of objects are changed; nodes that do not exist are created when they are given groups."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from xcatd.api import Channel, Ctx, UsageError, command, opt
from xcatd.noderange import names as spelled
from xcatd.objects import Mode
from xcatd.plugins.objects.edit import edits
from xcatd.plugins.objects.kinds import SITE, check_kind, check_name, exists, named_objects
from xcatd.plugins.objects.stanza import read_stanzas
from xcatd.store import Change

_FAILED = "One or more errors occured when attempting to create or modify xCAT object definitions."
_NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_BREATH = 20
"""Objects that are worked on between two moments at which others may run."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """Attributes that an object is to get."""

    kind: str
    name: str
    attributes: Mapping[str, str]


@dataclass(slots=True)
class _Outcome:
    """What is to be written, and what is to be said about it."""

    changes: list[Change] = field(default_factory=list)
    done: int = 0
    created: list[str] = field(default_factory=list)
    errors: dict[str, None] = field(default_factory=dict)
    failed: bool = False


@command("chdef", changes=True, timeout=600)
async def chdef(
    ctx: Ctx,
    words: tuple[str, ...],
    *,
    kind: Annotated[str, opt("-t", "--type", "the type of the objects; node if not given")] = "",
    objects: Annotated[str, opt("-o", "--object", "names of objects; a noderange for nodes")] = "",
    append: Annotated[bool, opt("-p", "--plus", "add the items to those that are there")] = False,
    remove: Annotated[bool, opt("-m", "--minus", "take the items out of those that are there")] = False,
    stanza: Annotated[bool, opt("-z", "--stanza", "read a stanza file from standard input")] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "name the objects that are changed")] = False,
    new_name: Annotated[str, opt("-n", "--new", "not supported yet")] = "",
    dynamic: Annotated[bool, opt("-d", "--dynamic", "not supported yet")] = False,
    where: Annotated[tuple[str, ...], opt("-w", "not supported yet")] = (),
) -> None:
    """Change objects: chdef [-t type] name attribute=value ...

    For nodes the name is a noderange. An empty value clears the attribute. What can be done is done, all of it at once.
    """
    for option, given in (("-n", new_name), ("-d", dynamic), ("-w", where)):
        if given:
            raise UsageError(f"chdef {option} is not supported yet")
    if append and remove:
        raise UsageError("chdef: -p adds items and -m takes them out: give only one of them")
    mode: Mode = "append" if append else "remove" if remove else "set"
    given_names = [word for word in words if "=" not in word]
    attributes = dict(_assignment(word) for word in words if "=" in word)
    wanted = ",".join(filter(None, (objects, *given_names)))
    if stanza:
        wishes = _from_stanzas(await ctx.stdin(), kind, wanted, attributes)
    else:
        wishes = _typed(ctx, check_kind(kind or "node"), wanted, attributes)
    outcome = await _work_out(ctx, wishes, mode)
    if outcome.changes:
        await ctx.write(*outcome.changes)
    await _report(ctx, outcome, wishes if verbose else ())


def _assignment(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    if not name:
        raise UsageError(f"chdef: {word!r} is not an assignment; write it as attribute=value")
    return name, value


def _typed(ctx: Ctx, kind: str, wanted: str, attributes: Mapping[str, str]) -> list[_Wish]:
    """What the command line asks for."""
    if not attributes:
        raise UsageError("chdef: nothing to change; write chdef [-t type] name attribute=value ...")
    if not wanted and kind != "site":
        raise UsageError("chdef: which objects? Write chdef [-t type] name attribute=value ...")
    found, missing = named_objects(ctx.world, kind, wanted or SITE)
    if kind == "node" and missing:
        missing = list(spelled(",".join(missing)))
    return [_Wish(kind, name, attributes) for name in (*found, *missing)]


def _from_stanzas(text: str, kind: str, wanted: str, attributes: Mapping[str, str]) -> list[_Wish]:
    """What a stanza file asks for; the command line may choose among its objects, and add attributes."""
    chosen = {name.strip() for name in wanted.split(",")} if wanted else None
    wishes = [
        _Wish(check_kind(one.type or kind or "node"), one.name, {**one.attributes, **attributes})
        for one in read_stanzas(text)
        if chosen is None or one.name in chosen
    ]
    if not wishes:
        raise UsageError("chdef -z: standard input has no stanza for the objects; write name: and attr=value lines")
    return wishes


async def _work_out(ctx: Ctx, wishes: Sequence[_Wish], mode: Mode) -> _Outcome:
    """Find out all that is to be written before anything is."""
    outcome = _Outcome()
    for number, wish in enumerate(wishes):
        _work_out_one(ctx, wish, mode, outcome)
        if number % _BREATH == 0:
            await asyncio.sleep(0)
    return outcome


def _work_out_one(ctx: Ctx, wish: _Wish, mode: Mode, outcome: _Outcome) -> None:
    attributes = {}
    for name, value in wish.attributes.items():
        try:
            check_name(wish.kind, name)
        except UsageError as error:
            outcome.errors |= {str(error): None, "Skipping to the next attribute.": None}
            outcome.failed = True
        else:
            attributes[name] = value
    is_new = not exists(ctx.world, wish.kind, wish.name)
    try:
        if is_new and wish.kind == "node" and not _NODE.fullmatch(wish.name):
            raise UsageError(
                f"'{wish.name}' cannot be a node's name: letters, digits, hyphens, dots and underscores can."
            )
        notes: list[UsageError] = []
        outcome.changes += edits(ctx.world, wish.kind, wish.name, attributes, mode, notes.append)
        outcome.errors |= {str(note): None for note in notes}
    except UsageError as error:
        outcome.errors[str(error)] = None
        outcome.failed = True
        return
    outcome.done += 1
    if is_new:
        outcome.created.append(wish.name)


async def _report(ctx: Ctx, outcome: _Outcome, named: Sequence[_Wish]) -> None:
    for error in outcome.errors:
        await ctx.fail(error)
    for wish in named:
        await ctx.say(f"{wish.kind} {wish.name}: {', '.join(wish.attributes)}", channel=Channel.INFO)
    if outcome.failed:
        await ctx.fail(_FAILED)
        return
    await ctx.say(f"{outcome.done} object definitions have been created or modified.", channel=Channel.INFO)
    if outcome.created:
        text = f"New object definitions '{','.join(outcome.created)}' have been created."
        await ctx.say(text, channel=Channel.INFO)
