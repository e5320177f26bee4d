"""Units of systemd that come with xcatd, besides its own."""

from __future__ import annotations

import sys
from pathlib import Path

_UNITS = Path(sys.prefix).parent / "systemd/system"
"""`make install` puts the environment into PREFIX/lib/xcatd and the units into PREFIX/lib/systemd/system."""


def how_to_link(unit: str) -> str:
    """What makes a unit known to systemd, as the end of a sentence."""
    return f"make its unit known: `systemctl link {_UNITS}/{unit}.service`"
