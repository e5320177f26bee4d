"""What an answer file is written in: what its text looks like decides, not its name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from itertools import chain

_PRESEED = re.compile(r"\s*d-i\s")


class Form(StrEnum):
    """The languages of installers. SHELL: a script that an installer fetches and runs."""

    KICKSTART = "kickstart"
    AUTOYAST = "autoyast"
    PRESEED = "preseed"
    AUTOINSTALL = "autoinstall"
    SHELL = "shell"


def form_of(lines: Iterable[str]) -> Form:
    """The language of these lines; what none of the others is, is a kickstart file."""
    rest = iter(lines)
    first = next((line for line in rest if line.strip()), "").strip()
    if first.startswith("#cloud-config"):
        return Form.AUTOINSTALL
    if first.startswith(("<?xml", "<!DOCTYPE", "<profile")):
        return Form.AUTOYAST
    return Form.PRESEED if any(map(_PRESEED.match, chain((first,), rest))) else Form.KICKSTART
