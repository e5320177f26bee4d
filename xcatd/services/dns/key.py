"""The key that signs updates (TSIG, RFC 8945): the name server and those who may change zones share it."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass

from xcatd.errors import ServiceError
from xcatd.model import Secret
from xcatd.store import Put, Snapshot

NAME = "xcat_key"
ALGORITHM = "hmac-sha256"
_ALGORITHMS = frozenset({"hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"})
_OCTETS = 32
"""As long as what HMAC-SHA256 gives (RFC 8945 section 8: shorter keys weaken it)."""


@dataclass(frozen=True, slots=True)
class Key:
    """`secret` is in base 64, as table passwd and BIND have it."""

    name: str
    algorithm: str
    secret: Secret

    def text(self) -> str:
        """The statement of BIND that defines it. It shows the secret: it belongs into a file that others cannot read."""
        return f'key "{self.name}" {{\n\talgorithm {self.algorithm};\n\tsecret "{self.secret.reveal()}";\n}};\n'


def key_of(snapshot: Snapshot) -> Key | None:
    """The key that table passwd has; None when there is none. Raises ServiceError when it is no key."""
    name = key_name(snapshot)
    for row in snapshot.table("passwd").find("omapi"):
        if row["username"] == name and row["password"] and not row.hidden:
            return Key(name, _algorithm(snapshot), _checked(name, row["password"]))
    return None


def new_key(snapshot: Snapshot) -> tuple[Key, Put]:
    """A new key by chance, and the change that keeps it in table passwd."""
    name = key_name(snapshot)
    text = base64.b64encode(secrets.token_bytes(_OCTETS)).decode("ascii")
    change = Put("passwd", {"key": "omapi", "username": name}, {"password": text})
    return Key(name, _algorithm(snapshot), Secret(text)), change


def key_name(snapshot: Snapshot) -> str:
    return snapshot.site("dhcpomapikeyname", NAME)


def _algorithm(snapshot: Snapshot) -> str:
    """What site.dhcpomapialgorithm says, but never MD5, which is broken."""
    chosen = snapshot.site("dhcpomapialgorithm").lower()
    return chosen if chosen in _ALGORITHMS else ALGORITHM


def _checked(name: str, text: str) -> Secret:
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if not octets:
        raise ServiceError(
            f"The password of key=omapi, username={name} in table passwd is no key in base 64: remove the row, "
            "and makedns -n makes a new one"
        )
    return Secret(text)
