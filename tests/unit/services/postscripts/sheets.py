"""Servers for whose nodes scripts are made, written as tables."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path

from tests.unit.objects.worlds import Rows, world
from xcatd.services.postscripts.here import Here
from xcatd.services.postscripts.sheet import Sheet


def here(own: Sequence[str] = (), template: str = "", files: Mapping[str, str] | None = None, **tables: Rows) -> Here:
    """A server with these addresses and files. Without a nodelist there is n1, of the groups compute and all."""
    known = {Path(name): text for name, text in (files or {}).items()}
    made = world(**{"nodelist": [{"node": "n1", "groups": "compute,all"}], **tables})
    return Here(made, [ip_address(one) for one in own], template=template, read=lambda path: known.get(path, ""))


def site(**rows: str) -> Rows:
    return [{"key": key, "value": value} for key, value in rows.items()]


def environment(text: str, *names: str) -> Mapping[str, str]:
    """What a real shell makes of a script's variables. Scripts in it are not run: their names are no commands of the shell."""
    shown = "\n".join(f"printf '%s\\0' \"${{{name}-UNSET}}\"" for name in names)
    lines = text.partition("# postscripts-start-here")[0]
    done = subprocess.run(["sh", "-eu"], input=f"{lines}\n{shown}\n", capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return dict(zip(names, done.stdout.split("\0"), strict=False))


def text(there: Here, node: str = "n1") -> str:
    return Sheet(there).text(node)
