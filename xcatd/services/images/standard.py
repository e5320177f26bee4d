"""What a copied distribution gives: a row of osdistro, and the images that can be made from it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xcatd.objects import World, read_objects
from xcatd.objects.changes import changes_for
from xcatd.services.images.definition import ImageFiles
from xcatd.services.images.thishost import is_of_this_host
from xcatd.store import Change, Snapshot

_METHODS = ("install", "netboot", "statelite")
_PROFILES = ("compute", "service")
_IDENTITY = ("provmethod", "profile", "osvers", "osarch")
_VERSION = re.compile(r"(\D+)(\d*)\.*(\d*)")


@dataclass(frozen=True, slots=True)
class Distribution:
    """`name` with its version, as nodetype.os has it. `tree`: where its packages are, as tables name it."""

    name: str
    arch: str
    tree: str

    @property
    def key(self) -> str:
        """Its key in table osdistro."""
        return f"{self.name}-{self.arch}"


def trees_of(snapshot: Snapshot, one: Distribution) -> list[str]:
    """Where its media lie, as table osdistro says."""
    rows = snapshot.table("osdistro").find(one.key)
    return [path for row in rows for path in (row.get("dirpaths") or "").split(",") if path]


def distribution_changes(world: World, one: Distribution) -> list[Change]:
    """What writes it into table osdistro; a tree is added to those that it has."""
    found = _VERSION.match(one.name)
    basename, major, minor = found.groups() if found else (one.name, "", "")
    wanted = {
        "basename": basename,
        "majorversion": major,
        "minorversion": minor,
        "arch": one.arch,
        "type": "Linux",
        "dirpaths": ",".join(dict.fromkeys((*trees_of(world.snapshot, one), one.tree))),
    }
    return changes_for(world, "osdistro", one.key, wanted)


def image_changes(world: World, one: Distribution, files: ImageFiles) -> list[Change]:
    """What makes its images: install, netboot and statelite, compute and service; one more for the management node, where it runs
    this distribution. Of those that are there already only what they lack is set. Looks at files. Raises UsageError for a
    distribution that nobody knows."""
    changes: list[Change] = []
    images = [*_images(one)]
    if is_of_this_host(one.name, one.arch, files.root):
        images.append((f"{one.key}-stateful-mgmtnode", _given(one, "install", "compute")))
    for name, given in images:
        old = dict(read_objects(world, "osimage", [name])).get(name)
        made = _made(files, given, old)
        changes += changes_for(world, "osimage", name, made) if made else []
    return changes


def one_image(
    world: World, one: Distribution, method: str, profile: str, files: ImageFiles
) -> tuple[str, Mapping[str, str]]:
    """The name of an image of a distribution, and what it gets that it does not have: all, when there is none of this name. Looks
    at files. Raises UsageError for a distribution that nobody knows."""
    name = f"{one.key}-{method}-{profile}"
    return name, _made(files, _given(one, method, profile), dict(read_objects(world, "osimage", [name])).get(name))


def _images(one: Distribution) -> Iterator[tuple[str, dict[str, str]]]:
    for method in _METHODS:
        for profile in _PROFILES:
            yield f"{one.key}-{method}-{profile}", _given(one, method, profile)


def _given(one: Distribution, method: str, profile: str) -> dict[str, str]:
    given = {"provmethod": method, "profile": profile, "osvers": one.name, "osarch": one.arch, "pkgdir": one.tree}
    return {**given, "postscripts": "servicenode"} if profile == "service" else given


def _made(files: ImageFiles, given: Mapping[str, str], old: Mapping[str, str] | None) -> dict[str, str]:
    """What an image gets that it does not have."""
    if old is None:
        return {key: text for key, text in files.attributes({"addkcmdline": "quiet", **given}).items() if text}
    kept = {key: text for key, text in old.items() if text}
    if any(kept.get(key, text) != text for key, text in given.items() if key in _IDENTITY):
        return {}  # the site has something of its own under this name
    made = files.attributes({**given, **kept})
    return {key: text for key, text in made.items() if text and key not in kept}
