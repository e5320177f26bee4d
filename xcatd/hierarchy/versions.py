"""Which versions of this program link with each other: of one major version, one step of the minor one apart at the most.

So daemons are brought to the next minor version one after the other, in any order (docs/service-node-life.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_RELEASE: Final = re.compile(r"(?:Version )?(\d+)\.(\d+)")
STEP: Final = 1
"""By how much the minor versions of two daemons that link may differ."""


@dataclass(frozen=True, slots=True)
class Side:
    """A daemon: its name, and the version line of its greeting."""

    name: str
    version: str

    @property
    def release(self) -> tuple[int, int] | None:
        """Major and minor version; None for a line that does not say them."""
        found = _RELEASE.match(self.version)
        return None if found is None else (int(found[1]), int(found[2]))

    @property
    def shown(self) -> str:
        """The version in a few characters."""
        words = self.version.removeprefix("Version ").split()
        return words[0][:40] if words else "no version"


def why_apart(peer: Side, me: Side) -> str:
    """Why these two do not link, one sentence with the remedy; "" when they do."""
    theirs, ours = peer.release, me.release
    if theirs is None or ours is None:
        return f"{peer.name} runs {peer.shown!r} and {me.name} {me.shown!r}, which are no versions: {_remedy(peer, me)}"
    if theirs[0] == ours[0] and abs(theirs[1] - ours[1]) <= STEP:
        return ""
    return (
        f"{peer.name} runs version {peer.shown} and {me.name} {me.shown}, which are more than one minor version apart: "
        f"{_remedy(peer, me)}"
    )


def _remedy(peer: Side, me: Side) -> str:
    return f"install the version of {me.name} on {peer.name}, or the other way round, one minor version after the other"
