"""A hall in which an image without disk is defined."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.helpers.run import Desk, desk

FOLDER = "/install/netboot/debian12/x86_64/compute"
"""Where the image is."""


def attributes(method: str) -> str:
    """What mkdef is told of such an image."""
    return f"imagetype=linux provmethod={method} osvers=debian12 osarch=x86_64 profile=compute"


@asynccontextmanager
async def image_desk(folder: Path, method: str) -> AsyncIterator[Desk]:
    """The image is called debian12-x86_64-METHOD-compute, and root has a password."""
    async with desk(folder) as made:
        await made.ok(f"mkdef -t osimage debian12-x86_64-{method}-compute {attributes(method)} rootimgdir={FOLDER}")
        await made.ok("chtab key=system,username=root passwd.password=a-secret")
        yield made
