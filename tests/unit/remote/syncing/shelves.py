"""Files of a management node in a folder, for tests of what lists make of them."""

from __future__ import annotations

from pathlib import Path

from xcatd.remote.syncing.sides import Shelf


def files(root: Path, *names: str, **texts: str) -> Shelf:
    """A management node with these files, of which one that ends with `/` is a folder; `texts`: those with a content, by their
    names below /install."""
    for name in names:
        path = root / name.lstrip("/")
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            _write(path, name)
    for name, text in texts.items():
        _write(root / "install" / name, text)
    return Shelf(root)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
