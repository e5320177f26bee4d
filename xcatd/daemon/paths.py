"""Where everything is: xCAT's places, all of them moved below one folder with `--root`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from xcatd.tls import TlsFiles


@dataclass(frozen=True, slots=True)
class Paths:
    """The places of one daemon below `root` ("/" without --root)."""

    root: Path = Path("/")

    @property
    def etc(self) -> Path:
        return self.root / "etc/xcat"

    @property
    def settings(self) -> Path:
        return self.etc / "xcatd.yaml"

    @property
    def database(self) -> Path:
        return self.etc / "xcat.sqlite"

    @property
    def replica(self) -> Path:
        """A service node's copy of the tables; root only."""
        return self.etc / "replica/tables.copy"

    @property
    def spool(self) -> Path:
        """Reports that wait for the database or the management node; root only."""
        return self.etc / "spool"

    @property
    def plugins(self) -> Path:
        """Plugin files of the site."""
        return self.etc / "plugins"

    @property
    def checks(self) -> Path:
        """Checks of the site, for xcatprobe."""
        return self.etc / "checks"

    @property
    def schema(self) -> Path:
        """What the site adds to the schema."""
        return self.etc / "schema.d"

    @property
    def cfgloc(self) -> Path:
        """Where the database is, in xCAT's syntax; it may hold a password."""
        return self.etc / "cfgloc"

    @property
    def hostkeys(self) -> Path:
        """The ssh host keys that all nodes get."""
        return self.etc / "hostkeys"

    @property
    def run(self) -> Path:
        return self.root / "run/xcat"

    @property
    def socket(self) -> Path:
        """For clients on this host."""
        return self.run / "xcatd.sock"

    @property
    def handover(self) -> Path:
        """For the daemon that takes over; root only."""
        return self.run / "handover.sock"

    @property
    def lock(self) -> Path:
        return self.run / "xcatd.lock"

    @property
    def term(self) -> Path:
        """The number with which a daemon of this host has led the cluster, where several management nodes could."""
        return self.run / "term"

    @property
    def log(self) -> Path:
        return self.root / "var/log/xcat"

    @property
    def install(self) -> Path:
        return self.root / "install"

    @property
    def tftpboot(self) -> Path:
        return self.root / "tftpboot"

    @property
    def tls(self) -> TlsFiles:
        return TlsFiles.server(self.etc / "cert")

    @property
    def revocations(self) -> Path:
        return self.etc / "cert/crl.pem"

    def marker(self, role: str) -> Path:
        """The file by which old scripts tell a management node (`xCATMN`) from a service node (`xCATSN`)."""
        return self.root / "etc" / ("xCATSN" if role == "sn" else "xCATMN")

    def make(self) -> None:
        """Create the folders that are missing; existing ones keep their modes."""
        for folder, mode in ((self.etc, 0o755), (self.run, 0o755), (self.log, 0o755), (self.plugins, 0o755)):
            folder.mkdir(mode=mode, parents=True, exist_ok=True)


def chosen(root: str | None) -> Paths:
    """The places for `--root DIR`, else XCAT_ROOT, else the whole host."""
    return Paths(Path(root or os.environ.get("XCAT_ROOT") or "/").absolute())


def stamp(path: Path) -> tuple[int, int]:
    """What is another one when the file is another one: its time in nanoseconds and its number; zeros when it is missing."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def text_of(path: Path) -> str:
    """What a file in ASCII says; "" when it is missing."""
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""
