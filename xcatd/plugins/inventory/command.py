"""The words of `xcat-inventory`: export, import, diff."""

from __future__ import annotations

from typing import Annotated, Literal

from xcatd.api import Completes, Ctx, UsageError, command, opt
from xcatd.plugins.inventory.choice import Choice
from xcatd.plugins.inventory.comparing import show_differences
from xcatd.plugins.inventory.exporting import show_inventory
from xcatd.plugins.inventory.importing import import_file
from xcatd.plugins.inventory.sides import DATABASE, BadFile

_SHOWN = 100
"""Problems that are named one by one."""


@command(
    "xcat-inventory",
    edits=True,
    lists=True,
    reads=("export", "diff"),
    timeout=900,
    completes={
        "types": Completes.TYPE,
        "names": Completes.OBJECTS,
        "exclude": Completes.TYPE,
        "before": Completes.FILE,
        "after": Completes.FILE,
    },
)
async def xcat_inventory(
    ctx: Ctx,
    action: Literal["export", "import", "diff"],
    *,
    types: Annotated[tuple[str, ...], opt("-t", "--type", "only these types (comma list); tables: loose rows")] = (),
    names: Annotated[str, opt("-o", "--object", "only these objects of a type; a noderange for nodes")] = "",
    exclude: Annotated[tuple[str, ...], opt("-x", "--exclude", "not these types")] = (),
    style: Annotated[Literal["yaml", "json"], opt("--format", "export: yaml or json")] = "yaml",
    secrets: Annotated[bool, opt("--secrets", "export and diff: passwords and the like, too")] = False,
    clean: Annotated[bool, opt("-c", "--clean", "import: remove objects that the file does not have")] = False,
    before: Annotated[str, opt("--from", "diff: a file, database, @TIME, or @NUMBER of a change")] = "",
    after: Annotated[str, opt("--to", "diff: the same; database if not given")] = DATABASE,
    file: Annotated[str, opt("-f", "--file", "the file to write or read, on the client's host")] = "",
) -> None:
    """Write the configuration as a file that is fit for git, read it back, or compare.

    xcat-inventory export [-t type] [-o names] [-x type] [--format yaml|json] [--secrets] [-f file]
    xcat-inventory import [-t type] [-o names] [-x type] [-c] [-f file]
    xcat-inventory diff --from file|@time|@number [--to file|@time|@number|database] [-t type] [-o names]

    An import checks everything first, and then changes what differs, all of it or nothing. diff ends with 1 if there
    is a difference.
    """
    if file:
        raise UsageError("xcat-inventory: files are read and written by the client program; use < and > instead of -f")
    choice = Choice.of(ctx.world, types, names, exclude)
    try:
        if action == "export":
            await show_inventory(ctx, choice, style, secrets=secrets)
        elif action == "import":
            await import_file(ctx, choice, clean=clean)
        else:
            await show_differences(ctx, choice, (before, after), secrets=secrets)
    except BadFile as bad:
        problems = list(dict.fromkeys(bad.problems))
        for problem in problems[:_SHOWN]:
            await ctx.fail(problem)
        if len(problems) > _SHOWN:
            await ctx.fail(f"There are {len(problems) - _SHOWN} more problems")
