"""`xcat-inventory`: the daemon makes and takes inventories; the files are on this host, and this is who opens them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from xcat_client.programs import asked
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BORDER = b"\n# --- the second file ---\n"
"""What the daemon takes for the end of the first of two files."""

_FILE = ("-f", "--file")
_SIDES = ("--from", "--to")
_WITH_VALUE = (*_FILE, *_SIDES, "-t", "--type", "-o", "--object", "-x", "--exclude", "--format")


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status. Raises Trouble when no daemon answers, or a file cannot be opened."""
    pairs = list(_pairs(words[1:]))
    actions = [word for word, value in pairs if value is None and not word.startswith("-")]
    files = [value for word, value in pairs if word in _FILE and value and value != "-"]
    action = actions[0] if actions else ""
    try:
        if action == "export" and files:
            return _export(_without_file(words[0], pairs), env, Path(files[-1]), private=_are_secret(words))
        if action == "import" and files:
            with open(files[-1], "rb") as file:  # noqa: PTH123 - pathlib costs 10 ms at start
                return asked.shown(_without_file(words[0], pairs), env, file)
        if action == "diff":
            return _diff(words[0], pairs, env)
    except OSError as error:
        raise Trouble(f"{words[0]}: cannot open {error.filename} ({error.strerror}): name another file.") from error
    streamed = action in ("export", "import")
    return asked.shown(_without_file(words[0], pairs) if streamed else words, env, sys.stdin.buffer)


def _are_secret(words: Sequence[str]) -> bool:
    """Whether --secrets is among the words; the daemon takes it cut short, too."""
    return any(word.startswith("--s") and "--secrets".startswith(word) for word in words)


def _pairs(words: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """The words, each option with its value; None: it has none."""
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word in _WITH_VALUE:
            yield word, next(rest, None)
        elif equals and name.startswith("--"):
            yield name, value
        elif word[:2] in _WITH_VALUE and not word.startswith("--"):
            yield word[:2], word[2:]
        else:
            yield word, None


def _words(name: str, pairs: Sequence[tuple[str, str | None]]) -> list[str]:
    words = [name]
    for option, value in pairs:
        words.append(
            option if value is None else f"{option}={value}" if option.startswith("--") else f"{option}{value}"
        )
    return words


def _without_file(name: str, pairs: Sequence[tuple[str, str | None]]) -> list[str]:
    return _words(name, [pair for pair in pairs if pair[0] not in _FILE])


def _export(words: Sequence[str], env: Mapping[str, str], path: Path, *, private: bool) -> int:
    """The file changes only when the whole inventory has come. With secrets nobody else may read it."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        try:
            with os.fdopen(handle, "w+b") as file:
                status = asked.kept(words, env, file)
            if status == 0:
                new.replace(path)
            return status
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _diff(name: str, pairs: Sequence[tuple[str, str | None]], env: Mapping[str, str]) -> int:
    """Files travel on standard input, one behind the other."""
    sent: list[tuple[str, str | None]] = []
    with TemporaryFile() as together:
        # In the order in which the daemon reads them, whichever is typed first.
        for side in _SIDES:
            given = [value for word, value in pairs if word == side and value]
            if given:
                sent.append((side, _collected(given[-1], together)))
        together.seek(0)
        others = [pair for pair in pairs if pair[0] not in _SIDES]
        return asked.shown(_words(name, [*others, *sent]), env, together)


def _collected(side: str, together: IO[bytes]) -> str:
    """Append a file to those that are sent; gives what the daemon is told of it."""
    if side == "database" or side.startswith("@"):
        return side
    if together.tell():
        together.write(BORDER)
    if side == "-":
        shutil.copyfileobj(sys.stdin.buffer, together)
        return "-"
    with open(side, "rb") as file:  # noqa: PTH123
        shutil.copyfileobj(file, together)
    return f"-:{side}"
