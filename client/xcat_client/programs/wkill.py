"""`wkill [noderange]`: closes the windows that wcons has opened on this display."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from xcat_client.programs import asked, windows
from xcat_client.trouble import FAILED, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

USAGE = """\
Usage: wkill [noderange]
       wkill [-h | --help | -v | --version]"""


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status; 0 also when there was nothing to close. Raises Trouble."""
    if set(words[1:]) & {"-v", "--version"}:
        return asked.shown(["nodels", "--version"], env)
    if set(words[1:]) & {"-h", "--help"}:
        print(USAGE, flush=True)
        return 0
    if len(words) > 2 or any(word.startswith("-") for word in words[1:]):
        raise Trouble(f"wkill: one noderange, or nothing for all windows; see {words[0]} -h", FAILED)
    display = windows.display(env)
    nodes = set(windows.expand(words[1], env)) if len(words) > 1 else None
    for pid in _processes():
        _close(pid, display, nodes)
    return 0


def _processes() -> Iterator[int]:
    """All of this user."""
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and folder.stat().st_uid == os.getuid():
                yield int(folder.name)
        except FileNotFoundError:
            continue


def _close(pid: int, display: str, nodes: set[str] | None) -> None:
    """Hang up on a process if it is, or runs in, a window of wcons on the display, of one of the nodes (None: of any)."""
    try:
        handle = os.pidfd_open(pid)  # whoever gets the number after it is not meant
    except OSError:
        return
    try:
        marks = _marks(pid)
        if marks.get(windows.DISPLAY) == display and (nodes is None or marks.get(windows.NODE) in nodes):
            signal.pidfd_send_signal(handle, signal.SIGHUP)
    except OSError:  # it has ended by itself
        return
    finally:
        os.close(handle)


def _marks(pid: int) -> dict[str, str]:
    """The environment with which a process was started."""
    text = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="surrogateescape")
    return dict(entry.partition("=")[::2] for entry in text.split("\0") if "=" in entry)
