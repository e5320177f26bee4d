"""All services that a host can keep, in the order in which people are shown them and in which they come up."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.services.kept.conserver import ConsoleServer
from xcatd.services.kept.dhcpserver import DhcpServer
from xcatd.services.kept.ftpserver import FtpServer
from xcatd.services.kept.httpserver import HttpServer
from xcatd.services.kept.installmount import InstallMount
from xcatd.services.kept.ipforward import IpForward
from xcatd.services.kept.ldapserver import LdapServer
from xcatd.services.kept.nameserver import NameServer
from xcatd.services.kept.nfsserver import NfsServer
from xcatd.services.kept.nimserver import NimServer
from xcatd.services.kept.ntpserver import NtpServer
from xcatd.services.kept.proxydhcp import ProxyDhcp
from xcatd.services.kept.routes import StaticRoutes
from xcatd.services.kept.syslog import Syslog
from xcatd.services.kept.tftpmount import TftpMount
from xcatd.services.kept.tftpserver import TftpServer
from xcatd.services.service import Service


def services() -> Sequence[Service]:
    """One of each. None comes after one that stands behind it here."""
    return (
        IpForward(),
        StaticRoutes(),
        Syslog(),
        InstallMount(),
        TftpMount(),
        FtpServer(),
        LdapServer(),
        TftpServer(),
        NtpServer(),
        ProxyDhcp(),
        ConsoleServer(),
        NameServer(),
        NfsServer(),
        HttpServer(),
        NimServer(),
        DhcpServer(),
    )
