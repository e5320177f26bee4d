"""Which media lie in a tree: `.fingerprint` in it has a digest of each one's names, as xCAT 2 writes it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from xcatd.services.files import read_text, replace_text

NAME = ".fingerprint"


def fingerprint(names: Iterable[str]) -> str:
    """The digest of a medium: of all its names, below `.`, in the order of their octets."""
    spelled = sorted(f"./{name}".encode(errors="surrogateescape") for name in names)
    return hashlib.md5(b"".join([b".", *spelled]), usedforsecurity=False).hexdigest()


def has_medium(tree: Path, mark: str) -> bool:
    """Whether this medium lies in a tree. It blocks. Raises ServiceError."""
    return mark in read_text(tree / NAME).split(",")


def note_medium(tree: Path, mark: str) -> None:
    """Write down that it does. It blocks. Raises ServiceError."""
    if not has_medium(tree, mark):
        replace_text(tree / NAME, f"{read_text(tree / NAME)}{mark},")
