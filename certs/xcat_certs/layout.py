"""Where the files are: the places of xCAT 2 below a root, so that its clients and daemons find them."""

from __future__ import annotations

import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from xcat_certs.errors import Unusable

Prefix = Literal["server", "client"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """The files of one key holder: `server-*` of a daemon, `client-*` of a user or node (protocol.md 1.2)."""

    directory: Path
    prefix: Prefix

    @property
    def key(self) -> Path:
        return self.directory / f"{self.prefix}-key.pem"

    @property
    def certificate(self) -> Path:
        return self.directory / f"{self.prefix}-cert.pem"

    @property
    def cred(self) -> Path:
        """Certificate, then key, in one file: what old clients and daemons read."""
        return self.directory / f"{self.prefix}-cred.pem"

    @property
    def request(self) -> Path:
        return self.directory / f"{self.prefix}-req.pem"

    @property
    def ca(self) -> Path:
        return self.directory / "ca.pem"


@dataclass(frozen=True, slots=True)
class Layout:
    """The places below one root ("/" on a real host)."""

    root: Path

    @property
    def authority(self) -> Path:
        return self.root / "etc/xcat/ca"

    @property
    def server(self) -> Credentials:
        return Credentials(self.root / "etc/xcat/cert", "server")

    def client(self, user: str) -> Credentials:
        """The credentials of a local account. Unusable: this host has no such account."""
        return Credentials(self.home(user) / ".xcat", "client")

    def home(self, user: str) -> Path:
        """The home directory, as the passwd entry has it, below the root; root's is always ROOT/root."""
        if user == "root":
            return self.root / "root"
        try:
            home = pwd.getpwnam(user).pw_dir
        except KeyError as error:
            raise Unusable(f"This host has no account {user}; name the directory with --dir.") from error
        return self.root / home.lstrip("/")
