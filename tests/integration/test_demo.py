"""README's first command, run as a person runs it."""

from __future__ import annotations

import subprocess
import sys

from tests.helpers.cluster import SOURCE


def test_the_demo_shows_a_hierarchy_that_survives_a_dead_service_node() -> None:
    done = subprocess.run(
        [sys.executable, str(SOURCE / "scripts/demo.py")], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    shown = [line for line in done.stdout.splitlines() if line.startswith("$ ")]
    assert shown[-5:-2] == ["$ rpower compute stat", "$ rpower cn[01-06] on", "$ rpower compute stat"]
    assert shown[-2].startswith("$ kill -9")
    assert shown[-1] == "$ rpower compute stat"
    assert done.stdout.endswith("s).\n")
