"""Consoles of ten thousand nodes on one daemon: memory, logs byte for byte, keystrokes, slow viewers; beside conserver.

`python -m benchmarks consoles` measures all of it, `--quick` a small size; `--only many,busy` chooses parts.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(options: Sequence[str]) -> int:
    """What is imported here is also imported by the programs of this folder, each of which is a process of its own."""
    from benchmarks.consoles.measure import main as measured

    return measured(options)
