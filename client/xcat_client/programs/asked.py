"""Requests that a program of the client makes on its way, with streams that it chooses."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

from xcat_client.interrupts import Interrupts
from xcat_client.main import ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SWITCHES = ("XCATSHOWXML", "XCATXMLTRACE", "XCATSHOWSVR")
"""Variables that change what is printed; a program wants the plain text."""


def shown(words: Sequence[str], env: Mapping[str, str], given: IO[bytes] | None = None) -> int:
    """Run a command that says what it has to say to the user; `given` is its standard input. Raises Trouble."""
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - pathlib costs 10 ms at start
        return _run(words, env, ((given or nothing).fileno(), 1, 2))


def kept(words: Sequence[str], env: Mapping[str, str], out: IO[bytes], given: IO[bytes] | None = None) -> int:
    """Run a command whose output goes into the file `out`, which is then at its beginning. Raises Trouble."""
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        status = _run(words, plain(env), ((given or nothing).fileno(), out.fileno(), 2))
    out.seek(0)
    return status


def _run(words: Sequence[str], env: Mapping[str, str], streams: tuple[int, int, int]) -> int:
    interrupts = Interrupts()
    try:
        return ask(words, env, interrupts, streams)
    finally:
        interrupts.close()


def plain(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without what changes the form of answers."""
    return {name: value for name, value in env.items() if name not in _SWITCHES}
