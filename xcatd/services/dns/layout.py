"""Where BIND's files are on this host, and what BIND is called, by distribution: data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xcatd.services.dns.bind import Folders
from xcatd.store import Snapshot


@dataclass(frozen=True, slots=True)
class System:
    """BIND as a family of distributions has it. Paths are below the root. `zones` may be written by named; `aside` is for what
    stands beside named.conf, a folder of BIND's own."""

    mark: str
    """A file or folder that only these have."""
    conf: str
    aside: str
    zones: str
    account: str


SYSTEMS = (
    System("etc/bind", "etc/bind/named.conf", "etc/bind", "var/lib/bind", "bind"),  # Debian, Ubuntu
    System("var/lib/named/dyn", "etc/named.conf", "var/lib/named/dyn", "var/lib/named/dyn", "named"),  # SLES
    System("var/named/dynamic", "etc/named.conf", "var/named/dynamic", "var/named/dynamic", "named"),  # Red Hat
)
PORT = 53
LOCK = "run/xcat/dns.lock"
"""Below the root: who changes something about the name server holds it."""
UNITS = ("named", "bind9")
"""systemd's names of the service, the first that is there counts."""
PACKAGES = "bind9 with bind9-utils (Debian, Ubuntu) or bind with bind-utils (RHEL, SLES)"


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of the name server below one root."""

    root: Path
    conf: Path
    aside: Path
    zones: Path
    account: str

    @property
    def key(self) -> Path:
        """The file with the key, which only named reads."""
        return self.aside / f"{self.conf.name}.key"

    @property
    def backup(self) -> Path:
        """A named.conf that was not ours."""
        return self.aside / f"{self.conf.name}.xcatbak"

    @property
    def staged(self) -> Path:
        """Where a new named.conf is looked at before it is used."""
        return self.aside / f"{self.conf.name}.new"

    @property
    def run(self) -> Path:
        return self.root / "run/named"

    @property
    def folders(self) -> Folders:
        return Folders(self.zones, self.run)

    @property
    def is_whole_host(self) -> bool:
        """Without --root: then the service of the distribution is the one that runs."""
        return self.root == Path("/")


def layout_of(root: Path, snapshot: Snapshot, host: Path = Path("/")) -> Layout:
    """The places for this host's distribution; site.bindconf, and site.bindzones or site.binddir, say others."""
    system = next((one for one in SYSTEMS if (host / one.mark).exists()), SYSTEMS[-1])
    conf = snapshot.site("bindconf", system.conf)
    zones = snapshot.site("bindzones") or snapshot.site("binddir", system.zones)
    return Layout(root, root / conf.lstrip("/"), root / system.aside, root / zones.strip("/"), system.account)
