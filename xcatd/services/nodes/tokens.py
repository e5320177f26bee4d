"""One-time tokens: for a bounded time a node may have a certificate, once (docs/node-credentials.md).

A token is armed for each node in a file of its own, on the management node, for root only. The file has a digest and not the
token. Who removes the file has used the token: so it is used once, whatever else goes wrong.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote

from xcatd.errors import Denied, ServiceError
from xcatd.services.files import replace_text

Kind = Literal["node", "sn"]
_BYTES = 20
"""160 random bits: nobody finds one by trying."""
_SUFFIX = ".armed"


@dataclass(frozen=True, slots=True)
class Armed:
    """What a node may have, and until when. `macs` and `uuid` are those of the tables: where there are some, the node must
    say it, or one of them. `until` has a time zone."""

    node: str
    role: Kind
    until: datetime
    macs: tuple[str, ...] = ()
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a node shows. `token` is never logged. `macs`: those of all its interfaces."""

    token: str
    macs: tuple[str, ...] = ()
    uuid: str = ""


class Tokens:
    """The armed nodes of this management node: files in a folder. The methods block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def arm(self, node: str, role: Kind, now: datetime, lasts: timedelta, macs: Sequence[str], uuid: str) -> str:
        """Let a node have a certificate, once, from now on; gives the token. One from before is worth nothing any more. Raises
        ServiceError."""
        token = base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()
        armed = Armed(node, role, now + lasts, tuple(map(_plain, macs)), _plain(uuid))
        text = json.dumps({**asdict(armed), "until": armed.until.isoformat(), "digest": _digest(token)})
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ServiceError(f"{self._folder} cannot be made: {error.strerror}") from error
        replace_text(self._path(node), text + "\n", mode=0o600)
        return token

    def disarm(self, node: str) -> bool:
        """Let it have none; gives whether it was armed."""
        try:
            self._path(node).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise ServiceError(f"{self._path(node)} cannot be removed: {error.strerror}") from error
        return True

    def armed(self, now: datetime) -> Sequence[Armed]:
        """All that may still be used, by name."""
        names = sorted(unquote(path.name.removesuffix(_SUFFIX)) for path in self._folder.glob(f"*{_SUFFIX}"))
        found = (self._read(name) for name in names)
        return [one[0] for one in found if one is not None and one[0].until > now]

    def use(self, node: str, shown: Shown, now: datetime) -> Armed:
        """Use a node's token up. Raises Denied with the reason, which is for the log and not for who asks."""
        found = self._read(node)
        if found is None:
            raise Denied(f"{node} is not armed: nodetoken {node}")
        armed, digest = found
        if not hmac.compare_digest(digest, _digest(shown.token)):
            raise Denied(f"the token is not that of {node}")
        if armed.until <= now:
            raise Denied(f"the token of {node} was good until {armed.until.astimezone():%Y-%m-%d %H:%M:%S}")
        if armed.macs and not {*map(_plain, shown.macs)} & {*armed.macs}:
            raise Denied(f"none of the MAC addresses is one of {node}")
        if armed.uuid and _plain(shown.uuid) != armed.uuid:
            raise Denied(f"the UUID is not that of {node}")
        if not self.disarm(node):
            raise Denied(f"the token of {node} has just been used")
        return armed

    def give_back(self, armed: Armed, token: str) -> None:
        """A token was used and nothing came of it, through no fault of the node: it may be used again, unless there is a newer
        one."""
        if not self._path(armed.node).exists():
            text = json.dumps({**asdict(armed), "until": armed.until.isoformat(), "digest": _digest(token)})
            replace_text(self._path(armed.node), text + "\n", mode=0o600)

    def _read(self, node: str) -> tuple[Armed, str] | None:
        try:
            found = json.loads(self._path(node).read_text(encoding="utf-8"))
            role: Kind = "sn" if found["role"] == "sn" else "node"
            until = datetime.fromisoformat(found["until"])
            armed = Armed(found["node"], role, until, tuple(found["macs"]), found["uuid"])
            return armed, str(found["digest"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ServiceError(
                f"{self._path(node)} cannot be read: arm the node again with nodetoken {node}"
            ) from error

    def _path(self, node: str) -> Path:
        return self._folder / f"{quote(node, safe='')}{_SUFFIX}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.strip().lower().encode()).hexdigest()


def _plain(text: str) -> str:
    """A MAC address or a UUID without what makes no difference."""
    return text.strip().lower().replace("-", "").replace(":", "")
