"""What a bundle says about itself: a manifest, the first file of the tar. Pure.

Paths in it are below the installdir (`install:custom/netboot/rh/compute.pkglist`), so that it means the same on a management node
that keeps it elsewhere, and nothing can be put anywhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from xcatd.errors import ServiceError

NAME = "xcat-image.json"
FORMAT = 1
TREE = "tree"
"""The member that is a root file system, below which all others of it are."""
FILES = ("template", "pkglist", "otherpkglist", "synclists", "postinstall", "exlist", "partitionfile")
"""Attributes that name files of an image, each a comma list."""
_INSTALL = "install:"


@dataclass(frozen=True, slots=True)
class Packed:
    """A file or a folder of a bundle. `member`: its name in the tar. `place`: where it belongs, below the installdir.
    `attribute`: which of the image's attributes names it; "" for others."""

    member: str
    place: str
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """An image. `attributes` have paths below the installdir as `install:...`. `litefile`: file -> options. `scripts`: of the node
    that was asked for, `postscripts` and `postbootscripts`."""

    name: str
    attributes: Mapping[str, str]
    packed: Sequence[Packed] = ()
    litefile: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True) + "\n"


def read_manifest(text: str) -> Manifest:
    """Raises ServiceError for what is no manifest, is of a later release, or names places outside of the installdir."""
    try:
        told = json.loads(text)
        if told["format"] != FORMAT:
            raise ServiceError(
                f"The bundle has format {told['format']}, and this release reads {FORMAT}: export it anew"
            )
        packed = [Packed(*map(str, (one["member"], one["place"], one["attribute"]))) for one in told["packed"]]
        texts = (_texts(told[key]) for key in ("attributes", "litefile", "scripts"))
        attributes, litefile, scripts = texts
        made = Manifest(str(told["name"]), attributes, packed, litefile, scripts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServiceError(f"The bundle's {NAME} cannot be read: export the image anew") from error
    for one in made.packed:
        check_path(one.member)
        check_path(one.place)
    return made


def check_path(path: str) -> PurePosixPath:
    """A path that stays in its folder. Raises ServiceError for others."""
    made = PurePosixPath(path)
    if not made.parts or made.is_absolute() or ".." in made.parts or "\0" in path:
        raise ServiceError(f"The bundle names {path!r}, which is not inside its folder: it is not from imgexport")
    return made


def to_install(text: str, install: str) -> str:
    """A comma list with paths below the installdir written as `install:...`."""
    return ",".join(_to_install(part, install) for part in text.split(","))


def from_install(text: str, install: str) -> str:
    """A comma list with `install:...` written as paths of this site."""
    parts = (part.strip() for part in text.split(","))
    return ",".join(
        str(Path(install) / check_path(part.removeprefix(_INSTALL))) if part.startswith(_INSTALL) else part
        for part in parts
    )


def place_below(path: str, install: str) -> str | None:
    """Where a path is below the installdir; None when it is elsewhere."""
    inside = Path(path).is_relative_to(install) and path != install and ".." not in Path(path).parts
    return str(Path(path).relative_to(install)) if inside else None


def _to_install(part: str, install: str) -> str:
    place = place_below(part.strip(), install)
    return part if place is None else f"{_INSTALL}{place}"


def _texts(told: Any) -> dict[str, str]:
    return {str(key): str(text) for key, text in told.items()}
