"""From what the tables say of an image to how it is packed: it looks at lists and at the image. Use it in a thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.errors import NotFound, UsageError
from xcatd.model.secret import Secret
from xcatd.objects import World, object_names, read_objects
from xcatd.services.autoinst.password import LOCKED, hashed
from xcatd.services.files import read_text
from xcatd.services.images.folders import below
from xcatd.services.postscripts.lists import variables_of
from xcatd.services.rootimg.archive import chosen
from xcatd.services.rootimg.exlist import Exlist, read_exlist
from xcatd.services.rootimg.packspec import PackSpec
from xcatd.services.rootimg.planning import Ground, rootimgdir_of

_KEYS: Final = "_ssh/authorized_keys"
_IDENTITY: Final = ("osvers", "osarch", "profile", "provmethod")


@dataclass(frozen=True, slots=True)
class Plan:
    """`called`: the image's folder, as tables name it. `useless`: lines of the exlist that fit nothing, with their places."""

    spec: PackSpec
    called: str
    useless: tuple[str, ...]

    @property
    def lets_nobody_in(self) -> bool:
        """Whether root has neither a password nor keys of the site."""
        return self.spec.password.reveal() == LOCKED and not self.spec.keys.strip()


def image_for(world: World, osver: str, arch: str, profile: str) -> str:
    """The name of the image for these. Raises NotFound."""
    wanted = (osver, arch, profile, "netboot")
    usual = f"{osver}-{arch}-netboot-{profile}"
    names = object_names(world, "osimage")
    told = read_objects(world, "osimage", list(names), _IDENTITY)
    fit = sorted(name for name, has in told if tuple(has.get(key, "") for key in _IDENTITY) == wanted)
    if usual in fit or not fit:
        fit = [usual]
    if fit[0] not in names:
        raise NotFound(f"There is no osimage {usual}: make it with genimage -o {osver} -a {arch} -p {profile}")
    return fit[0]


def plan_pack(
    ground: Ground, name: str, method: str, compress: str, *, syncs: bool, provmethod: str = "netboot"
) -> Plan:
    """How an image is packed, one of this provmethod. `compress` may be "". Raises XcatError, which says what to correct."""
    given = _attributes(ground, name, provmethod)
    called = rootimgdir_of(ground, given)
    folder = below(ground.root, called).resolve()
    if not (folder / "rootimg").is_dir():
        raise NotFound(f"{called}/rootimg is not there: build it with genimage {name}")
    archive = chosen(method, compress, folder / "rootimg")
    exlist = _exlist(ground, given.get("exlist", ""))
    spec = PackSpec(
        str(folder),
        archive.method,
        archive.compress,
        exlist.left_out,
        exlist.kept,
        Secret(hashed(ground.here, "system", "root", or_locked=True)),
        read_text(ground.here.scripts / _KEYS),
        ground.world.snapshot.site("timezone"),
        _synclists(name, given.get("synclists", "")) if syncs else (),
        variables_of(ground.world.snapshot.table("osimage").find(name)[0]),
        str(ground.root),
    )
    return Plan(spec, called, exlist.useless)


def _attributes(ground: Ground, name: str, provmethod: str) -> Mapping[str, str]:
    given = dict(read_objects(ground.world, "osimage", [name])).get(name)
    if given is None:
        raise NotFound(f"Cannot find image '{name}' from the osimage table; see: lsdef -t osimage")
    for key in _IDENTITY:
        if not given.get(key):
            raise NotFound(f"The osimage {name} has no {key}: chdef -t osimage {name} {key}=...")
    if given["provmethod"] != provmethod:
        if provmethod == "statelite":
            raise UsageError(
                f"The osimage {name} has provmethod {given['provmethod']}: liteimg prepares those with statelite, packimage packs "
                "those with netboot"
            )
        maker = "prepare it with liteimg" if given["provmethod"] == "statelite" else "it is no image without disk"
        raise UsageError(
            f"'{name}' cannot be used to build diskless image. Make sure osimage.provmethod is 'netboot'; {maker}"
        )
    return given


def _exlist(ground: Ground, files: str) -> Exlist:
    def at(path: Path) -> Path:
        return path if any(path.is_relative_to(one) for one in ground.shipped) else below(ground.root, path)

    return read_exlist([Path(name) for name in map(str.strip, files.split(",")) if name], at)


def _synclists(name: str, text: str) -> tuple[str, ...]:
    names = tuple(filter(None, map(str.strip, text.split(","))))
    for one in names:
        if not one.startswith("/"):
            raise UsageError(f"osimage.synclists of {name} has {one}, which does not begin with /: correct it")
    return names
