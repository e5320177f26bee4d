"""The answer files that nodes under installation fetch by HTTP: <installdir>/autoinst/NODE, and NODE.post."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.autoinst.answers import Answers, make_answers
from xcatd.services.autoinst.target import site
from xcatd.services.files import in_thread, make_folder, replace_below
from xcatd.services.networks import Address
from xcatd.services.postscripts.writing import read_here

FOLDER: Final = "autoinst"


async def write_answers(
    world: World, nodes: Sequence[str], root: Path = Path("/"), *, image: str = "", own: Sequence[Address] | None = None
) -> Mapping[str, ServiceError]:
    """Bring the answer files of these nodes up to date, each in one step, and only those that differ; gives the nodes without new
    ones, and why: their old files stay. Who is cancelled waits until what is being written is there.

    `image`: the osimage that all are to be installed with; each node's own (nodetype.provmethod) if not given. `own`: this
    server's addresses, where somebody has just asked. `root`: the folder below which the server's files are. Raises ServiceError
    when none can be written.
    """
    here = await read_here(world.snapshot, nodes, root, own)
    folder = here.below(site(here, "installdir")) / FOLDER
    made = await make_answers(here, nodes, image)
    failed = {node: one for node, one in made.items() if isinstance(one, ServiceError)}
    failed |= {node: ServiceError(f"{node} cannot be the name of a file") for node in nodes if _is_no_name(node)}
    wanted = {node: one for node, one in made.items() if isinstance(one, Answers) and node not in failed}
    return {**failed, **await in_thread(partial(_write, folder, wanted))}


def _is_no_name(node: str) -> bool:
    return "/" in node or node.startswith(".")


def _write(folder: Path, wanted: Mapping[str, Answers]) -> Mapping[str, ServiceError]:
    """Gives the nodes of which something is in the way."""
    make_folder(folder)
    changed: dict[Path, str] = {}
    failed: dict[str, ServiceError] = {}
    for node, answers in wanted.items():
        try:
            changed |= _differing(folder, node, answers.files(node))
        except ServiceError as error:
            failed[node] = error
    replace_below(folder, changed)
    return failed


def _differing(folder: Path, node: str, files: Mapping[str, str]) -> Mapping[Path, str]:
    """The files of a node that have to be written; their folder is there then."""
    _clear(folder, node, files)
    changed = {folder / name: text for name, text in files.items() if not _has(folder / name, text)}
    for parent in {path.parent for path in changed} - {folder}:
        if not parent.is_dir():
            make_folder(parent)
    return changed


def _has(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode(errors="surrogateescape")
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ServiceError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error


def _clear(folder: Path, node: str, files: Iterable[str]) -> None:
    """What another installer had there before: a file where a folder is to be, or the other way round; and its script. A link
    goes too: it would lead what is written elsewhere."""
    path, post = folder / node, folder / f"{node}.post"
    try:
        kind = _kind(path)
        if kind == stat.S_IFLNK or (kind == stat.S_IFREG and node not in files):
            path.unlink()
        elif kind == stat.S_IFDIR and node in files:
            shutil.rmtree(path)
        if post.name not in files:
            post.unlink(missing_ok=True)
    except OSError as error:
        raise ServiceError(f"{path} cannot be replaced: {(error.strerror or str(error)).lower()}") from error


def _kind(path: Path) -> int:
    """What is there by its mode (inode(7)), 0 for nothing."""
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except FileNotFoundError:
        return 0
