"""Where conserver's packages have its files, and as whom it runs: data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from xcatd.services.distribution import Family

PACKAGES: Final = "conserver-server (Debian, Ubuntu) or conserver (RHEL, SLES)"
LOGS: Final = "var/log/conserver/consoles"
"""Not /var/log/consoles: there, root's daemon writes, and no account but root's may have a folder into which it does."""
PROGRAMS: Final = ("etc/xcat/cons", "opt/xcatd/share/cons", "opt/xcat/share/xcat/cons")
"""Folders with the programs that open consoles, one a method: the site's own, ours, xCAT 2's. The first that has it counts."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`account`: whose process it is, "" for root, which can read this host's credentials."""

    conf: str
    unit: str
    port: int
    account: str = ""

    @property
    def own(self) -> str:
        """The key and certificate of a server that is not root."""
        return str(PurePosixPath(self.conf).with_name("xcat-cred.pem"))

    @property
    def authority(self) -> str:
        """A copy of the cluster's authority, for a server that is not root."""
        return str(PurePosixPath(self.conf).with_name("xcat-ca.pem"))


LAYOUTS: Final[Mapping[Family, Layout]] = {
    Family.DEBIAN: Layout("etc/conserver/conserver.cf", "conserver-server", 3109, "conservr"),
    Family.REDHAT: Layout("etc/conserver.cf", "conserver", 782),
    Family.SUSE: Layout("etc/conserver.cf", "conserver", 782),
}
