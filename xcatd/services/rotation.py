"""Log files that grow: what logrotate(8) is told. Pure."""

from __future__ import annotations


def rotation(files: str, unit: str, signal: str) -> str:
    """A file for logrotate.d: a week a file, eight of them. `signal` has the server of this unit open its files again."""
    options = ("weekly", "rotate 8", "compress", "delaycompress", "missingok", "notifempty", "create", "sharedscripts")
    lines = "".join(f"    {one}\n" for one in options)
    return (
        f"# Written by xcatd.\n{files} {{\n{lines}    postrotate\n"
        f"        systemctl kill -s {signal} {unit}.service >/dev/null 2>&1 || true\n    endscript\n}}\n"
    )
