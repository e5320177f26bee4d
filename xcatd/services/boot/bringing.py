"""Bringing loaders from the packages of this host into its TFTP folder. What somebody else has put there stays."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.boot.files import GRUB
from xcatd.services.boot.grubimage import make_image
from xcatd.services.boot.loaders import Copy, Loader, Made, Way
from xcatd.services.boot.writing import copy_file, is_same, link
from xcatd.services.distribution import family_here
from xcatd.services.files import make_folder, read_text, replace_text

NOTE: Final = "xcat/loaders.json"
"""Below the TFTP folder: what was brought, name -> size and time. A file that differs from it is somebody else's."""
_CONFIG: Final = f"{GRUB}/grub.cfg"
_MARK: Final = "# Written by xcatd."
_CONFIG_TEXT: Final = f"""{_MARK} Some images of grub read this file only: it has them look for the file of their node.
if [ -z "$xcat_looked" ]; then
    set xcat_looked=1
    export xcat_looked
    normal
fi
insmod regexp
regexp -s 1:a -s 2:b -s 3:c -s 4:d -s 5:e -s 6:f '(..):(..):(..):(..):(..):(..)' "$net_default_mac"
configfile $prefix/grub.cfg-01-$a-$b-$c-$d-$e-$f
echo "Nothing is set for $net_default_mac: see nodeset."
sleep 5
exit
"""
"""`normal` is how grub itself looks, by MAC and by address, over TFTP; over HTTP some releases do not."""


def bring(loaders: Iterable[Loader], tftpdir: Path, system: Path = Path("/")) -> Sequence[str]:
    """Bring what is missing, or is not that of the host's package any more, into the TFTP folder; gives a sentence for each loader
    that cannot be had. It takes microseconds when nothing is to be done; it blocks. `system`: below it are the packages' files."""
    bringer = _Bringer(tftpdir, system)
    said = {sentence for loader in loaders if (sentence := bringer.bring(loader))}
    return [*sorted(said), *bringer.note()]


@dataclass(slots=True)
class _Bringer:
    """`_ours`: what the note says, read when it is first needed."""

    tftpdir: Path
    system: Path
    _ours: dict[str, list[int]] | None = None
    _brought: dict[str, list[int]] = field(default_factory=dict)

    def bring(self, loader: Loader) -> str:
        """Gives "", or what cannot be done."""
        target = self.tftpdir / (loader.called[0] if loader.called else loader.ways[0].first)
        if loader.called and self._is_foreign(target, loader):
            return ""
        found = next(((way, sources) for way in loader.ways if (sources := self._sources(way))), None)
        if found is None:
            package = loader.packages[family_here(self.system)]
            return "" if target.exists() else f"{target} is missing: install {package}, or put the file there"
        try:
            self._put(loader, *found)
        except ServiceError as error:
            return str(error)
        except OSError as error:
            return f"{target} cannot be written: {(error.strerror or str(error)).lower()}"
        return ""

    def note(self) -> Sequence[str]:
        """Keep in mind what was brought."""
        if not self._brought:
            return ()
        try:
            make_folder((self.tftpdir / NOTE).parent)
            replace_text(self.tftpdir / NOTE, json.dumps({**self._known(), **self._brought}, indent=1) + "\n")
        except ServiceError as error:
            return (str(error),)
        return ()

    def _is_foreign(self, target: Path, loader: Loader) -> bool:
        """Whether somebody else has said what the firmware fetches: by a file, or by a link to another one."""
        if target.is_symlink():
            return target.readlink().name not in {Path(way.first).name for way in loader.ways}
        return target.exists()

    def _sources(self, way: Way) -> Mapping[Copy | Made, Path]:
        """The files of the packages; none when a needed one is not there."""
        found: dict[Copy | Made, Path] = {}
        for part in way.parts:
            # What belongs together comes from one folder, where a * says that there may be several.
            if (path := self._source(part, next(iter(found.values()), None))) is not None:
                found[part] = path
        return found if all(part in found for part in way.parts if part.needed) else {}

    def _source(self, part: Copy | Made, beside: Path | None) -> Path | None:
        for name in part.sources:
            if "*" in name:
                paths = sorted(self.system.glob(name))
                if paths := [path for path in paths if beside is None or path.parent == beside.parent]:
                    return paths[0]
            elif (self.system / name).is_file():
                return self.system / name
        return None

    def _put(self, loader: Loader, way: Way, sources: Mapping[Copy | Made, Path]) -> None:
        for part, source in sources.items():
            target = self.tftpdir / part.name
            if not _is_new(part, source, target) and self._is_ours(part.name, target):
                make_folder(target.parent)
                make_image(part, source, target) if isinstance(part, Made) else copy_file(source, target)
                self._brought[part.name] = _measured(target)
        for name in loader.called:
            if not self._is_foreign(self.tftpdir / name, loader):
                link(self.tftpdir / name, Path(way.first).name)
        for name, leads_to in way.links.items():
            if not os.path.lexists(self.tftpdir / name):
                link(self.tftpdir / name, leads_to)
        if loader.called:
            _write_config(self.tftpdir / _CONFIG)

    def _is_ours(self, name: str, target: Path) -> bool:
        """Whether a file is none, or as it was brought."""
        return not target.exists() or self._known().get(name) == _measured(target)

    def _known(self) -> dict[str, list[int]]:
        if self._ours is None:
            try:
                self._ours = dict(json.loads(read_text(self.tftpdir / NOTE) or "{}"))
            except (ValueError, TypeError):
                self._ours = {}
        return self._ours


def _is_new(part: Copy | Made, source: Path, target: Path) -> bool:
    """Whether the file is that of the package. What is made has the time of what it is made from."""
    if isinstance(part, Copy):
        return is_same(source, target)
    return target.exists() and target.stat().st_mtime_ns == source.stat().st_mtime_ns


def _measured(path: Path) -> list[int]:
    facts = path.stat()
    return [facts.st_size, facts.st_mtime_ns]


def _write_config(path: Path) -> None:
    text = read_text(path)
    if text != _CONFIG_TEXT and (not path.exists() or text.startswith(_MARK)):
        replace_text(path, _CONFIG_TEXT)
