"""Where DHCP servers have their files on this host, what they are called, and which one is to be used: data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.programs import Unit, find_program

KEA, ISC = "kea", "isc"
PROGRAMS: Final[Mapping[str, str]] = {KEA: "kea-dhcp4", ISC: "dhcpd"}
PACKAGES: Final[Mapping[str, str]] = {
    KEA: "kea-dhcp4-server (Debian, Ubuntu) or kea (RHEL, SLES)",
    ISC: "isc-dhcp-server (Debian, Ubuntu) or dhcp-server (RHEL, SLES)",
}
UNITS: Final[Mapping[str, Unit]] = {
    KEA: Unit(("kea-dhcp4-server", "kea-dhcp4")),
    ISC: Unit(("isc-dhcp-server", "dhcpd")),
}
_ISC_FILES = ("etc/dhcp/dhcpd.conf", "etc/dhcpd.conf")
_ISC_LEASES = ("var/lib/dhcpd/dhcpd.leases", "var/lib/dhcp/dhcpd.leases")


ISC_INTERFACES: Final[Mapping[str, str]] = {
    "etc/default/isc-dhcp-server": "INTERFACESv4",  # Debian, Ubuntu
    "etc/sysconfig/dhcpd": "DHCPD_INTERFACE",  # SLES; other distributions leave it to the networks in the configuration
}
"""Files in which the service of ISC's server finds its interfaces -> the variable."""
_HOOKS = ("usr/lib/*/kea/hooks", "usr/lib64/kea/hooks", "usr/lib/kea/hooks", "usr/local/lib/kea/hooks")
_LEASES_HOOK = "libdhcp_lease_cmds.so"


@dataclass(frozen=True, slots=True)
class Layout:
    """The places below one root. `kind` is KEA or ISC."""

    root: Path
    kind: str

    @property
    def conf(self) -> Path:
        if self.kind == KEA:
            return self.root / "etc/kea/kea-dhcp4.conf"
        paths = [self.root / name for name in _ISC_FILES]
        return next((path for path in paths if path.exists()), paths[0])

    @property
    def backup(self) -> Path:
        """What was there before the last -n, under xCAT's name."""
        return self.conf.with_name(f"{self.conf.name}.xcatbak")

    @property
    def staged(self) -> Path:
        """Where a new file is looked at before it is used."""
        return self.conf.with_name(f"{self.conf.name}.new")

    @property
    def leases(self) -> Path:
        if self.kind == KEA:
            return self.root / "var/lib/kea/kea-leases4.csv"
        paths = [self.root / name for name in _ISC_LEASES]
        return next((path for path in paths if path.parent.is_dir()), paths[0])

    @property
    def socket(self) -> Path:
        """Kea's control socket, where its packages have it."""
        return self.root / "run/kea/kea4-ctrl-socket"

    @property
    def pid_file(self) -> Path:
        """Of ISC's server where systemd does not run it."""
        return self.root / "run/dhcpd.pid"

    @property
    def lock(self) -> Path:
        return self.root / "run/xcat/dhcp.lock"

    @property
    def is_whole_host(self) -> bool:
        """Without --root: then the service of the distribution is the one that runs."""
        return self.root == Path("/")


def leases_hook(host: Path = Path("/")) -> Path | None:
    """Kea's library with commands about leases; None when it is not installed."""
    return next((path for folder in _HOOKS for path in sorted(host.glob(f"{folder}/{_LEASES_HOOK}"))), None)


def backend(wish: str, find: Callable[[str], str | None] = find_program) -> str:
    """KEA or ISC: what site.dhcpbackend says, and for `auto` or nothing the one that is installed, Kea first.

    Raises ServiceError, which names the packages, for one that is not installed.
    """
    wish = wish.strip().lower()
    if wish not in ("", "auto", KEA, ISC):
        raise ServiceError(f"site.dhcpbackend is {wish!r}: set it to one of auto, kea, isc")
    kinds = (wish,) if wish in (KEA, ISC) else (KEA, ISC)
    for kind in kinds:
        if find(PROGRAMS[kind]) is not None:
            return kind
    wanted = ", or ".join(f"the package {PACKAGES[kind]}" for kind in kinds)
    raise ServiceError(
        f"No DHCP server is installed ({' or '.join(PROGRAMS[kind] for kind in kinds)}): install {wanted}"
    )
