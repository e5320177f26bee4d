"""An authority for servers and clients that are not ours, such as databases: made by our own xcat_certs, for one test run."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from xcat_certs import pem
from xcat_certs.authority import Authority
from xcat_certs.issue import issue
from xcat_certs.layout import Credentials
from xcat_certs.names import AlternativeNames, Role

_DAYS = 30


class Certificates:
    """An authority with its files below a folder, which only the owner of the test process can read."""

    def __init__(self, folder: Path, cluster: str = "databases") -> None:
        self._folder = folder
        self._issues = 0
        self.authority = Authority.create(folder / "ca", f"xCAT CA {cluster}", cluster)
        self.ca = folder / "ca.pem"
        """The authority's certificate: what who verifies is given."""
        self.ca.write_bytes(self.authority.certificate_pem)

    def server(self, name: str) -> Credentials:
        """A new key and certificate for `name`, localhost, 127.0.0.1 and ::1; also good for a client."""
        return self._issued(Role.MANAGEMENT, name)

    def client(self, name: str) -> Credentials:
        """A new key and certificate for the user `name`."""
        return self._issued(Role.USER, name)

    def _issued(self, role: Role, name: str) -> Credentials:
        self._issues += 1  # a name may have several certificates
        place = Credentials(self._folder / f"{self._issues}-{name}", "server" if role.is_server else "client")
        issue(self.authority, place, role, name, days=_DAYS, names=AlternativeNames())
        return place


def common_name(place: Credentials) -> str:
    """The name in a certificate, as PostgreSQL compares it with its user's."""
    subject = pem.read_certificate(place.certificate).subject
    return str(subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def one_line(name: x509.Name) -> str:
    """A subject or an issuer in the form that MariaDB compares: /CN=joe."""
    return "".join(f"/{part.rfc4514_attribute_name}={part.value!s}" for part in name)
