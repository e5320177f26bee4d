"""Building the small boot image by the host's dracut, with our own module: the task `mknb` (docs/genesis.md). Synchronous."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.boot.kernels import genesis
from xcatd.services.distribution import family_here
from xcatd.services.genesis.hostkernel import HostKernel, newest_kernel
from xcatd.services.genesis.placing import bring, copying
from xcatd.services.genesis.programs import WISHED, check_programs
from xcatd.services.genesis.spec import GenesisSpec
from xcatd.services.programs import find_program
from xcatd.services.rootimg.saying import Say, run_saying

MODULE: Final = "98xcatgenesis"
_DRACUT: Final = Path("/usr/lib/dracut")
_COMPRESSION: Final = "gzip -n -6"
"""What dracut takes by itself, -9, lasts five times as long for one part in a hundred."""
_WORK: Final = "/var/tmp"  # noqa: S108 - a folder of our own is made in it, which nobody else can enter


def build(given: Mapping[str, object], say: Say) -> None:
    """Build an image and bring it to its place: kernel, RAM disk and their sums, each as a whole. Raises ServiceError, with the
    old ones in place."""
    spec = GenesisSpec.from_json(given)
    programs = check_programs(family_here())
    kernel = newest_kernel(spec.root, spec.whose)
    names = genesis(spec.arch)
    say(f"Creating genesis.fs.{spec.arch}.gz in {spec.tftpdir / 'xcat'}")
    say(f"The kernel is {kernel.version} of {spec.whose}")
    with tempfile.TemporaryDirectory(prefix="xcat-mknb-", dir=_WORK) as place:
        made = Path(place) / "initrd"
        _dracut(spec, kernel, programs, Path(place), made)
        bring(spec.tftpdir, spec.arch, dict(zip(names, (copying(kernel.file), copying(made)), strict=True)))
        say(f"{names[1]} has {made.stat().st_size >> 20} MiB")


def _dracut(spec: GenesisSpec, kernel: HostKernel, programs: Sequence[str], place: Path, made: Path) -> None:
    """What dracut says is told only when it fails: there is a line for each file."""
    base, keys, work = _base(place, spec.module), place / "keys", place / "work"
    keys.write_text(spec.keys)
    work.mkdir()
    environment = {
        "dracutbasedir": str(base),
        "XCAT_PROGRAMS": " ".join(programs),
        "XCAT_WISHED": " ".join(name for name in WISHED if find_program(name)),
        "XCAT_KEYS": str(keys) if spec.keys else "",
    }
    words = [
        *("dracut", "--quiet", "--force", "--no-hostonly", "--no-hostonly-cmdline", "--no-early-microcode"),
        *(
            "--conf",
            "/dev/null",
            "--confdir",
            str(_empty(place)),
            "--tmpdir",
            str(work),
            "--nostrip",
            "--compress",
            _COMPRESSION,
        ),
        *("--kmoddir", str(_linked(kernel, place)), "--modules", "base bash kernel-modules udev-rules xcatgenesis"),
        *(str(made), kernel.version),
    ]
    run_saying(words, lambda line: None, what="dracut", env=environment)
    if not made.is_file() or not made.stat().st_size:
        raise ServiceError("dracut has ended and made nothing: see whether the disk is full")


def _base(place: Path, module: Path) -> Path:
    """dracut knows one folder of modules: one is made of the host's and of ours, and nothing of the host's is touched."""
    base = place / "dracut"
    (base / "modules.d").mkdir(parents=True)
    for path in _DRACUT.iterdir():
        if path.name not in ("modules.d", "dracut.conf.d"):
            (base / path.name).symlink_to(path)
    for path in (_DRACUT / "modules.d").iterdir():
        (base / "modules.d" / path.name).symlink_to(path)
    (base / "modules.d" / MODULE).symlink_to(module)
    return base


def _linked(kernel: HostKernel, place: Path) -> Path:
    """dracut wants modules below a folder `lib/modules`, whichever that is."""
    folder = place / "lib/modules"
    folder.mkdir(parents=True)
    link = folder / kernel.version
    link.symlink_to(kernel.modules.resolve())
    return link


def _empty(place: Path) -> Path:
    folder = place / "conf"
    folder.mkdir()
    return folder
