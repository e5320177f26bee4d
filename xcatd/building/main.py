"""The program: which task it does, how it says where it is, and how it ends.

It reads a JSON object from the first line of its input, prints what it is doing to its output, a line each, and ends with 0, or
with 1 and one sentence on stderr. When its input ends, whoever wanted it is gone: it removes what it has begun, and ends.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Final

from xcatd.errors import XcatError

TASKS: Final[Mapping[str, str]] = {
    "genimage": "xcatd.services.rootimg.build:genimage",
    "liteimg": "xcatd.building.liting:liteimg",
    "packimage": "xcatd.building.packing:packimage",
    "mknb": "xcatd.services.genesis.building:build",
}
"""What it can do: the module and the function, which is called with the JSON object and a function that says a line."""


def main(words: Sequence[str]) -> int:
    """Gives the exit status."""
    if len(words) != 1 or words[0] not in TASKS:
        print(f"usage: python -m xcatd.building {'|'.join(TASKS)}", file=sys.stderr)
        return 2
    os.umask(0o022)
    signal.signal(signal.SIGTERM, _leave)
    given = json.loads(sys.stdin.readline())
    threading.Thread(target=_watch, daemon=True).start()
    module, _, function = TASKS[words[0]].partition(":")
    try:
        getattr(importlib.import_module(module), function)(given, say)
    except XcatError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def say(text: str) -> None:
    """A line for who waits."""
    print(text, flush=True)


def _watch() -> None:
    """The input stays open as long as somebody waits for the end."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _leave(number: int, frame: FrameType | None) -> None:
    """Programs that were started here end too; then what was begun is removed on the way out."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGTERM)
    sys.exit(128 + number)
