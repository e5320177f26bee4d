"""`mkdef -u` and `chdef -u`: what an image is made from, found by its osvers, osarch, profile and provmethod."""

from __future__ import annotations

import asyncio

from xcatd.api import Ctx
from xcatd.objects import read_objects
from xcatd.plugins.objects.asked import Wishes
from xcatd.services.images.definition import image_files

_KEPT = ("imagetype", "provmethod", "profile", "osname", "osvers", "osarch")
"""What a change takes from the image itself when it is not given."""


async def with_image_files(ctx: Ctx, wishes: Wishes, *, changing: bool) -> Wishes:
    """The wishes with what follows from them. `changing`: images that exist keep what they are, and files that are not
    given are looked for again. Raises UsageError for what does not go together."""
    names = [name for name, _ in wishes] if changing else []
    old = dict(read_objects(ctx.world, "osimage", names, _KEPT))
    search = image_files(ctx.snapshot, ctx.host.root, again=changing)
    return [
        (name, await asyncio.to_thread(search.attributes, {**old.get(name, {}), **given})) for name, given in wishes
    ]
