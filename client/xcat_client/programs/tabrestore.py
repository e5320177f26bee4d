"""`tabrestore [-a] table.csv`: reads the file and has the daemon put its rows into the table that it is called after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xcat_client.programs import asked, options
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USAGE = """\
Usage: tabrestore <tablename>.csv
       tabrestore -a <tablename>.csv
       tabrestore --dry-run [-a] <tablename>.csv
       tabrestore [-?|-h|--help]
       tabrestore [-v|--version]"""

NO_FILE, UNREADABLE = 2, 3
"""Exit statuses, as with xCAT."""

_FLAGS = {"a": "addrows", "h": "help", "?": "help", "v": "version", "n": "dry-run"}


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status. Raises Trouble for a wrong option, and when no daemon answers."""
    try:
        given, files = options.read(words, _FLAGS)
    except ValueError as error:
        raise Trouble(str(error)) from error
    if "v" in given:
        return asked.shown(["tabrestore", "--version"], env)
    if {"h", "?"} & given.keys() or not files:
        print(USAGE, flush=True)
        return 0 if given.keys() & {"h", "?"} else NO_FILE
    try:
        with open(files[0], "rb") as file:  # noqa: PTH123 - pathlib costs 10 ms at start
            flags = [f"--{_FLAGS[letter]}" for letter in given]
            return asked.shown(["tabrestore", *flags, table_of(files[0])], env, file)
    except OSError:
        print(f"Error: Unable to open {files[0]} for reading.", flush=True)
        return UNREADABLE


def table_of(path: str) -> str:
    """The table that a file is called after: its name up to the first dot."""
    return path.rpartition("/")[2].partition(".")[0]
