"""Changes in a root file system that are all made or all taken back, also by the next run after one that was killed. It blocks."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

WORK: Final = ".statelite.work"
"""In the root file system, while somebody works on it."""


class Journal:
    """Use it as a context: when it is left by an error, all that it did is undone. Paths are relative to the root.

    What shall go is put aside first, and is gone at the end. Each step is noted before it is done, and undoing it does nothing
    where it was not done.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._work = root / WORK
        self._notes = self._work / "journal"
        self._done: list[Sequence[str]] = []
        self._count = 0

    def was_interrupted(self) -> bool:
        """Whether a run before this one did not come to its end; what it did is taken back now."""
        try:
            lines = self._notes.read_text().splitlines()
        except FileNotFoundError:
            return False
        with contextlib.suppress(ValueError):  # the last line may be half
            for line in lines:
                self._done.append(json.loads(line))
        self._undo()
        return True

    def __enter__(self) -> Self:
        shutil.rmtree(self._work, ignore_errors=True)
        self._work.mkdir(mode=0o700)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._undo()
        self._notes.unlink(missing_ok=True)  # from here on it is done
        shutil.rmtree(self._work, ignore_errors=True)

    def aside(self, path: str) -> None:
        """Have it gone; a path that is not there is fine."""
        if os.path.lexists(self._root / path):
            self.move(path, self.place())

    def place(self) -> str:
        """A path for something new, which is gone at the end unless it is moved from there."""
        self._count += 1
        return f"{WORK}/{self._count}"

    def move(self, old: str, new: str) -> None:
        self._note("move", old, new)
        (self._root / old).rename(self._root / new)

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link."""
        self._note("link", path, target)
        (self._root / path).symlink_to(target)

    def unlink(self, path: str) -> None:
        """Remove a symbolic link."""
        self._note("unlink", path, str((self._root / path).readlink()))
        (self._root / path).unlink()

    def folder(self, path: str, like: str = "") -> None:
        """Make a folder and those above it where they are missing, with owner and mode of those in the folder `like`."""
        parts = Path(path).parts
        for number in range(1, len(parts) + 1):
            each = Path(*parts[:number])
            if (self._root / each).is_dir():
                continue
            self._note("make", str(each))
            (self._root / each).mkdir()
            model = self._root / like / Path(*parts[1:number])
            if like and number > 1 and model.is_dir():
                _as(model, self._root / each)

    def file(self, path: str) -> None:
        """Make an empty file."""
        self._note("make", path)
        (self._root / path).touch(exist_ok=False)

    def text(self, path: str, text: str) -> None:
        """Replace a file."""
        new = self.place()
        (self._root / new).write_text(text)
        self.aside(path)
        self.move(new, path)

    def _note(self, *words: str) -> None:
        with self._notes.open("a") as file:
            file.write(json.dumps(words) + "\n")
        self._done.append(words)

    def _undo(self) -> None:
        while self._done:
            word, path, *more = self._done.pop()
            place = self._root / path
            if word == "move":
                if os.path.lexists(self._root / more[0]) and not os.path.lexists(place):
                    (self._root / more[0]).rename(place)
            elif word == "link":
                if place.is_symlink() and str(place.readlink()) == more[0]:
                    place.unlink()
            elif word == "unlink":
                if not os.path.lexists(place):
                    place.symlink_to(more[0])
            else:
                _unmake(place)


def _unmake(place: Path) -> None:
    with contextlib.suppress(OSError):  # it has got something in it meanwhile
        if place.is_dir():
            place.rmdir()
        elif place.stat().st_size == 0:
            place.unlink()


def _as(model: Path, made: Path) -> None:
    told = model.stat()
    os.chown(made, told.st_uid, told.st_gid)
    made.chmod(told.st_mode & 0o7777)
