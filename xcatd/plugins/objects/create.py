"""`mkdef`: new objects, by name or noderange, from stanzas or from a template."""

from __future__ import annotations

from typing import Annotated

from xcatd.api import Completes, Ctx, UsageError, command, opt
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
from xcatd.plugins.objects.spelling import doubtful
from xcatd.plugins.objects.stanza import read_stanzas
from xcatd.plugins.objects.templating import with_template
from xcatd.plugins.objects.words import (
    ask_typed,
    names_in,
    new_ones,
    one_type,
    split_words,
)
from xcatd.plugins.objects.xmlfile import read_xml

_NOTHING = "No object definitions have been created or modified: no attributes were specified."
_GROUPS = " The 'groups' attribute is required when creating node definitions."
_EXISTS = "A definition for '{}' already exists. No changes will be made.  Run again with '-f' option to force replace."
_NETWORK = "A network definition called '{0}' already exists. Cannot create a definition for '{0}'."


@command("mkdef", edits=True, timeout=600, completes={"words": Completes.DEFINITION})
async def mkdef(
    ctx: Ctx,
    words: tuple[str, ...],
    *,
    kind: Annotated[str, opt("-t", "--type", "the type of the objects; node if not given")] = "",
    objects: Annotated[str, opt("-o", "--object", "names of objects; a noderange for nodes")] = "",
    force: Annotated[bool, opt("-f", "--force", "replace objects that exist")] = False,
    stanza: Annotated[bool, opt("-z", "--stanza", "read a stanza file from standard input")] = False,
    as_xml: Annotated[bool, opt("-x", "--xml", "read XML as of lsdef -x from standard input")] = False,
    dynamic: Annotated[bool, opt("-d", "--dynamic", "for groups: the conditions of -w decide on the members")] = False,
    where: Annotated[tuple[str, ...], opt("-w", "for groups: attribute==value of members; also != =~ !~")] = (),
    template: Annotated[str, opt("--template", "take other attributes from this template or object")] = "",
    files: Annotated[bool, opt("-u", "for images: find files by osvers, osarch, profile and provmethod")] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "name the objects that are created")] = False,
    explain: Annotated[bool, opt("-h", "--help", "-?", "with -t: the attributes of this type")] = False,
    _old: Annotated[bool, opt("-S", "--nocache", "taken for old scripts")] = False,
) -> None:
    """Create objects: mkdef [-t type] name attribute=value ...

    For nodes the name is a noderange, and they need groups. Objects that exist are left alone unless -f is given.
    """
    if explain:
        await describe(ctx, kind, ())
        return
    operand, given = split_words(words)
    names = ",".join(filter(None, (objects, operand)))
    if stanza or as_xml:
        refuse_beside_file("mkdef", "-x" if as_xml else "-z", kind, names, template)
        asked = await ask_file(ctx, read_xml if as_xml else read_stanzas, given)
    else:
        asked = _typed(ctx, kind or ("osimage" if files else ""), names, given, template)
    choice = Choice(dynamic, where, keeps=False)
    for one in asked.wishes:
        choice.check(ctx.world, one)
    if not await _is_sound(ctx, asked):
        return
    await _leave_existing(ctx, asked, force=force)
    if files:
        await add_files(ctx, asked, changing=False)
    failed = ctx.failed | await _choose_members(ctx, asked, choice, force=force)
    await _create(ctx, asked, force=force, failed=failed, verbose=verbose)


def _typed(ctx: Ctx, kind: str, names: str, given: dict[str, str], template: str) -> Asked:
    kind = one_type(ctx.world, kind)
    wanted = names_in(ctx.world, kind, names)
    if template:
        given = with_template(ctx.world, kind, template, wanted, given)
    if not given and kind != "group":
        raise UsageError(_NOTHING + _GROUPS * (kind == "node"))
    return ask_typed(ctx.world, kind, wanted, given)


async def _is_sound(ctx: Ctx, asked: Asked) -> bool:
    """Whether something can be created: one bad name or attribute keeps all from being created."""
    check_rules(asked.wishes)
    found = doubtful(asked.names)
    await complain(ctx, found.errors or asked.errors, found.warnings)
    return not (found.errors or asked.errors)


async def _leave_existing(ctx: Ctx, asked: Asked, *, force: bool) -> None:
    """Take those out of the wishes that exist, and say so."""
    for kind, wishes in asked.wishes.items() if not force else ():
        new = new_ones(ctx.world, kind, (name for name, _ in wishes))
        for name, _ in wishes if len(new) < len(wishes) else ():
            if name in new:
                continue
            if kind == "network":
                await ctx.fail(_NETWORK.format(name))
            else:
                await ctx.warn(_EXISTS.format(name))
        asked.wishes[kind] = [one for one in wishes if one[0] in new]


async def _choose_members(ctx: Ctx, asked: Asked, choice: Choice, *, force: bool) -> bool:
    """Do what -d and -w ask for; says whether a group had to be left out."""
    failed = False
    groups: Wishes = []
    for name, given in asked.wishes.get("group", ()):
        chosen = choose(ctx.world, name, given, choice, stored=False)
        if chosen.is_open:
            await ctx.warn(f"Cannot determine a member list for group '{name}'.")
        if chosen.error:
            await ctx.fail(chosen.error)
            failed = True
        else:
            groups.append((name, chosen.attributes))
    if groups or failed:
        asked.wishes["group"] = groups
    return failed


async def _create(ctx: Ctx, asked: Asked, *, force: bool, failed: bool, verbose: bool) -> None:
    outcome = await work_out(ctx, asked.wishes, replace=force)
    await complain(ctx, outcome.errors, outcome.warnings)
    if outcome.changes:
        await ctx.write(*outcome.changes)
        await warn_of_overlaps(ctx, asked.wishes, outcome)
    text = f"{outcome.count} object definitions have been created or modified."
    if failed or outcome.is_partial:
        await ctx.fail(FAILED)
    elif not outcome.count:
        await ctx.fail(text)
    else:
        if verbose and not ctx.dry_run:
            await name_updated(ctx, asked.wishes, outcome)
        await ctx.done(text)
