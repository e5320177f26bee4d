"""Who works on an image: one command at a time. Others are told who it is and do not wait, because it may take an hour."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from xcatd.errors import ServiceError
from xcatd.services.files import in_thread, locked_or_not

_LONGEST = 1024


@asynccontextmanager
async def image_turn(root: Path, folder: str, who: str = "") -> AsyncIterator[None]:
    """Work alone on an image, among all daemons of the host.

    `folder`: its rootimgdir, as tables name it (images of several provmethods may be made in the same folder); `who`: the command,
    for those who come meanwhile, such as `genimage NAME`. Raises ServiceError when somebody works on it.
    """
    path = root / "run/xcat/images" / f"{quote(os.path.normpath(folder), safe='')}.lock"
    with contextlib.ExitStack() as stack:
        await in_thread(partial(stack.enter_context, _taken(path, folder, who)))
        yield


@contextlib.contextmanager
def _taken(path: Path, folder: str, who: str) -> Iterator[None]:
    with locked_or_not(path) as descriptor:
        if descriptor is None:
            raise ServiceError(f"{_holder(path) or 'another command'} works on {folder}: try again when it has ended")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, who.encode(errors="replace")[:_LONGEST], 0)
        yield


def _holder(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_bytes()[:_LONGEST].decode(errors="replace")
    return ""
