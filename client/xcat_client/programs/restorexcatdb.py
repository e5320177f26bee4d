"""`restorexCATdb -p folder`: the files of a folder become the tables, all of them or none; with -b the copy of a database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from xcat_client.programs import asked, options, sqlitefiles
from xcat_client.programs.tabrestore import table_of
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

USAGE = """\
 restorexCATdb  -h
 restorexCATdb -v
 restorexCATdb [-a] [-V] [--dry-run] <-p> [path to restore .csv files, or .sqlite files of xCAT 2]
 restorexCATdb -b [-a] [-V] <-p> [path to restore file of dumpxCATdb -b]"""

_FLAGS = {
    **{"a": "all", "b": "binary", "p": "path=", "t": "timestamp=", "h": "help", "V": "verbose", "v": "version"},
    "n": "dry-run",
}
_SUFFIXES = (".csv", ".sqlite")
COPIES = ("xcat.sqlite", "xcatdb.pgdump", "xcatdb.sql")
"""The files that dumpxCATdb -b writes, by the kind of database."""
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
    if not given.get("p"):
        raise Trouble("-p with path to database files is required")
    words = [f"--{_FLAGS[letter]}" for letter in given if letter in "an"]
    if "b" not in given:
        return _restore(_files(given["p"]), words, env, "V" in given)
    return _restore_copy(_copy(given["p"]), words, env, "V" in given)


def _copy(place: str) -> Path:
    """The copy of a database: the file of this name, or the only one in a folder. Raises Trouble."""
    path = Path(place).absolute()
    if not path.exists():
        raise Trouble(f"Input path must exist: there is no {place}.")
    found = [path / name for name in COPIES if (path / name).is_file()] if path.is_dir() else [path]
    if len(found) != 1:
        raise Trouble(
            f"There is {'more than one' if found else 'no'} copy that dumpxCATdb -b has written in {place}: name a file."
        )
    return found[0]


def _restore_copy(copy: Path, words: Sequence[str], env: Mapping[str, str], verbose: bool) -> int:
    """A file of SQLite is restored table by table, into whatever database the daemon has."""
    try:
        if not sqlitefiles.is_sqlite(copy):
            return _replace(copy, words, env, verbose)
    except OSError as error:
        raise Trouble(f"Cannot read {copy} ({error.strerror}): nothing is restored.") from error
    return _restore(dict.fromkeys(sqlitefiles.tables_in(copy), copy), words, env, verbose)


def _replace(copy: Path, words: Sequence[str], env: Mapping[str, str], verbose: bool) -> int:
    """Have the daemon put a copy in the place of its database."""
    if words:
        raise Trouble(f"{copy} is restored as a whole, logs too: leave out -a and --dry-run.")
    if status := asked.shown(["restorexCATdb", "--binary", "--path", str(copy)], env):
        return status
    if verbose:
        print(f"Restoring {copy}.")
    print("Restore of Database Complete.", flush=True)
    return 0


def _files(folder: str) -> dict[str, Path]:
    """Table -> its file. Raises Trouble for a folder without such files, and when two files are for one table."""
    try:
        paths = sorted(path for path in Path(folder).iterdir() if path.suffix in _SUFFIXES and path.name[0] != ".")
    except OSError as error:
        raise Trouble(f"Input path must exist: cannot read {folder} ({error.strerror}).") from error
    paths = [
        path for path in paths if path.suffix == ".csv" or (path.name != sqlitefiles.WHOLE and path.stat().st_size)
    ]
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


def _report(files: Mapping[str, Path], skipped: Sequence[str], verbose: bool) -> None:
    for name, path in files.items() if verbose else ():
        print(f"Skipping {name}" if name in skipped else f"Restoring {name}{path.suffix}.")
    print("Restore of Database Complete.", flush=True)


def _write(files: Mapping[str, Path], given: IO[bytes]) -> None:
    """The files in lines of JSON, as the daemon reads them."""
    for name, path in files.items():
        try:
            for piece in sqlitefiles.csv_pieces(path, name) if path.suffix != ".csv" else _pieces(path):
                given.write(json.dumps([name, piece]).encode() + b"\n")
        except OSError as error:
            raise Trouble(f"Cannot read {path} ({error.strerror}): nothing is restored.") from error


def _pieces(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        while piece := file.read(_PIECE):
            yield piece
