"""`chdef`: attributes of objects are changed; objects that do not exist are created. With -n an object gets another name."""

from __future__ import annotations

from typing import Annotated

from xcatd.api import Completes, Ctx, UsageError, command, opt
from xcatd.objects.changes import Mode, Outcome
from xcatd.plugins.objects.apply import (
    FAILED,
    add_files,
    check_rules,
    complain,
    name_updated,
    warn_of_overlaps,
    work_out,
)
from xcatd.plugins.objects.asked import Asked, Wishes
from xcatd.plugins.objects.describe import describe
from xcatd.plugins.objects.files import ask_file, refuse_beside_file
from xcatd.plugins.objects.members import Choice, choose
from xcatd.plugins.objects.rename import rename
from xcatd.plugins.objects.spelling import doubtful
from xcatd.plugins.objects.stanza import read_stanzas
from xcatd.plugins.objects.words import (
    ask_typed,
    names_in,
    new_ones,
    one_type,
    split_words,
)
from xcatd.plugins.objects.xmlfile import read_xml

_NICS = "chdef does not support to change the nic related attributes with -m or -p flag."


@command("chdef", edits=True, timeout=600, completes={"words": Completes.DEFINITION})
async def chdef(
    ctx: Ctx,
    words: tuple[str, ...],
    *,
    kind: Annotated[str, opt("-t", "--type", "the type of the objects; node if not given")] = "",
    objects: Annotated[str, opt("-o", "--object", "names of objects; a noderange for nodes")] = "",
    append: Annotated[bool, opt("-p", "--plus", "add the items to those that are there")] = False,
    remove: Annotated[bool, opt("-m", "--minus", "take the items out of those that are there")] = False,
    stanza: Annotated[bool, opt("-z", "--stanza", "read a stanza file from standard input")] = False,
    as_xml: Annotated[bool, opt("-x", "--xml", "read XML as of lsdef -x from standard input")] = False,
    new_name: Annotated[str, opt("-n", "--new", "give the object this name, and change nothing else")] = "",
    dynamic: Annotated[bool, opt("-d", "--dynamic", "for groups: the conditions of -w decide on the members")] = False,
    where: Annotated[tuple[str, ...], opt("-w", "for groups: attribute==value of members; also != =~ !~")] = (),
    files: Annotated[bool, opt("-u", "for images: find files by osvers, osarch, profile and provmethod")] = False,
    template: Annotated[str, opt("--template", "only mkdef takes templates")] = "",
    verbose: Annotated[bool, opt("-V", "--verbose", "name the objects that are changed")] = False,
    explain: Annotated[bool, opt("-h", "--help", "-?", "with -t: the attributes of this type")] = False,
    _old: Annotated[bool, opt("-S", "--nocache", "taken for old scripts")] = False,
) -> None:
    """Change objects: chdef [-t type] name attribute=value ...

    For nodes the name is a noderange. An empty value clears the attribute. What can be done is done, all of it at once.
    """
    if explain:
        await describe(ctx, kind, ())
        return
    if template:
        raise UsageError("The option '--template' can not be used with 'chdef'.")
    if append and remove:
        raise UsageError("chdef: -p adds items and -m takes them out: give only one of them")
    operand, given = split_words(words)
    names = ",".join(filter(None, (objects, operand)))
    kind = kind or ("osimage" if files else "")
    if new_name:
        if append or remove or stanza or as_xml or dynamic or where or given:
            raise UsageError("Cannot combine '-n' and '-d','-p','-m','-z','-w' options, or attributes.")
        await rename(ctx, one_type(ctx.world, kind), names, new_name)
        return
    mode: Mode = "append" if append else "remove" if remove else "set"
    if stanza or as_xml:
        refuse_beside_file("chdef", "-x" if as_xml else "-z", kind, names)
        asked = await ask_file(ctx, read_xml if as_xml else read_stanzas, given)
    else:
        kind = one_type(ctx.world, kind)
        if mode != "set" and any(word.startswith("nic") and "." in word for word in given):
            raise UsageError(_NICS)
        asked = ask_typed(ctx.world, kind, names_in(ctx.world, kind, names), given)
    choice = Choice(dynamic, where, keeps=True)
    for one in asked.wishes:
        choice.check(ctx.world, one)
    check_rules(asked.wishes)
    if files:
        if mode != "set":
            raise UsageError("Cannot use '-u' with '-p' or '-m'.")
        await add_files(ctx, asked, changing=True)
    await _change(ctx, asked, choice, mode, verbose=verbose)


async def _change(ctx: Ctx, asked: Asked, choice: Choice, mode: Mode, *, verbose: bool) -> None:
    """Do what can be done, and say what cannot."""
    await complain(ctx, asked.errors)
    failed = bool(asked.errors)
    failed |= await _choose_members(ctx, asked, choice)
    capitals = await _leave_out(ctx, asked)
    outcome = await work_out(ctx, asked.wishes, mode)
    await complain(ctx, outcome.errors, outcome.warnings)
    if outcome.changes:
        await ctx.write(*outcome.changes)
        await warn_of_overlaps(ctx, asked.wishes, outcome)
    if failed or outcome.is_partial:
        await ctx.fail(FAILED)
    else:
        await _report(ctx, asked, outcome, verbose=verbose)
        await complain(ctx, (), () if verbose else capitals)


async def _choose_members(ctx: Ctx, asked: Asked, choice: Choice) -> bool:
    """Do what -d and -w ask for; says whether a group had to be left out."""
    failed = False
    groups: Wishes = []
    for name, given in asked.wishes.get("group", ()):
        chosen = choose(ctx.world, name, given, choice, stored=True)
        if chosen.error:
            await ctx.fail(chosen.error)
            failed = True
        else:
            groups.append((name, chosen.attributes))
    if groups or failed:
        asked.wishes["group"] = groups
    return failed


async def _leave_out(ctx: Ctx, asked: Asked) -> list[str]:
    """Take out of the wishes what changes nothing and what cannot be created, and say so; returns warnings about new
    names. An image that is created needs a type of image; xCAT says NIM where none is given."""
    new: list[tuple[str, str]] = []
    for kind, wishes in asked.wishes.items():
        made = new_ones(ctx.world, kind, (name for name, _ in wishes))
        new += [(kind, name) for name, _ in wishes if name in made] if made else []
        kept = [(name, given) for name, given in wishes if given or (kind in ("group", "node") and name in made)]
        if kind == "osimage":
            kept = [(name, {"imagetype": "NIM", **given} if name in made else given) for name, given in kept]
        asked.wishes[kind] = kept
    found = doubtful(new)
    await complain(ctx, found.errors)
    for kind, wishes in asked.wishes.items() if found.refused else ():
        asked.wishes[kind] = [one for one in wishes if one[0] not in found.refused or (kind, one[0]) not in new]
    return found.warnings


async def _report(ctx: Ctx, asked: Asked, outcome: Outcome, *, verbose: bool) -> None:
    created = [name for names in outcome.created.values() for name in names]
    if verbose and outcome.count and not ctx.dry_run:
        await name_updated(ctx, asked.wishes, outcome)
    elif verbose:
        await ctx.done("No database was updated")
    else:
        await ctx.done(f"{outcome.count or 'No'} object definitions have been created or modified.")
        if created:
            await ctx.done(f"New object definitions '{','.join(created)}' have been created.")
