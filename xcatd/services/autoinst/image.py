"""The image that a node is installed with, as tables osimage and linuximage have it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.postscripts.lists import image_of, variables_of


@dataclass(frozen=True, slots=True)
class Image:
    """`release` is what nodetype.os has (rocky9.4); `repositories` are folders of the server or URLs, the distribution's first;
    `variables` are those of osimage.environvar."""

    name: str
    release: str
    arch: str
    profile: str
    template: str
    packages: str
    repositories: Sequence[str]
    partitions: str
    arguments: str
    variables: Mapping[str, str]

    @property
    def major(self) -> str:
        """The number of the release, `9` of rocky9.4; "" when it has none."""
        found = re.match(r"\D*(\d+)", self.release)
        return found[1] if found else ""


def image_named(world: World, name: str) -> Image:
    """Raises ServiceError for an image that is not there, or is not for installations."""
    row = next((one for one in world.snapshot.table("osimage").find(name) if not one.hidden), None)
    linux = next((one for one in world.snapshot.table("linuximage").find(name) if not one.hidden), None)
    if row is None or linux is None:
        raise ServiceError(f"There is no osimage {name}; see: lsdef -t osimage")
    if row["provmethod"] not in ("install", ""):
        raise ServiceError(f"osimage {name} is for {row['provmethod']}: only provmethod install has answer files")
    if not linux["template"]:
        raise ServiceError(f"osimage {name} has no template: chdef -t osimage {name} template=FILE")
    return Image(
        name,
        row["osvers"],
        row["osarch"],
        row["profile"],
        linux["template"],
        linux["pkglist"],
        tuple(filter(None, map(str.strip, linux["pkgdir"].split(",")))),
        linux["partitionfile"],
        linux["addkcmdline"],
        variables_of(row),
    )


def image_name_of(world: World, node: str) -> str:
    """The name of the node's image. Raises ServiceError when it has none."""
    row = image_of(world, node)
    if row is None:
        raise ServiceError(f"{node} has no osimage: nodetype.provmethod names none that is there; see: nodeset")
    return row["imagename"]
