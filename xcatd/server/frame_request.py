"""What a caller's `Q` frame says: a command line, where it was typed, and the variables that matter."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from xcatd.errors import Malformed


@dataclass(frozen=True, slots=True)
class Typed:
    """A command line. `words` has one at least, the command's name; any text may have lone surrogates.

    `progress`: standard error is a terminal, which can show how far a long change has come. `tty`: standard input is one,
    `screen`: standard output is.
    """

    words: tuple[str, ...]
    cwd: str
    env: tuple[tuple[str, str], ...]
    progress: bool = False
    tty: bool = False
    screen: bool = False


def read_request(payload: bytes) -> Typed:
    """Read `{"argv": [...], "cwd": "...", "env": {...}, "progress": ...}`. Raises Malformed."""
    try:
        asked = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise Malformed("The request is not JSON: send it with the client of this release") from error
    match asked:
        case {"argv": [str() as command, *words]} if command:
            env = asked.get("env", {})
            if not isinstance(env, dict):
                raise Malformed("env must be an object of texts: send it with the client of this release")
            variables = tuple((name, _text(value)) for name, value in env.items())
            return Typed(
                words=(command, *map(_text, words)),
                cwd=_text(asked.get("cwd", "/")),
                env=variables,
                progress=asked.get("progress") is True,
                tty=asked.get("tty") is True,
                screen=asked.get("screen") is True,
            )
    raise Malformed("The request names no command: send argv with one word at least")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Malformed(f"{str(value)[:20]!r} stands where a text belongs: send it with the client of this release")
