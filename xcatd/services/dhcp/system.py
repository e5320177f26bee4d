"""Where DHCP servers have their files on this host, what they are called, and which one is to be used: data."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.managers.manager import Manager, Program, State
from xcatd.services.ports import Port, taken
from xcatd.services.programs import find_program

KEA, ISC = "kea", "isc"
VERSIONS: Final = (4, 6)
"""Of IP: each has a server of its own."""
PROGRAMS: Final[Mapping[tuple[str, int], str]] = {
    (KEA, 4): "kea-dhcp4",
    (KEA, 6): "kea-dhcp6",
    (ISC, 4): "dhcpd",
    (ISC, 6): "dhcpd",
}
PACKAGES: Final[Mapping[tuple[str, int], str]] = {
    (KEA, 4): "kea-dhcp4-server (Debian, Ubuntu) or kea (RHEL, SLES)",
    (KEA, 6): "kea-dhcp6-server (Debian, Ubuntu) or kea (RHEL, SLES)",
    (ISC, 4): "isc-dhcp-server (Debian, Ubuntu) or dhcp-server (RHEL, SLES)",
    (ISC, 6): "isc-dhcp-server (Debian, Ubuntu) or dhcp-server (RHEL, SLES)",
}
_UNITS: Final[Mapping[tuple[str, int], tuple[str, ...]]] = {
    (KEA, 4): ("kea-dhcp4-server", "kea-dhcp4"),
    (KEA, 6): ("kea-dhcp6-server", "kea-dhcp6"),
    (ISC, 4): ("isc-dhcp-server", "dhcpd"),
    (ISC, 6): ("isc-dhcp-server6", "dhcpd6", "isc-dhcp-server"),  # Ubuntu; RHEL and SLES; Debian has one unit for both
}
_ISC_FILES: Final = {4: ("etc/dhcp/dhcpd.conf", "etc/dhcpd.conf"), 6: ("etc/dhcp/dhcpd6.conf", "etc/dhcpd6.conf")}
_ISC_LEASES: Final = {
    4: ("var/lib/dhcpd/dhcpd.leases", "var/lib/dhcp/dhcpd.leases"),
    6: ("var/lib/dhcpd/dhcpd6.leases", "var/lib/dhcp/dhcpd6.leases"),
}
ISC_INTERFACES: Final[Mapping[tuple[str, int], str]] = {
    ("etc/default/isc-dhcp-server", 4): "INTERFACESv4",  # Debian, Ubuntu
    ("etc/default/isc-dhcp-server", 6): "INTERFACESv6",
    ("etc/sysconfig/dhcpd", 4): "DHCPD_INTERFACE",  # SLES; others leave it to the networks in the configuration
    ("etc/sysconfig/dhcpd", 6): "DHCPD6_INTERFACE",
}
"""Files in which the service of ISC's server finds its interfaces -> the variable."""
_HOOKS = ("usr/lib/*/kea/hooks", "usr/lib64/kea/hooks", "usr/lib/kea/hooks", "usr/local/lib/kea/hooks")
_LEASES_HOOK = "libdhcp_lease_cmds.so"


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of one server below one root. `kind` is KEA or ISC, `version` that of IP."""

    root: Path
    kind: str
    version: int = 4

    @property
    def port(self) -> Port:
        """Where machines are heard: RFC 2131 section 4.1, RFC 8415 section 7.2."""
        return Port("udp", {4: 67, 6: 547}[self.version])

    @property
    def program(self) -> Program:
        """The server as whatever runs it knows it. It cannot read its files again by itself in time: see the servers."""
        which = (self.kind, self.version)
        name = "dhcpd6" if which == (ISC, 6) else PROGRAMS[which]
        words = self._kea_words if self.kind == KEA else self._isc_words
        return Program(name, _UNITS[which], words, PACKAGES[which], reloads=None)

    @property
    def _kea_words(self) -> tuple[str, ...]:
        folder = self.socket.parent
        places = (f"KEA_PIDFILE_DIR={folder}", f"KEA_LOCKFILE_DIR={folder}")
        return ("env", *places, PROGRAMS[KEA, self.version], "-c", str(self.conf))

    @property
    def _isc_words(self) -> tuple[str, ...]:
        files = ("-cf", str(self.conf), "-lf", str(self.leases), "--no-pid")
        return (PROGRAMS[ISC, self.version], f"-{self.version}", "-d", *files)

    @property
    def conf(self) -> Path:
        if self.kind == KEA:
            return self.root / f"etc/kea/kea-dhcp{self.version}.conf"
        paths = [self.root / name for name in _ISC_FILES[self.version]]
        return next((path for path in paths if path.exists()), paths[0])

    @property
    def backup(self) -> Path:
        """What was there before the last -n, under xCAT's name."""
        return self.conf.with_name(f"{self.conf.name}.xcatbak")

    @property
    def leases(self) -> Path:
        if self.kind == KEA:
            return self.root / f"var/lib/kea/kea-leases{self.version}.csv"
        paths = [self.root / name for name in _ISC_LEASES[self.version]]
        return next((path for path in paths if path.parent.is_dir()), paths[0])

    @property
    def socket(self) -> Path:
        """Kea's control socket, where its packages have it."""
        return self.root / f"run/kea/kea{self.version}-ctrl-socket"

    @property
    def lock(self) -> Path:
        """The same for both versions: one run has both."""
        return self.root / "run/xcat/dhcp.lock"


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
        if find(PROGRAMS[kind, 4]) is not None:
            return kind
    wanted = ", or ".join(f"the package {PACKAGES[kind, 4]}" for kind in kinds)
    raise ServiceError(
        f"No DHCP server is installed ({' or '.join(PROGRAMS[kind, 4] for kind in kinds)}): install {wanted}"
    )


async def have_room(layout: Layout, manager: Manager) -> None:
    """Nobody else may have the port of a server that does not run. Raises ServiceError, which names who has it."""
    if (await manager.report(layout.program)).state in (State.RUNNING, State.STARTING):
        return  # it has it itself
    other = Layout(layout.root, ISC if layout.kind == KEA else KEA, layout.version).program
    if (await manager.report(other)).state is State.RUNNING:
        raise ServiceError(
            f"{other.name} still serves DHCP here, and {layout.program.name} shall: stop it for good "
            f"(`systemctl disable --now {other.units[0]}`), or correct site.dhcpbackend"
        )
    found = await asyncio.to_thread(taken, layout.port)
    if found is not None:
        raise ServiceError(str(found))
