"""Folders of a host, as tables name them and as they are."""

from __future__ import annotations

from pathlib import Path


def below(root: Path, path: str | Path) -> Path:
    """A path of the host, below the root. One that is below it already stays."""
    path = Path(path)
    return path if path.is_relative_to(root) else root / str(path).lstrip("/")
