"""servicenode.ftpserver: vsftpd gives out site.installdir to anybody, read-only. Settings: vsftpd.conf(5) of vsftpd 3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.errors import ServiceError
from xcatd.services.asking.ftp import PORT, read_as_anybody
from xcatd.services.asking.patience import patiently
from xcatd.services.asking.sample import NAME, own_folders, sample_in
from xcatd.services.distribution import Family
from xcatd.services.fileservice import File, FileService, Read, Rendered
from xcatd.services.managers import Program
from xcatd.services.place import Place
from xcatd.services.ports import Port
from xcatd.services.service import ALONE, NO, ON


@dataclass(frozen=True, slots=True)
class _Distribution:
    """`conf` is its file. `empty`: a folder without anything, in which it locks itself up; it must be there."""

    conf: str
    empty: str


_DISTRIBUTIONS = {
    Family.DEBIAN: _Distribution("/etc/vsftpd.conf", "/var/run/vsftpd/empty"),
    Family.REDHAT: _Distribution("/etc/vsftpd/vsftpd.conf", "/usr/share/empty"),
    Family.SUSE: _Distribution("/etc/vsftpd.conf", "/usr/share/empty"),
}


class FtpServer(FileService):
    name = "ftpserver"
    site_keys = ("installdir", "vsftp", "installloc")
    after = ("installmount",)

    def wanted(self, place: Place) -> str:
        """On a management node that is a node of the tables, site.vsftp counts where its column says nothing."""
        is_said = bool(place.value("servicenode", self.name).strip())
        if is_said or not (place.is_master and place.node):
            return super().wanted(place)
        return ALONE if place.site("vsftp").strip().lower() in NO else ON

    def program(self, place: Place, value: str) -> Program:
        # RHEL's goes into the background by itself, as its unit expects.
        words = ("vsftpd", str(place.below(_DISTRIBUTIONS[place.family].conf)), "-obackground=NO")
        return Program("vsftpd", ("vsftpd",), words, "vsftpd", reloads=None)

    def ports(self, place: Place, value: str) -> Sequence[Port]:
        return (Port("tcp", PORT),)

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        host = _DISTRIBUTIONS[place.family]
        files = {place.below(host.conf): File(settings(place), keeps=True)}
        folders = [*own_folders(place, [place.install], now), place.below(host.empty), place.below("/var/log")]
        return Rendered(files, folders)

    async def verify(self, place: Place, value: str) -> None:
        async def ask() -> None:
            await _ask(place)

        await patiently(ask)


def settings(place: Place) -> str:
    """Pure. Raises ServiceError for a folder that its file cannot name."""
    folder = str(place.install)
    if folder != folder.strip() or "\n" in folder:
        raise ServiceError(f"site.installdir is {folder!r}: use a path without blanks at its ends")
    has_ipv6 = any(address.version == 6 for address in place.addresses())
    said = {
        "listen": "NO" if has_ipv6 else "YES",
        "listen_ipv6": "YES" if has_ipv6 else "NO",
        "anonymous_enable": "YES",
        "no_anon_password": "YES",
        "anon_root": folder,
        "local_enable": "NO",
        "write_enable": "NO",
        "anon_upload_enable": "NO",
        "anon_mkdir_write_enable": "NO",
        "anon_world_readable_only": "YES",
        "hide_ids": "YES",
        "use_localtime": "YES",
        "connect_from_port_20": "YES",
        "pasv_enable": "YES",
        "xferlog_enable": "YES",
        "xferlog_file": str(place.below("/var/log/vsftpd.log")),
        "secure_chroot_dir": str(place.below(_DISTRIBUTIONS[place.family].empty)),
    }
    return "# Written by xcatd.\n" + "".join(f"{key}={value}\n" for key, value in said.items())


async def _ask(place: Place) -> None:
    """Raises ServiceError when the server does not give what is in the folder."""
    there = await sample_in(place, place.install)
    given = await read_as_anybody(NAME if there else "", "127.0.0.1")
    if there and given != there:
        raise ServiceError(
            f"vsftpd gives out another folder than {place.install}: stop the other FTP server of this host"
        )
