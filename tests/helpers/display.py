"""A display of the X Window System that nobody sees, and what is on it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from tests.helpers.alone import until

_WINDOW = re.compile(r'^ +(0x[0-9a-f]+) "([^"]+)": .*?  (\d+)x(\d+)\+-?\d+\+-?\d+  \+(-?\d+)\+(-?\d+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Window:
    number: int
    width: int
    height: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Display:
    """`name` as in DISPLAY."""

    name: str

    def windows(self) -> dict[str, Window]:
        """What is shown, by title."""
        tree: str = until(self._tree, "a look at the windows")
        return {title: Window(int(number, 16), *map(int, numbers)) for number, title, *numbers in _WINDOW.findall(tree)}

    def _tree(self) -> str:
        """Nothing when one of them has closed while it was asked for."""
        words = ["xwininfo", "-display", self.name, "-root", "-tree"]
        done = subprocess.run(words, capture_output=True, text=True)
        return "" if done.returncode else done.stdout

    def type(self, window: Window, *keys: str) -> None:
        """Keys by X's names, for a window that lets others type."""
        subprocess.run(
            ["xdotool", "key", "--window", str(window.number), *keys],
            env={**os.environ, "DISPLAY": self.name},
            check=False,  # the window may close when the last key is pressed, before it is let go
            capture_output=True,
        )


@contextlib.contextmanager
def display() -> Iterator[Display]:
    """One that is there for the time of the `with` block. The server picks its number."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-nolisten", "tcp", "-screen", "0", "1280x1024x24"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(writer,),
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            number = told.readline().strip()
        assert number, f"Xvfb ended with {server.wait()}"
        yield Display(f":{number}")
    finally:
        server.terminate()
        server.wait()
