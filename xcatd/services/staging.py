"""New files where a server's checker can read them before they are used."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from xcatd.services.files import make_folder, replace_text


@contextlib.asynccontextmanager
async def staged(path: Path, text: str, *, mode: int = 0o600) -> AsyncIterator[Path]:
    """A text in a file of its own beside the one it is for: some servers may read in that folder only. It goes with the block.

    Raises ServiceError: the disk is full, or read-only.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        await asyncio.to_thread(make_folder, path.parent)
        await asyncio.to_thread(replace_text, beside, text, mode=mode)
        yield beside
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
