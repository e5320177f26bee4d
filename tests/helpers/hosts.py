"""Management nodes that are set up completely and do not run; and certificates that are not as they should be."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from xcat_certs import pem
from xcat_certs.authority import Authority
from xcat_certs.issue import issue
from xcat_certs.keys import request_pem
from xcat_certs.layout import Credentials, Layout
from xcat_certs.names import AlternativeNames, Role
from xcatd.daemon.paths import Paths
from xcatd.setup.main import main as xcatconfig


def configured(root: Path) -> Paths:
    """The places of a management node `mn1` that `xcatconfig -i` has set up."""
    words = ["--root", str(root), "-i", "--name", "mn1", "--address", "127.0.0.1", "--port", "3456"]
    assert xcatconfig(words) == 0
    return Paths(root)


def copied(paths: Paths, root: Path) -> Paths:
    """The same host again, to be broken."""
    shutil.copytree(paths.root, root, symlinks=True)
    return Paths(root)


def certify(paths: Paths, role: Role, name: str, *, left: timedelta = timedelta(days=400)) -> None:
    """Give the daemon, or for the role of a user root, another certificate for its key, which ends in `left` from now."""
    layout = Layout(paths.root)
    place = layout.client("root") if role is Role.USER else layout.server
    sign(
        Authority.open(layout.authority, clock=lambda: datetime.now(UTC) + left - timedelta(days=300)),
        place,
        role,
        name,
    )


def sign(authority: Authority, place: Credentials, role: Role, name: str) -> None:
    """Put a certificate for 300 days of the authority's clock beside the key in `place`, whatever is there."""
    asked = request_pem(pem.read_key(place.key), name, AlternativeNames())
    signed = authority.sign(asked, role, name, days=300)
    place.certificate.write_bytes(signed)
    place.cred.write_bytes(signed + place.key.read_bytes())


def another_authority(folder: Path) -> Authority:
    """The authority of another cluster."""
    return Authority.create(folder / "etc/xcat/ca", "xCAT CA other", "other")


def credentials_of(authority: Authority, folder: Path, role: Role, name: str) -> Credentials:
    """New credentials in a folder."""
    place = Credentials(folder, "server" if role.is_server else "client")
    issue(authority, place, role, name, days=30, names=AlternativeNames())
    return place
