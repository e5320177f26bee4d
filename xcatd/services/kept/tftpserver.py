"""servicenode.tftpserver: in.tftpd of tftp-hpa gives out site.tftpdir, read-only.

It has no list of who is served: whoever reaches its port is. Options: tftpd(8) of tftp-hpa 5.2.
"""

from __future__ import annotations

import contextlib
import getopt
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.errors import ServiceError
from xcatd.services.asking.patience import patiently
from xcatd.services.asking.sample import NAME, own_folders, sample_in
from xcatd.services.asking.tftp import PORT, NoSuchFile, read_by_tftp
from xcatd.services.distribution import Family
from xcatd.services.fileservice import File, FileService, Read, Rendered
from xcatd.services.managers import Program
from xcatd.services.ownunits import how_to_link
from xcatd.services.place import Place
from xcatd.services.ports import Port
from xcatd.services.service import ON

_MAP = "/etc/tftpmapfile4xcat.conf"
_MAP_TEXT = "# Written by xcatd. Windows' loaders separate folders with backslashes.\nrg \\\\ /\n"
_ALONE = frozenset({"-l", "--listen", "-L", "--foreground"})
"""Options that say how it runs: that is decided by who starts it."""
_SHORT = "46cspvVlLa:B:u:U:r:t:T:R:m:P:"
_LONG = (
    *("ipv4", "ipv6", "create", "secure", "permissive", "verbose", "version", "listen", "foreground"),
    *("address=", "blocksize=", "user=", "umask=", "refuse=", "timeout=", "retransmit=", "port-range="),
    *("map-file=", "pidfile=", "verbosity="),
)
_PACKAGES = "tftpd-hpa (Debian, Ubuntu), tftp-server (RHEL) or tftp (SLES)"


@dataclass(frozen=True, slots=True)
class _Distribution:
    """`unit` reads `settings`, which is the distribution's own file where the old one is kept. `account`: whose the server is."""

    unit: str
    settings: str
    account: str
    keeps: bool = False


_OURS = _Distribution("xcatd-tftpd", "/etc/xcat/tftpd.env", "nobody")
"""Units of RHEL and SLES hand over the port (tftp.socket) and fix the folder: ours does without. systemd/xcatd-tftpd.service."""
_DISTRIBUTIONS = {
    Family.DEBIAN: _Distribution("tftpd-hpa", "/etc/default/tftpd-hpa", "tftp", keeps=True),
    Family.REDHAT: _OURS,
    Family.SUSE: _OURS,
}


class TftpServer(FileService):
    name = "tftpserver"
    site_keys = ("tftpdir", "tftpflags", "sharedtftp")
    after = ("tftpmount",)

    def wanted(self, place: Place) -> str:
        """A management node that is a node of the tables serves it unless its column says no (protocol.md section 4)."""
        is_said = bool(place.value("servicenode", self.name).strip())
        return super().wanted(place) if is_said or not (place.is_master and place.node) else ON

    def program(self, place: Place, value: str) -> Program:
        host = _DISTRIBUTIONS[place.family]
        words = ["in.tftpd", "--foreground", "--user", host.account]
        with contextlib.suppress(ServiceError):  # `render` says what is wrong with them
            words += options(place)
        packages = _PACKAGES + (f", and {how_to_link(host.unit)}" if host is _OURS else "")
        return Program("tftpd", (host.unit,), tuple(words), packages, reloads=None)

    def ports(self, place: Place, value: str) -> Sequence[Port]:
        return (Port("udp", _listens_at(place)[1]),)

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        settings = _DISTRIBUTIONS[place.family]
        files = {
            place.below(_MAP): File(_MAP_TEXT),
            place.below(settings.settings): File(_settings(place), keeps=settings.keeps),
        }
        return Rendered(files, own_folders(place, [place.tftpboot], now))

    async def verify(self, place: Place, value: str) -> None:
        async def ask() -> None:
            await _ask(place)

        await patiently(ask)


def options(place: Place) -> Sequence[str]:
    """What the server is told, besides how it is started. Raises ServiceError for site.tftpflags that it would not understand."""
    flags, folders = _flags(place)
    return [*flags, *folders]


def _flags(place: Place) -> tuple[Sequence[str], Sequence[str]]:
    """The options, and the folders."""
    if place.site("tftpflags").strip():
        said, folders = _said(place)
        return [word for option in said for word in option if word and option[0] not in _ALONE], folders
    has_ipv6 = any(address.version == 6 for address in place.addresses())
    only = () if has_ipv6 else ("-4",)
    return [*only, "-v", "-s", "-m", str(place.below(_MAP))], [str(place.tftpboot)]


def _said(place: Place) -> tuple[Sequence[tuple[str, str]], Sequence[str]]:
    """The options of site.tftpflags with their values, and the folders."""
    try:
        return getopt.gnu_getopt(shlex.split(place.site("tftpflags")), _SHORT, _LONG)
    except (getopt.GetoptError, ValueError) as error:
        raise ServiceError(f"site.tftpflags is nothing that in.tftpd understands ({str(error).lower()})") from error


def _listens_at(place: Place) -> tuple[str, int]:
    """The address, "" for all, and the port that site.tftpflags says."""
    said = next((value for option, value in _said(place)[0] if option in ("-a", "--address")), "")
    host, _, port = said.rpartition(":") if ":" in said else (said, "", "")
    return host, int(port) if port.isdecimal() else PORT


def _settings(place: Place) -> str:
    flags, folders = _flags(place)
    if place.family is not Family.DEBIAN:
        words = ("--user", _OURS.account, *flags, *folders)
        return f"# Written by xcatd.\nTFTPD_OPTIONS={_quoted(' '.join(words))}\n"
    host, port = _listens_at(place)
    return (
        "# Written by xcatd.\n"
        f'TFTP_USERNAME="{_DISTRIBUTIONS[Family.DEBIAN].account}"\n'
        f"TFTP_DIRECTORY={_quoted(' '.join(folders))}\n"
        f'TFTP_ADDRESS="{host}:{port}"\n'
        f"TFTP_OPTIONS={_quoted(' '.join(flags))}\n"
    )


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


async def _ask(place: Place) -> None:
    """Raises ServiceError when the server does not give what is in the folder."""
    host, port = _listens_at(place)
    there = (await sample_in(place, place.tftpboot)).encode(errors="surrogateescape")
    try:
        given = await read_by_tftp(NAME, host.strip("[]") or "127.0.0.1", port)
    except NoSuchFile as error:
        if there and not place.site("tftpflags").strip():
            raise ServiceError(f"tftpd does not serve {place.tftpboot}: {error}") from error
        return  # it answers, and the folder is another host's, or one that site.tftpflags names
    if there and given != there and not place.site("tftpflags").strip():
        raise ServiceError(
            f"tftpd serves another folder than {place.tftpboot}: stop the other TFTP server of this host"
        )
