"""What of an image goes into a bundle. Looks at files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import NotFound, UsageError
from xcatd.objects import World, read_objects
from xcatd.services.images.bundle import FILES, TREE, Manifest, Packed, place_below, to_install
from xcatd.services.images.definition import system_of
from xcatd.services.images.folders import below

_METHODS = ("install", "netboot", "statelite")
_NEEDED = ("provmethod", "profile", "osvers", "osarch")
_BUILT = {"netboot": ("kernel", "initrd-stateless.gz"), "statelite": ("kernel", "initrd-statelite.gz")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """An image that is exported.

    `extra`: more files, each with the folder it belongs in, and folders with what they are called there; "": where they are.
    `scripts`: of a node, by attribute. `install`: the installdir as tables name it; `root`: the folder below which it is.
    """

    name: str
    install: str
    root: Path
    extra: Mapping[str, str]
    scripts: Mapping[str, str]


def collect(world: World, wanted: Wanted) -> tuple[Manifest, dict[str, Path]]:
    """The manifest, and where each member comes from. It blocks. Raises NotFound or UsageError."""
    attributes = _attributes(world, wanted.name)
    sources: dict[str, Path] = {}
    packed: list[Packed] = []
    for one, source in (*_files(attributes, wanted), *_built(attributes, wanted), *_extra(wanted)):
        packed.append(one)
        sources[one.member] = source
    told = {key: to_install(text, wanted.install) for key, text in attributes.items()}
    told |= _renamed(packed)
    litefile = _litefile(world, wanted.name, attributes) if attributes["provmethod"] == "statelite" else {}
    return Manifest(wanted.name, told, packed, litefile, wanted.scripts), sources


def _attributes(world: World, name: str) -> dict[str, str]:
    found = dict(read_objects(world, "osimage", [name])).get(name)
    if found is None:
        raise NotFound(f"Cannot find image '{name}' from the osimage table.")
    made = {key: text for key, text in found.items() if text and key != "imagename"}
    for key in _NEEDED:
        if not made.get(key):
            raise UsageError(f"The '{key}' field is not set for '{name}' in the osimage table.")
    if made["provmethod"] not in _METHODS:
        raise UsageError(f"Images with provmethod {made['provmethod']} cannot be exported: only {', '.join(_METHODS)}")
    return made


def _files(attributes: Mapping[str, str], wanted: Wanted) -> Iterator[tuple[Packed, Path]]:
    """What the image is made from. Files outside of the installdir go to its folder of the site's own ones."""
    method = "install" if attributes["provmethod"] == "install" else "netboot"
    custom = f"custom/{method}/{system_of(attributes['osvers']) or 'other'}"
    for attribute in FILES:
        for number, path in enumerate(_paths(attributes.get(attribute, ""))):
            source = below(wanted.root, path)
            if not source.is_file():
                raise NotFound(
                    f"{path}, the {attribute} of {wanted.name}, does not exist: make it, or change the image"
                )
            place = place_below(path, wanted.install) or f"{custom}/{Path(path).name}"
            yield Packed(f"files/{attribute}/{number}", place, attribute), source


def _built(attributes: Mapping[str, str], wanted: Wanted) -> Iterator[tuple[Packed, Path]]:
    """What genimage and packimage made."""
    method = attributes["provmethod"]
    if method == "install":
        return
    folder = attributes.get("rootimgdir", "")
    place = place_below(folder, wanted.install)
    if place is None:
        raise UsageError(
            f"The rootimgdir of {wanted.name} is not below {wanted.install}: such an image cannot be exported"
        )
    source = below(wanted.root, folder)
    for name in (*_BUILT[method], *_roots(attributes, source)):
        if not (source / name).exists():
            raise NotFound(f"{folder} has no {name}: build the image first (genimage, packimage or liteimg)")
        yield Packed(TREE if name == "rootimg" else f"image/{name}", f"{place}/{name}"), source / name


def _roots(attributes: Mapping[str, str], folder: Path) -> Sequence[str]:
    """The root file system, as nodes get it: packed, with the sum of that where it has one, or as a folder."""
    if attributes["provmethod"] == "statelite" and attributes.get("rootfstype") != "ramdisk":
        return ("rootimg",)
    pattern = "rootimg-statelite.gz" if attributes["provmethod"] == "statelite" else "rootimg.*"
    found = [one.name for each in (pattern, f"{pattern}.sha256") for one in folder.glob(each) if one.is_file()]
    return sorted(set(found)) or [pattern]


def _extra(wanted: Wanted) -> Iterator[tuple[Packed, Path]]:
    for number, (path, folder) in enumerate(wanted.extra.items()):
        source = below(wanted.root, path)
        if not source.exists():
            raise NotFound(f"{path} does not exist: leave it out of -e")
        target = folder if source.is_dir() else str(Path(folder) / source.name)
        place = place_below(target if folder else path, wanted.install)
        if place is None:
            raise UsageError(f"{path} would not be below {wanted.install}, where imgimport puts files: -e {path}:DIR")
        yield Packed(f"extra/{number}", place), source


def _renamed(packed: Sequence[Packed]) -> dict[str, str]:
    """What attributes name once the files are in their places."""
    made: dict[str, str] = {}
    for one in packed:
        if one.attribute:
            before = f"{made[one.attribute]}," if one.attribute in made else ""
            made[one.attribute] = f"{before}install:{one.place}"
    return made


def _litefile(world: World, name: str, attributes: Mapping[str, str]) -> dict[str, str]:
    """The image's own rows of table litefile, and those of its groups."""
    whose = {name, *filter(None, attributes.get("groups", "").split(","))}
    rows = world.snapshot.table("litefile").rows
    return {row["file"] or "": row["options"] or "" for row in rows if row["image"] in whose}


def _paths(text: str) -> list[str]:
    """The files of a comma list; what is no path (a command of partitionfile) stays out."""
    words = (part.strip() for part in text.split(","))
    return [word for word in words if word.startswith("/")]
