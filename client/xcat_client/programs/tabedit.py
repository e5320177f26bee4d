"""`tabedit table`: a table in the user's editor, and back, unless somebody else has changed it meanwhile."""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from xcat_client.programs import asked
from xcat_client.programs.question import question
from xcat_client.trouble import FAILED, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

USAGE = """\
Usage: tabedit <tablename>
       tabedit [-? | -h | --help]"""

LOGS = ("auditlog", "eventlog")
CHANGED_MEANWHILE = 8
"""The exit status of tabrestore when somebody else has changed the table."""


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status. Raises Trouble when no daemon answers at the beginning, or there is no editor."""
    table = words[1] if len(words) == 2 else ""
    if not table or table.startswith("-"):
        print(USAGE, flush=True)
        return FAILED
    if table in LOGS:
        print(
            "The auditlog and eventlog tables may not be edited. Editing will cause index regeneration. "
            "Use the tabprune command.",
            flush=True,
        )
        return FAILED
    before = question(["tabdump", table], asked.plain(env))
    if before.status:
        sys.stderr.buffer.write(before.errors)
        sys.stderr.flush()
        return before.status
    folder = Path(tempfile.mkdtemp(prefix="tabedit."))
    editing = Editing(table, folder / f"{table}.csv", before.output, env)
    try:
        with _terminated():
            return editing.run()
    finally:
        if not editing.keeps:
            shutil.rmtree(folder, ignore_errors=True)


class Editing:
    """A table in a file, the text that it had at first, and what the user makes of it. `keeps`: the file is left."""

    def __init__(self, table: str, file: Path, before: bytes, env: Mapping[str, str]) -> None:
        self._table = table
        self._file = file
        self._before = before
        self._env = env
        self.keeps = False
        file.touch(0o600)
        file.write_bytes(before)

    def run(self) -> int:
        """Edit until the daemon takes it, nothing is changed, or nobody is there to mend it."""
        while True:
            self._edit()
            if self._file.read_bytes() == self._before:
                print("No file modifications detected, not restoring.", flush=True)
                return 0
            status = self._restore()
            if status == 0:
                return 0
            if status & CHANGED_MEANWHILE:
                self._show_their_change()
                return FAILED
            print("Above errors occured, hit enter to edit, or ctrl-c to abort", flush=True)
            if not sys.stdin.readline():
                self._keep()
                return status

    def _edit(self) -> None:
        editor = shlex.split(self._env.get("TABEDITOR", "") or self._env.get("EDITOR", "")) or ["vi"]
        before = signal.signal(signal.SIGINT, lambda number, frame: None)  # Ctrl-C is the editor's
        try:
            subprocess.run([*editor, self._file.name], cwd=self._file.parent, env=self._env, check=False)
        except OSError as error:
            raise Trouble(
                f"Cannot start the editor {editor[0]} ({error.strerror}): set EDITOR to another one."
            ) from error
        finally:
            signal.signal(signal.SIGINT, before)

    def _restore(self) -> int:
        digest = sha256(self._before).hexdigest()
        try:
            with self._file.open("rb") as file:
                return asked.shown(["tabrestore", "--unless-changed", digest, self._table], self._env, file)
        except Trouble as trouble:  # what the user has typed must not be lost because a daemon was restarted
            sys.stderr.write(f"Error: {trouble}\n")
            sys.stderr.flush()
            return FAILED

    def _show_their_change(self) -> None:
        from difflib import unified_diff

        now = question(["tabdump", self._table], asked.plain(self._env)).output
        names = (f"{self._table} when you began", f"{self._table} now")
        lines = unified_diff(_lines(self._before), _lines(now), *names, lineterm="")
        sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode(errors="surrogateescape"))
        self._keep()

    def _keep(self) -> None:
        self.keeps = True
        print(
            f"Your file is kept as {self._file}; the table is left as it is. Call tabedit {self._table} again.",
            flush=True,
        )


def _lines(text: bytes) -> list[str]:
    return text.decode(errors="surrogateescape").split("\n")[:-1]


@contextmanager
def _terminated() -> Iterator[None]:
    """SIGTERM ends the program by way of its clean-up."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise Trouble("Terminated: the table is left as it is.", 128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
