"""A service node that lacks the programs of services which it is to keep."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.alone import typed
from tests.helpers.servicehosts import service_hosts

_HIDE = 'for name in chronyd rsyslogd slapd conserver; do mount --bind /dev/null /usr/sbin/$name; done; exec "$@"'
HIDDEN = ("unshare", "--mount", "sh", "-c", _HIDE, "sh")
"""Before a command line: it runs on a host without these programs."""
TABLES = (
    "chtab key=master site.value=10.7.0.1",
    "nodeadd sn1 groups=service hosts.ip=10.7.0.2 noderes.xcatmaster=10.7.0.1",
)


def test_what_is_not_installed_is_named_with_its_package(tmp_path: Path) -> None:
    wanted = {
        "syslog": "rsyslog is not installed: install the package rsyslog",
        "ldapserver": "slapd is not installed: install the package slapd (Debian, Ubuntu), openldap-servers (RHEL) or "
        "openldap2 (SLES)",
        "ntpserver": "chrony is not installed: install the package chrony",
        "conserver": "conserver is not installed: install the package conserver-server (Debian, Ubuntu) or conserver (RHEL, SLES)",
    }
    with service_hosts(tmp_path, HIDDEN) as hosts:
        columns = " ".join(f"servicenode.{name}=1" for name in wanted if name != "syslog")
        typed(hosts.mn, *TABLES, "chtab key=svloglocal site.value=1", f"chtab node=sn1 {columns}")
        for name, sentence in wanted.items():
            assert f"{name}: {sentence} (" in hosts.becomes(name, "failed")
