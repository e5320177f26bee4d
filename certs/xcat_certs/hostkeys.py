"""Certificates for ssh host keys (PROTOCOL.certkeys of OpenSSH): who believes one key, knows every host that has one.

The key that signs them is another one than the authority's, because ssh cannot use that; it is made when it is first needed.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    SSHCertificateBuilder,
    SSHCertificateType,
    load_ssh_private_key,
    load_ssh_public_key,
)

from xcat_certs import files
from xcat_certs.errors import AlreadyThere, Refused, Unusable
from xcat_certs.profile import CLOCK_SKEW, LEAF_DAYS

MOST = 8
"""Keys that a host may have."""
_RSA_BITS = 2048

HostKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True)
class HostAuthority:
    """The key that signs host keys, in a file for root only."""

    path: Path

    def public(self) -> str:
        """What `@cert-authority` lines of known_hosts have: a kind and the key."""
        return self._key().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

    def sign(self, name: str, keys: Sequence[str], principals: Sequence[str], now: datetime) -> list[str]:
        """A certificate for each key, a line each; good for these names and addresses. Refused: a key that is none."""
        if len(keys) > MOST or not principals:
            raise Refused(f"A host has 1 to {MOST} keys, and a name.")
        ours = self._key()
        return [self._signed(ours, name, _host_key(line), principals, now) for line in keys]

    def _signed(
        self, ours: ed25519.Ed25519PrivateKey, name: str, key: HostKey, principals: Sequence[str], now: datetime
    ) -> str:
        builder = (
            SSHCertificateBuilder()
            .public_key(key)
            .serial(secrets.randbits(63))
            .type(SSHCertificateType.HOST)
            .key_id(name.encode())
            .valid_principals([each.encode() for each in principals])
            .valid_after((now - CLOCK_SKEW).timestamp())
            .valid_before((now + timedelta(days=LEAF_DAYS)).timestamp())
        )
        return f"{builder.sign(ours).public_bytes().decode()} {name}"

    def _key(self) -> ed25519.Ed25519PrivateKey:
        if not self.path.exists():
            made = ed25519.Ed25519PrivateKey.generate()
            content = made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
            with contextlib.suppress(AlreadyThere):  # somebody else has made one meanwhile
                files.write_new(self.path, content, files.PRIVATE)
        try:
            key = load_ssh_private_key(files.read(self.path, "key that signs ssh host keys"), password=None)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise Unusable(
                f"{self.path} holds no ssh key: move it away, and every host needs a new certificate."
            ) from error
        if not isinstance(key, ed25519.Ed25519PrivateKey):
            raise Unusable(f"{self.path} is no Ed25519 key.")
        return key


def _host_key(line: str) -> HostKey:
    try:
        key = load_ssh_public_key(" ".join(line.split()[:2]).encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refused("This is no ssh host key: give the content of ssh_host_*_key.pub.") from error
    strong = isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey)
    if strong or (isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS):
        return key  # type: ignore[return-value]  # told by isinstance
    raise Refused(f"The ssh host key is not accepted: use Ed25519, ECDSA, or RSA of {_RSA_BITS} bits or more.")
