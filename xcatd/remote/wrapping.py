"""The text that a node's login shell gets. Pure.

Only what needs a POSIX shell is wrapped in one: root's shell may be another, and a switch has none.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from xcatd.errors import UsageError
from xcatd.remote.devices import Device

_MOST = 100_000
"""Bytes of a command line; the kernel takes 128 KiB in one argument (execve(2), MAX_ARG_STRLEN)."""
_SAFE_FOLDER = re.compile(r"(?:/[\w.@+-]+){2,}/?")


@dataclass(frozen=True, slots=True)
class Order:
    """What is run on each node. `words`: as typed, joined by blanks as ssh does. `script`: its content, when the first word names
    a file that is copied and run. `environment`: shell text that is read before. `device`: a switch, which has no shell."""

    words: tuple[str, ...]
    script: bytes | None = None
    environment: str = ""
    sudo: bool = False
    device: Device | None = None

    @property
    def stdin(self) -> bytes:
        """What the command line of `text` reads."""
        return self._environment + (self.script or b"")

    @property
    def _environment(self) -> bytes:
        return f"{self.environment}\n".encode("utf-8", "surrogateescape") if self.environment else b""

    def text(self) -> str:
        """The command line for the node. Raises UsageError for one that no node would take."""
        command = " ".join(self.words)
        if self.device is not None:
            made = self.device.line(command)
        elif self.script is not None:
            made = _posix(self._staged(" ".join((self._sudo + '"$d/run"', *map(shlex.quote, self.words[1:])))))
        else:
            if self.sudo:
                command = f"{self._sudo}sh -c {shlex.quote(command)}"
            made = _posix(self._staged(command)) if self.environment else command
        if "\0" in made or len(made.encode("utf-8", "surrogateescape")) > _MOST:
            raise UsageError(
                f"xdsh: the command is longer than {_MOST} bytes, or has a NUL in it: put it into a script, with -e"
            )
        return made

    @property
    def _sudo(self) -> str:
        return "sudo -n -- " if self.sudo else ""

    def _staged(self, command: str) -> str:
        """What comes by standard input, which no list of processes shows, is put into a folder, which goes when the command has
        ended, or the connection. What was cut on the way is not run."""
        before = len(self._environment)
        return "\n".join(
            (
                "u=$(umask); umask 077",
                'd=$(mktemp -d "${TMPDIR:-/tmp}/xdsh.XXXXXXXX") || exit 126',
                "trap 'rm -rf \"$d\"' EXIT",
                "trap 'exit 129' HUP PIPE TERM",
                f'cat >"$d/all" && [ "$(wc -c <"$d/all")" -eq {len(self.stdin)} ] || exit 126',
                f'head -c {before} "$d/all" >"$d/env" || exit 126',
                f'tail -c +{before + 1} "$d/all" >"$d/run" && chmod 700 "$d/run" || exit 126',
                'exec </dev/null; umask "$u"',
                '. "$d/env"',
                command,
            )
        )


def with_name(node: str, text: str, syntax: str = "") -> str:
    """A command line with the node's name in the variable NODE, in the words of the shell that reads it: csh, or any other."""
    name = shlex.quote(node)
    return f"setenv NODE {name}; {text}" if syntax == "csh" else f"export NODE={name}; {text}"


def _posix(text: str) -> str:
    return f"exec /bin/sh -c {shlex.quote(text)}"


EXCHANGE = _posix(
    "\n".join(
        (
            "umask 077",
            'd=$HOME/.ssh; f=$d/authorized_keys; mkdir -p "$d" && touch "$f" || exit 1',
            '[ -z "$(tail -c 1 "$f")" ] || echo >>"$f" || exit 1',
            "n=0",
            "while IFS= read -r line; do",
            "  set -f; set -- $line",
            '  grep -qF -- "$2" "$f" && continue',
            '  printf \'%s\\n\' "$line" >>"$f" || exit 1',
            "  n=$((n+1))",
            "done",
            'command -v restorecon >/dev/null 2>&1 && restorecon "$d" "$f" >/dev/null 2>&1',
            'echo "$n"',
        )
    )
)
"""Adds lines of authorized_keys that come by standard input, those that are not there, and says how many they were."""


def emptying(*folders: str) -> str:
    """Removes what is in folders of staged files. Raises UsageError for one that nobody stages files in."""
    return _posix("; ".join(map(_emptied, folders)))


def _emptied(folder: str) -> str:
    if not _SAFE_FOLDER.fullmatch(folder) or ".." in folder:
        raise UsageError(
            f"A folder of staged files is {folder!r}, which is not emptied: name one such as /var/xcat/syncfiles in "
            "site.SNsyncfiledir and site.nodesyncfiledir"
        )
    quoted = shlex.quote(folder.rstrip("/"))
    return f"if [ -d {quoted} ]; then find {quoted} -xdev -mindepth 1 -delete; fi"
