"""Settings of the kernel for a host with thousands of neighbours: xCAT's values (commands.md section 9)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from xcat_certs import files
from xcatd.setup.job import Job, is_whole_host, make_folder

TUNABLES: Mapping[str, int] = {
    "net.ipv4.neigh.default.gc_thresh1": 1024,
    "net.ipv4.neigh.default.gc_thresh2": 4096,
    "net.ipv4.neigh.default.gc_thresh3": 8192,
}
"""How many neighbours the ARP table keeps; the kernel's own limit of 1024 is too low for a large network."""
_PROC = Path("/proc/sys")


def tunables(job: Job) -> Iterator[str]:
    """For the next start of the host, and at once: values that the kernel has already and that are higher stay."""
    path = job.paths.root / "etc/sysctl.d/99-xcat.conf"
    yield from _file(job, path)
    if is_whole_host(job.paths):
        yield from running()


def _file(job: Job, path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    there = dict(re.findall(r"^\s*([\w.]+)\s*=\s*(\S+)", text, re.MULTILINE))
    wrong = [
        name for name, value in TUNABLES.items() if there.get(name) != str(value) and (job.force or name not in there)
    ]
    if not wrong:
        return
    kept = [line for line in text.splitlines() if re.split(r"[\s=]", line.strip(), maxsplit=1)[0] not in wrong]
    lines = [*kept, *(f"{name} = {TUNABLES[name]}" for name in wrong)]
    yield from make_folder(path.parent)
    files.write(path, "\n".join([*lines, ""]).encode(errors="surrogateescape"), files.PUBLIC)
    yield from (f"set {name} = {TUNABLES[name]} in {path}" for name in wrong)


def running(proc: Path = _PROC) -> Iterator[str]:
    """Tell the running kernel. In a container it may refuse, which is said and is no error."""
    for name, value in sorted(TUNABLES.items(), reverse=True):  # the highest first: a lower limit must not pass it
        place = proc / name.replace(".", "/")
        try:
            if int(place.read_text()) < value:
                place.write_text(f"{value}\n")
                yield f"set {name} = {value} in the running kernel"
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            yield f"the running kernel does not take {name} ({reason}): it counts from the next start on"
