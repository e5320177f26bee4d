"""What this program is, in the words that xCAT's scripts look for."""

from __future__ import annotations

from importlib import resources

from xcatd import __version__


def version_line() -> str:
    """`Version 3.0.0 (git commit 0123abcd, built 2026-11-20)`; the build writes commit and date into xcatd/build.txt."""
    try:
        commit, built = resources.files("xcatd").joinpath("build.txt").read_text(encoding="ascii").split()
    except (FileNotFoundError, ValueError):
        commit, built = "unknown", "from source"
    return f"Version {__version__} (git commit {commit}, built {built})"
