"""What rsync says: which files it changed, and why it failed. Pure."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xcatd.errors import NodeError

FORMAT = "@%i %n"
"""How it shall say a change (rsync(1), --out-format): no other line of it begins so."""
_CHANGE = re.compile(r"@(\*deleting  |[<>ch.][fdLDS]\S{9}) (.+)", re.DOTALL)
_NUMBER = re.compile(r"\((\d+)\)$")
"""rsync puts errno behind the words for it, which are in the language of the node."""
_UNHEEDED = ("rsync: connection unexpectedly closed", "rsync: did not see server greeting")
_NOT_FOUND = 127
"""What a shell ends with that does not find a command."""
_TALK, _VANISHED = 12, 24
"""Two of its own exit values (rsync(1), EXIT VALUES)."""
_REMEDIES = {
    errno.ENOSPC: "make room there",
    errno.EDQUOT: "make room there",
    errno.EROFS: "the file system is mounted read-only there",
    errno.EACCES: "-l names a user who may, or use --sudo",
    errno.EPERM: "-l names a user who may, or use --sudo",
    errno.ENOENT: "make the folder, or correct the path",
    errno.ENOTDIR: "the path goes through what is no folder there",
    errno.EISDIR: "a folder is in the way there",
}


@dataclass(frozen=True, slots=True)
class Change:
    """`flags`: how rsync itemizes it (rsync(1), --itemize-changes). `path`: below the destination, as rsync names it; a folder ends
    with `/`."""

    flags: str
    path: str

    @property
    def is_new(self) -> bool:
        return self.flags.endswith("+++++++++")

    @property
    def is_removed(self) -> bool:
        return self.flags.startswith("*")

    @property
    def is_folder(self) -> bool:
        return self.path.endswith("/")

    @property
    def is_content(self) -> bool:
        """Whether it is a file with another content than before, a link elsewhere, or new; not only its times or rights."""
        return self.flags[0] in "<>ch" and not self.is_folder


def change_in(line: str) -> Change | None:
    """The change that a line tells; None for other lines, such as those about folders that were made."""
    found = _CHANGE.fullmatch(line)
    return None if found is None else Change(found[1].rstrip(), found[2])


def failure(status: int, far: int | None, errors: Sequence[str], *, sudo: bool) -> NodeError:
    """The sentence for a transfer that failed.

    `status`: of the rsync here. `far`: of the command on the node, None when there was none. `errors`: lines of both on standard
    error.
    """
    if far == _NOT_FOUND:
        return NodeError("rsync is not installed there: install its package rsync")
    lines = [line for line in errors if not line.startswith(_UNHEEDED)]
    if sudo and status == _TALK and any(line.startswith("sudo:") for line in lines):
        return NodeError(f"sudo does not start rsync there ({lines[0]}): let it do so without a password")
    if status == _VANISHED:
        return NodeError("a file went away here while it was copied: run it again")
    cause = _cause(lines) or f"status {status}"
    return NodeError(f"rsync did not bring everything ({cause}): {_remedy(lines)}")


def _cause(lines: Iterable[str]) -> str:
    """The first error in rsync's own words, else the first line."""
    said = [" ".join(line.split()) for line in lines if line.strip()]
    chosen = next((line for line in said if line.startswith("rsync: ")), next(iter(said), ""))
    return chosen.removeprefix("rsync: ").rstrip(".")


def _remedy(lines: Iterable[str]) -> str:
    for line in lines:
        found = _NUMBER.search(line.rstrip())
        if found and (remedy := _REMEDIES.get(int(found[1]))):
            return remedy
    return "look at the node and at the files, and run it again"
