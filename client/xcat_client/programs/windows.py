"""What `wcons`, `tcons` and `wkill` have in common: nodes, and what runs in the window of each."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from xcat_client.programs.question import question
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NODE, DISPLAY = "WCONS_NODE", "WCONS_DISPLAY"
"""Variables of what runs in a window of wcons: whose console it is, and on which display. wkill knows the windows by them."""

_SCRIPT = '"$0" rcons "$@" || { printf "\\nPress Enter to close this window. "; read -r answer; }'
"""Who leaves his console wants no window any more; who was sent away wants to read why. ($0 is the client.)"""


def expand(noderange: str, env: Mapping[str, str]) -> list[str]:
    """The nodes of a noderange, as the daemon has them. Raises Trouble with what it says against it."""
    answer = question(["nodels", noderange], env)
    if answer.status:
        said = answer.errors.decode(errors="surrogateescape").strip()
        raise Trouble(said.removeprefix("Error: "), answer.status)
    return answer.output.decode(errors="surrogateescape").split()


def command(node: str, flags: Sequence[str], before: str = "") -> list[str]:
    """The command line that shows a node's console, with flags of rcons. `before`: what a shell shall do first."""
    return ["/bin/sh", "-c", before + _SCRIPT, _client(), node, *flags]


def _client() -> str:
    """The program `xcat`, which is installed beside each of its names. Raises Trouble."""
    path = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "xcat")  # noqa: PTH100, PTH118, PTH120
    if not os.access(path, os.X_OK):
        raise Trouble(f"There is no {path}: install the client again.")
    return path


def display(env: Mapping[str, str]) -> str:
    """The display on which windows are, without the number of a first screen. Raises Trouble."""
    name = env.get("DISPLAY", "") or env.get("WAYLAND_DISPLAY", "")
    if not name:
        raise Trouble("DISPLAY is not set: log in with ssh -X, or see tcons, which needs no windows.")
    return name.removesuffix(".0")
