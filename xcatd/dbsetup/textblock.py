"""Lines of ours in a file of the administrator's: between two marks, and nothing outside them is touched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from xcat_certs import files
from xcat_certs.accounts import acting_as_owner

_BEGIN = "# >>> xcatd: what stands between these marks is written by {}, and replaced by it"
_END = "# <<< xcatd"
_BLOCK = re.compile(r"^# >>> xcatd:[^\n]*\n(.*?)^# <<< xcatd\n", re.MULTILINE | re.DOTALL)


def block_in(text: str) -> list[str]:
    """The lines between the marks; none without marks."""
    found = _BLOCK.search(text)
    return found[1].splitlines() if found else []


def with_block(text: str, lines: Sequence[str], program: str, *, first: bool) -> str:
    """The text with these lines between the marks: where the marks are, else at the beginning or at the end.

    No lines: without marks.
    """
    block = "".join(f"{line}\n" for line in (_BEGIN.format(program), *lines, _END)) if lines else ""
    if _BLOCK.search(text):
        return _BLOCK.sub(lambda _: block, text, count=1)
    if text and not text.endswith("\n"):
        text += "\n"
    return block + text if first else text + block


def keep_block(path: Path, lines: Sequence[str], program: str, *, first: bool) -> Iterator[str]:
    """Bring the block in a file up to date. The file keeps its mode and its owner, as whom it is read and written."""
    with acting_as_owner(path.parent):
        before = path.read_text(encoding="utf-8", errors="surrogateescape")
        after = with_block(before, lines, program, first=first)
        if after != before:
            mode = path.stat().st_mode & 0o777
            files.write(path.resolve(), after.encode(errors="surrogateescape"), mode)
    if after != before:
        yield f"changed {path}"


def keep_file(path: Path, content: bytes, mode: int) -> Iterator[str]:
    """Bring a file that is ours alone up to date; it belongs to the owner of its folder."""
    with acting_as_owner(path.parent):
        there = path.read_bytes() if path.is_file() else None
        if there != content:
            files.write(path, content, mode)
    if there != content:
        yield f"{'made' if there is None else 'changed'} {path}"
