"""`chdef -n`: another name for an object."""

from __future__ import annotations

from xcatd.api import Ctx, UsageError
from xcatd.objects import exists
from xcatd.objects.changes import changes_to_rename, type_to_write
from xcatd.plugins.objects.spelling import is_valid
from xcatd.plugins.objects.words import names_in


async def rename(ctx: Ctx, kind: str, names: str, new: str) -> None:
    """Rename one object. Raises UsageError for a name that is taken or cannot be given."""
    type_to_write(ctx.world, kind)
    if not is_valid(kind, new):
        raise UsageError(
            f"The new object name '{new}' is not valid.Please refer to \"man xcatdb\" for the valid"
            ' "xCAT Object Name Format" '
        )
    found = names_in(ctx.world, kind, names)
    if len(found) > 1:
        raise UsageError("The '-n' option (changing object name) can only work on one object.")
    old = found[0]
    if not exists(ctx.world, kind, old):
        raise UsageError(f"The {old} is not a valid object.")
    other = {"node": "group", "group": "node"}.get(kind, kind)
    for one in (kind, other):
        if exists(ctx.world, one, new):
            raise UsageError(f"Object {new} already exists.")
    await ctx.write(*changes_to_rename(ctx.world, kind, old, new))
    await ctx.done(f"Changed the object name from {old} to {new}.")
