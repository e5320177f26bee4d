"""The task `genimage`: a root file system is built beside the one in use, from packages, and takes its place with its kernel and
initial RAM disks when all of it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from xcatd.errors import ServiceError
from xcatd.services.rootimg.cleaning import clean, tidy
from xcatd.services.rootimg.debian import build_debian
from xcatd.services.rootimg.firstboot import furnish
from xcatd.services.rootimg.initrd import InitrdSpec, make_initrds
from xcatd.services.rootimg.interfaces import write_interfaces
from xcatd.services.rootimg.moment import moment_of
from xcatd.services.rootimg.placing import built_beside, take_place
from xcatd.services.rootimg.redhat import build_redhat
from xcatd.services.rootimg.saying import Say, enclosed, run_saying
from xcatd.services.rootimg.spec import BuildSpec, build_spec
from xcatd.services.rootimg.suse import build_suse
from xcatd.services.rootimg.work import Work

BUILDERS: Final[Mapping[str, Callable[[Work], None]]] = {
    "debian": build_debian,
    "ubuntu": build_debian,
    "rh": build_redhat,
    "sles": build_suse,
}
STATELITE: Final = "initrd-statelite.gz"


def genimage(told: Mapping[str, Any], say: Say) -> None:
    """Do what a BuildSpec says. Raises ServiceError, with everything as it was."""
    spec = build_spec(told)
    folder = Path(spec.folder)
    with built_beside(folder) as new:
        if spec.only_initrd:
            root = folder / "rootimg"
            if not root.is_dir():
                raise ServiceError(f"{spec.called}/rootimg is not there: build it with genimage {spec.image}")
            _initrds(spec, root, new, say)
        else:
            work = Work(spec, new, moment_of(spec.repositories), say)
            build_root(work)
            _initrds(spec, work.root, new, say)
            tidy(work.root, work.moment)
        take_place(new, folder)
    say(f"{spec.called} is ready")


def build_root(work: Work) -> None:
    """The root file system, with all but the initial RAM disks. Raises ServiceError."""
    spec = work.spec
    work.say(f"Installing packages from {len(spec.repositories)} repositories into {spec.called}/rootimg")
    BUILDERS[spec.family](work)
    clean(work.root)
    write_interfaces(work.root, spec.family, spec.interfaces)
    furnish(work.root, spec.image, spec.installdir, spec.tftpdir, work.say)
    for words in spec.scripts:
        _postinstall(work, words)
    tidy(work.root, work.moment)


def _postinstall(work: Work, words: tuple[str, ...]) -> None:
    """A script of the site, outside of the root file system. What it mounts or leaves running is gone with it."""
    spec, (script, *arguments) = work.spec, words
    work.say(f"Running postinstall {script}")
    given = (str(work.root), spec.system, spec.arch, spec.profile)
    env = {**spec.variables, "IMG_ROOTIMGDIR": str(work.folder), "SOURCE_DATE_EPOCH": str(work.moment)}
    run_saying(enclosed([script, *given, *arguments]), work.say, what=f"postinstall {script}", env=env, cwd="/")


def _initrds(spec: BuildSpec, root: Path, folder: Path, say: Say) -> None:
    say("Making the initial RAM disks")
    wanted = InitrdSpec(root, folder, spec.arch, kernel=spec.kernel, drivers=spec.drivers)
    say(f"The initial RAM disks are for the kernel {make_initrds(wanted, say)}")
    if spec.method == "statelite" and not (folder / STATELITE).exists():
        raise ServiceError(
            f"{spec.called}/rootimg has no mount.nfs: put nfs-common (Debian, Ubuntu), nfs-utils (RHEL) or nfs-client (SLES) into "
            "the pkglist"
        )
