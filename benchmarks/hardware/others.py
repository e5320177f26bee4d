"""The programs that one would use instead, on the same BMCs. Both log in anew each time."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence

AT_ONCE = 1000
"""BMCs of one ipmipower: it has a file for each, and knows no more than 1,024 files."""
FANOUT = 64
"""Processes of ipmitool at once: on two CPUs more of them are not quicker."""


def ipmipower(hosts: Sequence[str], options: Sequence[str] = ("-I", "17")) -> float:
    """Seconds of freeipmi's ipmipower: one process for all, or for each AT_ONCE of them, one after the other."""
    began = time.perf_counter()
    for first in range(0, len(hosts), AT_ONCE):
        _ipmipower(hosts[first : first + AT_ONCE], options)
    return time.perf_counter() - began


def _ipmipower(hosts: Sequence[str], options: Sequence[str]) -> None:
    words = ["-l", "ADMIN", "-u", "admin", "-p", "secret", "-h", ",".join(hosts), "--stat"]
    done = subprocess.run(["ipmipower", "-D", "LAN_2_0", *options, *words], capture_output=True, text=True, check=False)
    if done.stdout.count(": o") != len(hosts):
        raise SystemExit(f"ipmipower: {done.stdout[:300]} {done.stderr[:300]}")


def ipmitool(hosts: Sequence[str]) -> float:
    """Seconds of one ipmitool a BMC, so many at once."""
    words = "-I lanplus -C 17 -U admin -P secret chassis power status"
    command = f"ipmitool -H {{}} {words} 2>/dev/null"
    began = time.perf_counter()
    done = subprocess.run(
        ["xargs", "-P", str(FANOUT), "-I", "{}", "sh", "-c", command],
        input="\n".join(hosts),
        capture_output=True,
        text=True,
        check=True,
    )
    took = time.perf_counter() - began
    if done.stdout.count("Chassis Power is") != len(hosts):
        raise SystemExit(f"ipmitool: {done.stdout[:300]} {done.stderr[:300]}")
    return took
