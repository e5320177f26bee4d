"""A cluster with a management node, a service node and users, made by the project's own authority."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xcat_certs.authority import Authority, Clock
from xcat_certs.issue import issue
from xcat_certs.layout import Credentials, Layout
from xcat_certs.names import AlternativeNames, Role, sorted_out
from xcat_certs.profile import LEAF_DAYS, KeyKind
from xcat_certs.setup import setup_management_node
from xcatd.tls import TlsFiles

LONG_AGO = datetime.now(UTC) - timedelta(days=400)


@dataclass(frozen=True)
class Cluster:
    """Its files are below `root`; every further holder gets a folder of its own."""

    root: Path
    cluster: str = "alpha"

    @property
    def authority(self) -> Authority:
        return Authority.open(Layout(self.root).authority)

    @property
    def mn(self) -> TlsFiles:
        return TlsFiles.server(Layout(self.root).server.directory)

    @property
    def admin(self) -> TlsFiles:
        return TlsFiles.client(Layout(self.root).client("root").directory)

    def holder(
        self, role: Role, name: str, *, key: KeyKind = "ec", clock: Clock | None = None, addresses: tuple[str, ...] = ()
    ) -> TlsFiles:
        """Make one. `clock`: its certificate is of the day that this says; it takes a clock and not a forgery."""
        place = Credentials(self.root / "holders" / f"{role}-{name}", "server" if role.is_server else "client")
        names = sorted_out(addresses) if addresses else AlternativeNames()
        issue(self.authority, place, role, name, days=LEAF_DAYS, names=names, kind=key)
        if clock:
            then = Authority.open(Layout(self.root).authority, clock=clock)
            content = then.renew(then.named(name)[-1].serial, days=1)
            place.certificate.write_bytes(content)
            place.cred.write_bytes(content + place.key.read_bytes())
        return (TlsFiles.server if role.is_server else TlsFiles.client)(place.directory)

    def revoke(self, name: str) -> None:
        self.authority.revoke(self.authority.named(name)[-1].serial)


def client_context(files: TlsFiles | None, ca: Path) -> ssl.SSLContext:
    """What our thin client does: its user's certificate if it has one, our authority only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca)
    if files is not None:
        context.load_cert_chain(files.certificate, files.key)
    return context


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    setup_management_node(tmp_path / "alpha", "mn1", "alpha")
    return Cluster(tmp_path / "alpha")


@pytest.fixture
def foreign(tmp_path: Path) -> Cluster:
    """Another site with the same names."""
    setup_management_node(tmp_path / "beta", "mn1", "alpha")
    return Cluster(tmp_path / "beta")
