"""What tests of certificates have in common: such as end when they shall, and what a client and the daemon's log say of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.helpers.alone import log_lines, run_with, until
from tests.helpers.cluster import Daemon
from xcat_certs import pem
from xcat_certs.authority import Authority
from xcat_certs.issue import issue
from xcat_certs.keys import request_pem
from xcat_certs.layout import Credentials
from xcat_certs.names import AlternativeNames, Role

OTHER_ADDRESS = "127.0.0.9"
"""Where the daemon listens too, although its certificate does not have this address."""


def ended_in(left: timedelta, authority: Path, role: Role, name: str, folder: Path) -> Path:
    """Credentials in `folder`, which may have a key, with a certificate for one day of which only `left` is left."""
    place = Credentials(folder, "server" if role.is_server else "client")
    if not place.key.exists():
        issue(Authority.open(authority), place, role, name, days=1, names=AlternativeNames())
    then = datetime.now(UTC) + left - timedelta(days=1)
    asked = request_pem(pem.read_key(place.key), name, AlternativeNames())
    signed = Authority.open(authority, clock=lambda: then).sign(asked, role, name, days=1)
    place.certificate.write_bytes(signed)
    place.cred.write_bytes(signed + place.key.read_bytes())
    return folder


def authority_of(daemon: Daemon) -> Path:
    return daemon.root / "etc/xcat/ca"


def cred_of(daemon: Daemon) -> Path:
    return daemon.root / "etc/xcat/cert/server-cred.pem"


class Watch:
    """What a client and the daemon's log say from now on."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._before = len(log_lines(daemon))

    def type(self, folder: Path, host: str = "") -> str:
        """Ask for nodes with these credentials: the one sentence on standard error, after its `Error: `, and the status."""
        env = {"XCAT_CREDENTIALS": str(folder), "XCATHOST": host or self._daemon.host}
        done = run_with(self._daemon, (), "nodels", "n1", **env)
        assert done.stdout == ""
        assert done.stderr.startswith("Error: ")
        assert done.stderr.count("\n") == 1
        return f"{done.returncode} {done.stderr.removeprefix('Error: ').strip()}"

    def warnings(self) -> list[str]:
        return [line["event"] for line in log_lines(self._daemon)[self._before :] if line["level"] != "info"]

    def line(self, about: str = "") -> str:
        """The one line that the log has got `about` something: of what was before there may still come another one."""

        def lines() -> list[str]:
            return [line for line in self.warnings() if about in line]

        until(lines, "a line in the log")
        (line,) = lines()
        return line
