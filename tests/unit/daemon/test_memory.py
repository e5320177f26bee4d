"""Large pieces of memory go back to the system when they are freed."""

from __future__ import annotations

import subprocess
import sys

GROWS = """
from xcatd.daemon.memory import give_back_memory

def resident():
    with open("/proc/self/statm") as numbers:
        return int(numbers.read().split()[1]) * 4096

give_back_memory()
for _ in range(3):  # glibc would learn from the first piece to keep the later ones
    pieces = [b"x" * (4 << 20) for _ in range(4)]
    before = resident()
    kept = b"x" * 100_000
    del pieces
print(before - resident())
"""


def test_what_a_large_write_has_freed_is_no_longer_resident() -> None:
    done = subprocess.run([sys.executable, "-c", GROWS], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 12 << 20
