"""Small files of a node, by its shell: read, and replaced as a whole or not at all."""

from __future__ import annotations

import hashlib
import shlex
from base64 import b64decode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xcatd.errors import NodeError
from xcatd.remote.running import Ears, run

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection

LARGEST: Final = 16 << 20
"""Bytes of a file that is read."""
_ENOUGH = 20
"""Lines of errors that are kept."""
_CHANGED, _CUT = 75, 74

_READ: Final = rf"""
for f do
  if [ -f "$f" ]; then
    [ "$(wc -c <"$f")" -le {LARGEST} ] || {{ echo "$f is larger than {LARGEST >> 20} MiB" >&2; exit 1; }}
    echo =; base64 <"$f" || exit 1
  elif [ -e "$f" ]; then echo "$f is no file" >&2; exit 1
  else echo -; fi
done
"""
"""Each file: a line `=` and lines in base64, or a line `-`."""

_REPLACE: Final = rf"""
umask 077
f=$1 old=$2 new=$3 kept=$4 lock=
[ ! -L "$f" ] || f=$(readlink -f "$f") || exit 1
sum() {{ if [ -e "$1" ]; then sha256sum <"$1" | cut -c1-64; else echo -; fi; }}
mkdir -p "${{f%/*}}/" || exit 1
t=$(mktemp "${{f%/*}}/.xcatd.XXXXXXXX") || exit 1
trap 'rm -f "$t" "$t.lock"; [ -z "$lock" ] || rm -f "$lock"' EXIT
trap 'exit 129' HUP PIPE TERM
if [ "$5" = lock ]; then
  echo $$ >"$t.lock" || exit 1
  n=0
  until ln "$t.lock" "$f.lock" 2>/dev/null; do
    kill -0 "$(cat "$f.lock" 2>/dev/null)" 2>/dev/null || rm -f "$f.lock"
    n=$((n+1)); [ $n -le 15 ] || {{ echo "$f is locked by another program" >&2; exit 1; }}
    sleep 1
  done
  lock=$f.lock
fi
[ ! -e "$f" ] || cp -p "$f" "$t" || exit 1
cat >"$t" || exit 1
[ "$(sum "$t")" = "$new" ] || exit {_CUT}
[ "$(sum "$f")" = "$old" ] || exit {_CHANGED}
if [ -n "$kept" ] && [ -e "$f" ]; then
  mkdir -p "${{kept%/*}}/" && cp -p "$f" "$kept" || exit 1
fi
sync "$t" 2>/dev/null || sync
if ! mv -f "$t" "$f" 2>/dev/null; then
  cp "$f" "$t.old" && cat "$t" >"$f" || {{ cat "$t.old" >"$f"; rm -f "$t.old"; exit 1; }}
  rm -f "$t.old"
fi
! command -v restorecon >/dev/null 2>&1 || restorecon "$f" >/dev/null 2>&1
exit 0
"""
"""Put standard input into the place of a file, when that still is what it was and all has arrived. A file that is mounted by itself
cannot be renamed over: it is overwritten. The lock is that of shadow-utils: a link to a file with the number of a process."""


@dataclass(frozen=True, slots=True)
class Distant:
    """The files of a node. `sudo` and `silence`: as for all that is brought."""

    connection: SSHClientConnection
    sudo: bool = False
    silence: float | None = None

    async def read(self, paths: Sequence[str]) -> Sequence[bytes | None]:
        """The content of each file, None where there is none. Raises NodeError."""
        output = await self._run(_READ, paths, b"") if paths else ()
        return _contents(output, len(paths))

    async def replace(self, path: str, old: bytes | None, new: bytes, *, kept: str = "", lock: bool = False) -> None:
        """Bring a file from what was read to a new content; its owner and rights stay. `kept`: where it is kept as it was. `lock`:
        by the lock that programs for accounts heed. Raises NodeError, and the file is as it was."""
        words = (path, "-" if old is None else _sum(old), _sum(new), kept, "lock" if lock else "")
        await self._run(_REPLACE, words, new)

    async def _run(self, script: str, words: Sequence[str], stdin: bytes) -> Sequence[str]:
        output: list[str] = []
        errors: list[str] = []

        async def hear(lines: Sequence[str]) -> None:
            output.extend(lines)

        async def keep(lines: Sequence[str]) -> None:
            errors.extend(lines[: _ENOUGH - len(errors)])

        text = posix(script, words, sudo=self.sudo)
        status = await run(self.connection, text, Ears(hear, keep), stdin=stdin, silence=self.silence)
        if status:
            raise NodeError(_sentence(status, words[0], errors))
        return output


def posix(script: str, words: Sequence[str], *, sudo: bool = False) -> str:
    """A command line that runs a script with these words, whatever root's shell is."""
    before = "sudo -n -- " if sudo else ""
    return f"exec {before}/bin/sh -c {shlex.quote(script)} sh {shlex.join(words)}"


def _contents(output: Sequence[str], number: int) -> Sequence[bytes | None]:
    found: list[list[str] | None] = []
    for line in output:
        if line in ("=", "-"):
            found.append([] if line == "=" else None)
        elif found and (last := found[-1]) is not None:
            last.append(line)
    if len(found) == number:
        try:
            return [None if each is None else b64decode("".join(each), validate=True) for each in found]
        except (Error, ValueError):
            pass
    raise NodeError("its shell does not give the files that were asked for: look whether its login prints something")


def _sentence(status: int, path: str, errors: Sequence[str]) -> str:
    if status == _CHANGED:
        return f"{path} was changed by somebody else at the same time, and is left as it is: run it again"
    if status == _CUT:
        return f"{path} did not arrive as a whole, and is left as it is: look whether the disk is full there"
    cause = " ".join(next((line for line in errors if line.strip()), f"status {status}").split())
    return f"{path} is left as it is ({cause.rstrip('.')})"


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
