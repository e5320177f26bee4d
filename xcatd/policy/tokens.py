"""Log-ins without a certificate: passwords of the passwd table and the tokens they buy (protocol.md sections 1.5,
3.8).

Pure functions: they read a snapshot and give what is to be written; the caller writes it.
"""

from __future__ import annotations

import hmac
import re
import uuid
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta

from xcatd.model import Secret
from xcatd.store import Put, Snapshot

_HASH = re.compile(r"\$\w+\$")
_TIME = "%Y-%m-%d %H:%M:%S"
_NEVER = "never"
_ACCESS_STEP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Token:
    """`expire` is local time as text, or `never`. `change` makes it known."""

    id: str
    expire: str
    change: Put


@dataclass(frozen=True, slots=True)
class TokenUse:
    """Whose token it is, and what its use changes in the table."""

    user: str
    changes: tuple[Put, ...]


def check_password(snapshot: Snapshot, user: str, password: Secret) -> bool:
    """Whether a row of passwd with key `xcat` gives this user this password, in plain text or as a crypt hash."""
    stored = next((row["password"] for row in snapshot.table("passwd").find("xcat") if row["username"] == user), "")
    if not stored:
        return False
    given = _hashed(password.reveal(), stored) if _HASH.match(stored) else password.reveal()
    return hmac.compare_digest(_bytes(given), _bytes(stored))


def new_token(snapshot: Snapshot, user: str, now: datetime) -> Token:
    """A token for `user`, good for `site.tokenexpiredays` days (a number, or `never`; else one day)."""
    expire = _expiry(snapshot.site("tokenexpiredays"), now)
    name, stamp = str(uuid.uuid4()), now.strftime(_TIME)
    values = {"username": user, "expire": expire, "created": stamp, "access": stamp}
    return Token(name, expire, Put("token", {"tokenid": name}, values))


def token_user(snapshot: Snapshot, tokenid: str, now: datetime) -> TokenUse | None:
    """The user of a token; None when it does not exist or has expired.

    The change keeps the time of its last use, to the minute, and turns an expiry in seconds since 1970, as old
    versions wrote it, into readable time.
    """
    row = next(iter(snapshot.table("token").find(tokenid)), None) if tokenid else None
    if row is None or not row["username"]:
        return None
    expire = _read_expiry(row["expire"])
    if expire is None or expire <= now:
        return None
    values: dict[str, str | None] = {}
    if row["expire"].isdecimal():
        values["expire"] = expire.strftime(_TIME)
    last = _read_time(row["access"])
    if last is None or now - last >= _ACCESS_STEP:
        values["access"] = now.strftime(_TIME)
    return TokenUse(row["username"], (Put("token", {"tokenid": tokenid}, values),) if values else ())


def _hashed(password: str, stored: str) -> str:
    """The password hashed with the method and salt of `stored`; "" when the system does not know the method."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import crypt  # slow to load and rarely needed
    try:
        return crypt.crypt(password, stored)
    except (OSError, ValueError):
        return ""


def _expiry(days: str, now: datetime) -> str:
    if days.strip().lower() == _NEVER:
        return _NEVER
    try:
        return (now + timedelta(days=float(days))).strftime(_TIME)
    except (ValueError, OverflowError):
        return (now + timedelta(days=1)).strftime(_TIME)


def _read_expiry(text: str) -> datetime | None:
    if text == _NEVER:
        return datetime.max
    if text.isdecimal() and len(text) < 12:
        return datetime.fromtimestamp(int(text))
    return _read_time(text)


def _read_time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _TIME)
    except ValueError:
        return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
