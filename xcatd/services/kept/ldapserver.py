"""servicenode.ldapserver: slapd runs. What it serves is the site's affair: nothing is configured, as in xCAT 2."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.distribution import Family
from xcatd.services.fileservice import FileService, Read, Rendered
from xcatd.services.ldap import ask
from xcatd.services.managers import Program
from xcatd.services.place import Place
from xcatd.services.ports import Port

_PORT = 389
_COMES_UP = 8.0
"""Seconds for its first answer."""
_CONFIGURATIONS = (
    ("etc/ldap/slapd.d", "-F"),
    ("etc/openldap/slapd.d", "-F"),
    ("etc/ldap/slapd.conf", "-f"),
    ("etc/openldap/slapd.conf", "-f"),
)
"""Where distributions have slapd's configuration, and the option that names it."""
_PACKAGES = "slapd (Debian, Ubuntu), openldap-servers (RHEL) or openldap2 (SLES)"


class LdapServer(FileService):
    name = "ldapserver"

    def program(self, place: Place, value: str) -> Program:
        path, option = next((one for one in _CONFIGURATIONS if (place.root / one[0]).exists()), _CONFIGURATIONS[0])
        words = ("slapd", "-d", "none", "-h", "ldap:///", option, str(place.root / path))
        return Program("slapd", ("slapd", "ldap"), words, _PACKAGES, reloads=None)

    def ports(self, place: Place, value: str) -> Sequence[Port]:
        return (Port("tcp", _PORT),)

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        return Rendered({})

    async def verify(self, place: Place, value: str) -> None:
        code = await ask("127.0.0.1", _PORT, _COMES_UP)
        if code is None:
            raise ServiceError(
                f"slapd does not answer at TCP port {_PORT} of 127.0.0.1: see where it listens (SLAPD_SERVICES in "
                f"{_where(place)}), and `journalctl -u slapd`"
            )
        if code.is_trouble:
            raise ServiceError(f"slapd answers that it cannot work ({code.name}): see `journalctl -u slapd`")


def _where(place: Place) -> Path:
    return place.root / ("etc/default/slapd" if place.family is Family.DEBIAN else "etc/sysconfig/slapd")
