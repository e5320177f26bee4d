"""What an image gets when it is packed: root's password and keys, and the site's time zone. The root file system has none of it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from xcatd.services.rootimg.login import put_keys, put_password
from xcatd.services.rootimg.packspec import PackSpec
from xcatd.services.rootimg.saying import Say
from xcatd.services.rootimg.staging import own_folder

_ZONES: Final = "usr/share/zoneinfo"
_ZONE: Final = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
_LINKS: Final = 5
"""As many names one zone has."""


def dress(tree: Path, spec: PackSpec, say: Say) -> None:
    """Put these things into a staged tree. It blocks. Raises OSError, ServiceError."""
    put_password(tree, spec.password.reveal())
    if spec.keys.strip():
        put_keys(tree, spec.keys)
    if spec.timezone:
        _put_zone(tree, spec.timezone, say)


def zone_patterns(root: Path, zone: str) -> tuple[str, ...]:
    """What has to stay in the image for a time zone, whatever the exlist says: its file, and those that it is a link to. It
    blocks."""
    found: list[str] = []
    place = root / _ZONES / zone
    while zone and _ZONE.fullmatch(zone) and place.is_relative_to(root / _ZONES) and len(found) < _LINKS:
        found.append(f"./{place.relative_to(root)}")
        if not place.is_symlink():
            break
        place = Path(os.path.normpath(place.parent / place.readlink()))
    return tuple(found)


def _put_zone(tree: Path, zone: str, say: Say) -> None:
    if not (_ZONE.fullmatch(zone) and (tree / _ZONES / zone).exists()):
        say(f"The image has no time zone {zone} (site.timezone): its own stays; it may lack the package tzdata")
        return
    place = own_folder(tree, "etc") / "localtime"
    wanted = f"../{_ZONES}/{zone}"
    if place.is_symlink() and str(place.readlink()) == wanted:
        return
    place.unlink(missing_ok=True)
    place.symlink_to(wanted)
