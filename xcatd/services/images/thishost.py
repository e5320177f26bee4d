"""Whether a distribution is the one that this host runs, as os-release(5) says."""

from __future__ import annotations

import platform
from pathlib import Path

from xcatd.services.files import read_text

_NAMES = {
    "rhel": ("rhels",),
    "almalinux": ("alma",),
    "opensuse-leap": ("leap",),
    "sles": ("sle", "sles"),
    "ol": ("ol",),
}
"""ID -> how copycds calls it; others are called the same."""


def is_of_this_host(name: str, arch: str, root: Path) -> bool:
    """Whether `rocky9.4` for this architecture is what the host below a root runs. It blocks. Raises ServiceError."""
    text = read_text(root / "etc/os-release") or read_text(Path("/etc/os-release"))
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    told = {key: value.strip("\"'") for key, value in fields.items()}
    system, version = told.get("ID", ""), told.get("VERSION_ID", "")
    wanted = [f"{one}{version}" for one in _NAMES.get(system, (system,))]
    same = any(name == one or name.startswith(f"{one}.") for one in wanted)
    return same and bool(version) and arch == platform.machine()
