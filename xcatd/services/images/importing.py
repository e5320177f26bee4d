"""What a bundle becomes on this management node: the image's name and attributes, and where its files go. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from xcatd.errors import UsageError
from xcatd.objects import World
from xcatd.objects.changes import changes_for_many
from xcatd.services.images.bundle import Manifest, Packed, from_install
from xcatd.services.images.folders import below
from xcatd.store import Change, Put


def with_profile(manifest: Manifest, profile: str) -> Manifest:
    """The same image under another profile, with files of its own. Raises UsageError for a bad name."""
    if "/" in profile or not profile.strip() or profile.startswith("."):
        raise UsageError(f"{profile!r} cannot be a profile: it is a part of file names")
    old, told = manifest.attributes.get("profile", ""), manifest.attributes
    if old == profile:
        return manifest
    place = f"{told.get('osvers')}/{told.get('osarch')}/{profile}"
    packed = [_moved(one, old, profile, place) for one in manifest.packed]
    attributes = {**told, "profile": profile}
    if "rootimgdir" in told:
        attributes["rootimgdir"] = f"install:netboot/{place}"
    for attribute in {one.attribute for one in packed if one.attribute}:
        attributes[attribute] = ",".join(f"install:{one.place}" for one in packed if one.attribute == attribute)
    name = f"{told.get('osvers')}-{told.get('osarch')}-{told.get('provmethod')}-{profile}"
    return replace(manifest, name=name, attributes=attributes, packed=packed)


def places(manifest: Manifest, folder: Path, install: str, root: Path) -> dict[Path, Path]:
    """Where each member of a bundle, unpacked in `folder`, belongs."""
    return {folder / one.member: below(root, f"{install}/{one.place}") for one in manifest.packed}


def import_changes(world: World, manifest: Manifest, install: str, nodes: tuple[str, ...]) -> list[Change]:
    """What writes the image, as it was where it comes from; one of this name that is there is replaced. `nodes` get the scripts
    that came along. Raises UsageError for attributes that this site does not know."""
    attributes = {key: from_install(text, install) for key, text in manifest.attributes.items()}
    outcome = changes_for_many(world, "osimage", [(manifest.name, attributes)], replace=True)
    if outcome.errors:
        raise UsageError("; ".join(outcome.errors))
    changes: list[Change] = [*outcome.changes]
    for file, options in manifest.litefile.items():
        changes.append(Put("litefile", {"image": manifest.name, "file": file}, {"options": options}))
    scripts: Mapping[str, str] = {key: manifest.scripts.get(key, "") for key in ("postscripts", "postbootscripts")}
    changes += [Put("postscripts", {"node": node}, scripts) for node in nodes]
    return changes


def _moved(one: Packed, old: str, new: str, place: str) -> Packed:
    """A file of the image under the new profile; extra files stay."""
    path = PurePosixPath(one.place)
    if one.attribute:
        name = path.name.replace(old, new, 1) if old and old in path.name else f"{new}.{path.name}"
        return replace(one, place=str(path.with_name(name)))
    if one.member.startswith("extra/"):
        return one
    return replace(one, place=f"netboot/{place}/{path.name}")
