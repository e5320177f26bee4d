"""Windows side by side: how large screen and window are (xwininfo tells), and where each one goes."""

from __future__ import annotations

import itertools
import re
import subprocess
import time
from typing import TYPE_CHECKING

from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Size = tuple[int, int]
"""Pixels: width and height."""

_LOOKS, _PAUSE = 100, 0.05
"""How often, and how far apart in seconds, it is looked whether a window is shown yet."""


def places(screen: Size, window: Size, across: int) -> Iterator[str]:
    """Where each window goes, as X writes it: from the left to the right, then below; a full screen begins anew.

    `across`: windows in a row; 0: as many as the screen holds.
    """
    columns = across or max(1, screen[0] // window[0])
    rows = max(1, screen[1] // window[1])
    for number in itertools.count():
        row, column = divmod(number, columns)
        yield f"+{column * window[0]}+{row % rows * window[1]}"


def screen(env: Mapping[str, str]) -> Size:
    """Raises Trouble."""
    return _size(_ask(("-root",), env))


def window(number: str, env: Mapping[str, str]) -> Size:
    """Its size with what the window manager puts around it, once it is shown. Raises Trouble."""
    if not number.isdigit():
        raise Trouble("The terminal program does not say which window is its own (WINDOWID): only xterm can be tiled.")
    for _ in range(_LOOKS):
        if "IsViewable" in _ask(("-id", number), env):
            break
        time.sleep(_PAUSE)
    return _size(_ask(("-frame", "-id", number), env))


def _size(told: str) -> Size:
    found = re.search(r"^  Width: (\d+)\n  Height: (\d+)$", told, re.MULTILINE)
    if found is None or "0" in found.groups():
        raise Trouble("xwininfo tells no size of the screen or of a window: open the windows without -t.")
    return int(found[1]), int(found[2])


def _ask(words: tuple[str, ...], env: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(["xwininfo", *words], env=dict(env), capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Trouble(
            "xwininfo is missing, which tells the size of windows: install x11-utils, or leave out -t."
        ) from error
    return done.stdout
