"""BIND's own checker, named-checkconf(8)."""

from __future__ import annotations

import re
from pathlib import Path

from xcatd.services.dns.control import program
from xcatd.services.programs import run_program


async def objection(conf: Path, text: str, *options: str) -> str:
    """What the checker finds wrong with a named.conf of this text, with the line that it means; "" for nothing.

    Raises ServiceError when it is not installed.
    """
    status, said = await run_program([program("named-checkconf"), *options, str(conf)])
    if not status:
        return ""
    reason = next((line for line in said if "loaded serial" not in line), f"exit status {status}")
    return _with_line(reason, conf, text)


def _with_line(reason: str, path: Path, text: str) -> str:
    """The checker names the number of a line only."""
    found = re.match(re.escape(f"{path}:") + r"(\d+): ", reason)
    lines = text.splitlines()
    if found is None or int(found[1]) > len(lines):
        return reason
    return f"{path} line {found[1]} `{lines[int(found[1]) - 1].strip()}`: {reason[found.end() :]}"
