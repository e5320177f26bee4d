"""`restorexCATdb -p folder`: the files of a folder become the tables, all of them or none."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from xcat_client.programs import asked, options
from xcat_client.programs.tabrestore import table_of
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

USAGE = """\
 restorexCATdb  -h
 restorexCATdb -v
 restorexCATdb [-a] [-V] [--dry-run] <-p> [path to restore .csv files]"""

_FLAGS = {
    **{"a": "all", "b": "binary", "p": "path=", "t": "timestamp=", "h": "help", "V": "verbose", "v": "version"},
    "n": "dry-run",
}
_PIECE = 1 << 15
"""Characters of a file that are sent in one line."""


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status. Raises Trouble; then nothing is restored."""
    try:
        given, _ = options.read(words, _FLAGS)
    except ValueError as error:
        raise Trouble(f"{error}\n{USAGE}") from error
    if "h" in given:
        print(USAGE, flush=True)
        return 0
    if "v" in given:
        return asked.shown(["restorexCATdb", "--version"], env)
    if "b" in given:
        raise Trouble(
            "Binary dump (-b) is not supported for SQLite: restore the files that dumpxCATdb wrote without -b."
        )
    if not given.get("p"):
        raise Trouble("-p with path to database files is required")
    return _restore(
        _files(given["p"]), [f"--{_FLAGS[letter]}" for letter in given if letter in "an"], env, "V" in given
    )


def _files(folder: str) -> dict[str, Path]:
    """Table -> its file. Raises Trouble for a folder without such files, and when two files are for one table."""
    try:
        paths = sorted(path for path in Path(folder).iterdir() if path.suffix == ".csv" and path.name[0] != ".")
    except OSError as error:
        raise Trouble(f"Input path must exist: cannot read {folder} ({error.strerror}).") from error
    files: dict[str, Path] = {}
    for path in paths:
        if files.setdefault(table_of(str(path)), path) is not path:
            raise Trouble(f"{files[table_of(str(path))]} and {path} are both for one table: move one of them away.")
    if not files:
        raise Trouble(f"There is no .csv file in {folder}: name the folder that dumpxCATdb has written.")
    return files


def _restore(files: Mapping[str, Path], words: Sequence[str], env: Mapping[str, str], verbose: bool) -> int:
    with TemporaryFile() as given, TemporaryFile() as said:
        _write(files, given)
        given.seek(0)
        status = asked.kept(["restorexCATdb", *words], env, said, given)
        answer = said.read().decode(errors="surrogateescape").splitlines()
    if "--dry-run" in words:
        print("\n".join(answer), flush=True)
        return status
    if status:
        sys.stderr.write("Error: Nothing is restored: mend the files that are named above, or move them away.\n")
        return status
    _report(files, answer, verbose)
    return 0


def _report(files: Iterable[str], skipped: Sequence[str], verbose: bool) -> None:
    for name in files if verbose else ():
        print(f"Skipping {name}" if name in skipped else f"Restoring {name}.csv.")
    print("Restore of Database Complete.", flush=True)


def _write(files: Mapping[str, Path], given: IO[bytes]) -> None:
    """The files in lines of JSON, as the daemon reads them."""
    for name, path in files.items():
        try:
            with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
                while piece := file.read(_PIECE):
                    given.write(json.dumps([name, piece]).encode() + b"\n")
        except OSError as error:
            raise Trouble(f"Cannot read {path} ({error.strerror}): nothing is restored.") from error
