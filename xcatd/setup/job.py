"""What the steps of xcatconfig work on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from xcat_certs import files
from xcat_certs.layout import Layout
from xcatd.daemon.cfgloc import location_of
from xcatd.daemon.paths import Paths
from xcatd.daemon.settings import Settings
from xcatd.errors import StoreError
from xcatd.store import look_at


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


@dataclass
class Job:
    """One run. `force`: what is there is moved away, or replaced, and made anew. `cluster`: its name in certificates."""

    paths: Paths
    settings: Settings
    cluster: str
    force: bool = False
    stamp: str = field(default_factory=_now)

    @property
    def name(self) -> str:
        """The short name of this host."""
        return self.settings.name.partition(".")[0]

    @property
    def layout(self) -> Layout:
        return Layout(self.paths.root)

    @cached_property
    def install(self) -> Path:
        """The folder that nodes are installed from: site.installdir, else the usual one. Raises StoreError, ConfigError."""
        return Path(self._site("installdir") or self.paths.install)

    @property
    def tftpboot(self) -> Path:
        """The folder that nodes boot from: site.tftpdir, else the usual one. Raises StoreError, ConfigError."""
        return Path(self._site("tftpdir") or self.paths.tftpboot)

    def _site(self, key: str) -> str:
        """A value of the site table, "" where there is no file yet that has it. Raises StoreError when a server does not show
        it: what is made in the usual place would be in the wrong one."""
        database = location_of(self.paths)
        try:
            return look_at(database, tables=["site"]).snapshot.site(key)
        except StoreError:
            if not database.is_file:
                raise
            return ""

    @property
    def postscripts(self) -> Path:
        """What nodes may fetch."""
        return self.install / "postscripts"

    def put_away(self, path: Path) -> Iterator[str]:
        """With `force`: rename what is there, so that it is made anew and nothing is lost."""
        if self.force and path.exists():
            old = path.with_name(f"{path.name}.old-{self.stamp}")
            path.rename(old)
            yield f"moved the old {path} to {old}"


def make_folder(path: Path, mode: int = 0o755) -> Iterator[str]:
    """Make a folder unless it is there."""
    if not path.is_dir():
        files.make_directory(path, mode)
        yield f"made {path}"


def make_copy(source: Path, target: Path) -> Iterator[str]:
    """Keep a public copy as its original is."""
    content = source.read_bytes()
    if not target.is_file() or target.read_bytes() != content:
        yield from make_folder(target.parent)
        files.write(target, content, files.PUBLIC)
        yield f"copied {source} to {target}"


def is_whole_host(paths: Paths) -> bool:
    """Whether the kernel of this host is ours to tune: not with files below a folder, and only as root."""
    return str(paths.root) == "/" and os.geteuid() == 0
