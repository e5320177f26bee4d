"""What a run of makeconservercf changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """What makeconservercf changes. `nodes`: only these, None: all. `delete`: they have no consoles. `own`: those of other hosts
    are left out. `cleanup`: only what belongs to no node goes. `trust`: hosts that callers may come from, None: as before."""

    nodes: Sequence[str] | None = None
    delete: bool = False
    own: bool = False
    cleanup: bool = False
    trust: Sequence[str] | None = None

    @property
    def is_everything(self) -> bool:
        """The file is made anew from the tables, as the daemon keeps it."""
        return self == Edit()
