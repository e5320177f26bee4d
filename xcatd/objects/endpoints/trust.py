"""Which certificates of BMCs are believed: what the site attribute bmctrust says."""

from __future__ import annotations

from pathlib import Path

from xcatd.errors import NotFound
from xcatd.hardware import VERIFIED, Trust, TrustKind
from xcatd.objects.world import World

_FILES = {"ca": TrustKind.CA, "pins": TrustKind.PINS}


def bmc_trust(world: World) -> Trust:
    """`any`, `ca:<file>` or `pins:<file>`; unset: by authorities. NotFound: it says something else."""
    value = world.snapshot.site("bmctrust", "").strip()
    if not value:
        return VERIFIED
    if value == "any":
        return Trust(TrustKind.ANY)
    kind, _, file = value.partition(":")
    if kind not in _FILES or not file.startswith("/"):
        raise NotFound(
            f'the site attribute bmctrust is "{value}": give any, ca:<file> or pins:<file>, with the whole path of the file.'
        )
    return Trust(_FILES[kind], Path(file))
