"""A copy that is cancelled in the middle: the program that unpacks ends, and nothing is left."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.helpers.media import iso, lay, rocky
from xcatd.services.media.copying import Copy, clues_of, copy_medium
from xcatd.services.media.folder import Folder
from xcatd.services.media.isoimage import IsoImage
from xcatd.services.media.recognition import recognise
from xcatd.services.media.source import Source
from xcatd.services.media.wishes import as_wished


def unpacking(image: Path) -> list[int]:
    """The processes that unpack an image."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"-xvf" in words and str(image).encode() in words:
            found.append(int(process.name))
    return found


async def copy_of(source: Source, root: Path) -> Copy:
    contents = await source.contents()
    identity = as_wished(recognise(await clues_of(source, contents)), "", "")
    return Copy(source, contents, identity, root / "install/rocky9.4/x86_64", root)


class Held:
    """A caller who does not look at how far it is, so that nobody gets on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    async def progress(self, done: int, total: int) -> None:
        self.reached.set()
        await asyncio.Event().wait()


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """Its names are longer than all that pipes and buffers hold."""
    return lay(rocky(tmp_path / "medium"), {f"many/{number:0120}": "" for number in range(3000)})


async def cancelled(copy: Copy) -> None:
    held = Held()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(None) as patience, asyncio.TaskGroup() as group:
            group.create_task(copy_medium(copy, held.progress))
            await held.reached.wait()
            if isinstance(copy.source, IsoImage):
                assert len(unpacking(copy.source.path)) == 1
            assert (copy.tree.with_name(".x86_64.new")).is_dir()
            patience.reschedule(0)


async def test_an_image_that_nobody_waits_for_any_more(medium: Path, tmp_path: Path) -> None:
    image = iso(medium)
    await cancelled(await copy_of(IsoImage(image), tmp_path / "root"))
    assert unpacking(image) == []
    assert not (tmp_path / "root/install").exists()


async def test_a_folder_that_nobody_waits_for_any_more(medium: Path, tmp_path: Path) -> None:
    await cancelled(await copy_of(Folder(medium), tmp_path / "root"))
    assert not (tmp_path / "root/install").exists()
