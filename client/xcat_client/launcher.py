"""The few lines that an installed command name runs."""

from __future__ import annotations

import os
from pathlib import Path

_LINES = """\
#!{python} -ISXutf8
import sys

sys.path.append({folder!r})
from xcat_client.main import main

main()
"""
"""-I: no PYTHON* variables, no user's modules. -S: no site-packages (saves 20 ms). -Xutf8: any byte of the command
line comes through, whatever the locale. The package is imported, not part of this file, so that its .pyc serve."""

_MAX_SHEBANG = 255
"""Bytes of a first line that Linux reads (BINPRM_BUF_SIZE)."""


def write_launcher(path: Path, python: str, package_dir: str) -> None:
    """Put the launcher at `path`, replacing what was there in one step.

    `python` is the interpreter's path, `package_dir` the folder that contains xcat_client, both absolute. Raises
    ValueError when the kernel could not start it.
    """
    text = _LINES.format(python=python, folder=package_dir)
    shebang = text.partition("\n")[0]
    if len(os.fsencode(shebang)) > _MAX_SHEBANG or " " in python or not python.startswith("/"):
        raise ValueError(
            f"{python} cannot stand in a #! line: name an absolute path without blanks, shorter than 240 bytes."
        )
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.chmod(0o755)
    new.replace(path)
