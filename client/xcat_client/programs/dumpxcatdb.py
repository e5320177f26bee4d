"""`dumpxCATdb -p folder`: a file for each table, all of one moment; with -b one that the database's own programs read."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from xcat_client.programs import asked, options
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USAGE = """\
 dumpxCATdb -h
 dumpxCATdb -v
 dumpxCATdb [-a] [-V] <-p> [path to backup directory]
 dumpxCATdb -b [-V] <-p> [path to backup directory]"""

_FLAGS = {"a": "all", "b": "bin", "p": "path=", "h": "help", "V": "verbose", "v": "version"}


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status. Raises Trouble, also when a file cannot be written: then none is replaced."""
    try:
        given, _ = options.read(words, _FLAGS)
    except ValueError as error:
        raise Trouble(f"{error}\n{USAGE}") from error
    if "h" in given:
        print(USAGE, flush=True)
        return 0
    if "v" in given:
        return asked.shown(["dumpxCATdb", "--version"], env)
    if not given.get("p"):
        raise Trouble("Requires -p with path to directory to hold db files.")
    try:
        if "b" in given:
            return _copy(Path(given["p"]).absolute(), env, "V" in given)
        return _dump(Path(given["p"]), ["--all"] if "a" in given else [], env, "V" in given)
    except OSError as error:
        raise Trouble(
            f"Cannot write {error.filename or given['p']} ({error.strerror}): name another folder."
        ) from error


def _copy(folder: Path, env: Mapping[str, str], verbose: bool) -> int:
    """Have the daemon write a copy of its database into the folder."""
    _make(folder)
    with TemporaryFile() as said:
        if status := asked.kept(["dumpxCATdb", "--bin", "--path", str(folder)], env, said):
            return status
        path = said.read().decode(errors="surrogateescape").strip()
    if verbose:
        print(f"Dumping {path}")
    print("Backup Complete.", flush=True)
    return 0


def _make(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
        print(f" Creating {folder} for database dump", flush=True)


def _dump(folder: Path, words: Sequence[str], env: Mapping[str, str], verbose: bool) -> int:
    _make(folder)
    with TemporaryFile() as said:
        if status := asked.kept(["dumpxCATdb", *words], env, said):
            return status
        skipped, written = _write(folder, said)
    for name in written:
        _new(folder, name).replace(folder / f"{name}.csv")
    for name in sorted({*skipped, *written}) if verbose else ():
        print(f"{'Skipping' if name in skipped else 'Dumping'} {name}")
    print("Backup Complete.")
    sys.stdout.flush()
    return 0


def _write(folder: Path, said: IO[bytes]) -> tuple[list[str], list[str]]:
    """Write the tables beside their places; gives the names of those that are left out, and of those that are written."""
    skipped: list[str] = []
    written: dict[str, None] = {}
    for line in said:
        name, piece = json.loads(line)
        if piece is None:
            skipped.append(name)
            continue
        how = os.O_APPEND if name in written else os.O_CREAT | os.O_TRUNC
        written[name] = None
        handle = os.open(_new(folder, name), os.O_WRONLY | os.O_NOFOLLOW | how, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(piece.encode(errors="surrogateescape"))
    return skipped, list(written)


def _new(folder: Path, name: str) -> Path:
    return folder / f".{name}.csv.new"
