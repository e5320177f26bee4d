"""The password of the database's owner: where it comes from, and what the servers keep instead of it.

The servers are told only these forms, so that the password itself stands in no statement and thus in none of their logs.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import hmac
import os
import re
import secrets
import sys
from collections.abc import Mapping

from xcatd.errors import ConfigError
from xcatd.model import Secret

_ROUNDS = 4096
"""Iterations of SCRAM: what PostgreSQL takes itself (its manual, 20.3)."""
_VERIFIER = re.compile(r"SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)")


def chosen(variable: str, what: str, environ: Mapping[str, str] = os.environ) -> Secret:
    """The password in the variable; else what is typed at the terminal; else, without a terminal, a new one.

    Raises ConfigError, which does not show it.
    """
    if text := environ.get(variable, ""):
        return _checked(text, variable)
    if sys.stdin.isatty():
        text = getpass.getpass(f"Password for {what} (empty: make one): ")
        if text:
            return _checked(text, "The password")
    return Secret(secrets.token_urlsafe(24))


def _checked(text: str, source: str) -> Secret:
    if not re.fullmatch(r"[!-~]{1,256}", text):
        raise ConfigError(
            f"{source} has a character that cannot stand in cfgloc: use ASCII letters, digits and signs, no blanks"
        )
    return Secret(text)


def scram(password: Secret, salt: bytes = b"", rounds: int = _ROUNDS) -> str:
    """What PostgreSQL keeps of a password (RFC 5803, without the name of the scheme's channel binding)."""
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.reveal().encode(), salt, rounds)
    client, server = (hmac.digest(salted, word, "sha256") for word in (b"Client Key", b"Server Key"))
    parts = (base64.b64encode(part).decode() for part in (salt, hashlib.sha256(client).digest(), server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(rounds, *parts)


def is_scram_of(verifier: str, password: Secret) -> bool:
    """Whether a server that keeps this lets the password in."""
    found = _VERIFIER.fullmatch(verifier)
    if not found:
        return False
    return hmac.compare_digest(scram(password, base64.b64decode(found[2]), int(found[1])), verifier)


def native(password: Secret) -> str:
    """What MariaDB's mysql_native_password keeps of a password: twice SHA-1, as the protocol asks for it."""
    if not password:
        return ""
    once = hashlib.sha1(password.reveal().encode(), usedforsecurity=False).digest()
    return f"*{hashlib.sha1(once, usedforsecurity=False).hexdigest().upper()}"
