"""One-time tokens: for a bounded time a node may have a certificate, once (docs/node-credentials.md).

A token is armed for each node in a file of its own, on the management node, for root only. The file has a digest and not the
token. Who moves the file away has the token: so it is used once, whatever else goes wrong.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote

from xcatd.errors import Denied, ServiceError
from xcatd.services.files import locked, replace_texts

Kind = Literal["node", "sn"]
_BYTES = 20
"""160 random bits: nobody finds one by trying."""
_AT_ONCE = 200
"""Nodes that are armed while those wait who use their tokens."""
_SUFFIX = ".armed"
_IN_USE = ".used"


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

    token: str = field(repr=False)
    macs: tuple[str, ...] = ()
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """A token in use: `mark` is the file that it has become."""

    armed: Armed
    mark: Path


class Tokens:
    """The armed nodes of this management node: files in a folder. The methods block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def below(cls, root: Path) -> Tokens:
        """Those of the management node whose files are below a root."""
        return cls(root / "etc/xcat/armed")

    def arm(self, wanted: Sequence[Armed]) -> Mapping[str, str]:
        """Let each of these nodes have a certificate, once, from now on; gives the token of each, which is kept nowhere. Those from
        before are worth nothing any more. Raises ServiceError, and then none of the tokens is to be given away."""
        tokens = {one.node: base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower() for one in wanted}
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ServiceError(f"{self._folder} cannot be made: {error.strerror}") from error
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            texts = {self._path(one.node).name: _text(one, tokens[one.node]) for one in some}
            with self._locked():
                self._forget_uses({one.node for one in some})
                replace_texts(self._folder, texts, mode=0o600)
        return tokens

    def disarm(self, nodes: Collection[str]) -> None:
        """Let them have none, also those whose token is being used, if nothing comes of that. Raises ServiceError."""
        with self._locked():
            self._forget_uses(nodes)
            for node in nodes:
                try:
                    self._path(node).unlink(missing_ok=True)
                except OSError as error:
                    raise ServiceError(f"{self._path(node)} cannot be removed: {error.strerror}") from error

    def armed(self, now: datetime) -> Sequence[Armed]:
        """All that may still be used, by name."""
        names = sorted(unquote(path.name.removesuffix(_SUFFIX)) for path in self._folder.glob(f"*{_SUFFIX}"))
        found = (_read(self._path(name)) for name in names)
        return [one[0] for one in found if one is not None and one[0].until > now]

    def use(self, node: str, shown: Shown, now: datetime) -> Use:
        """Use a node's token. Raises Denied with the reason, which is for the log and not for who asks. What follows is
        `used_up`, or `give_back` when nothing came of it."""
        path = self._path(node)
        found = _read(path)
        if found is None:
            raise Denied(f"{node} is not armed: nodetoken {node}")
        armed, digest = found
        _check(armed, digest, shown, now)
        use = Use(armed, path.with_name(f"{quote(node, safe='')}+{secrets.token_hex(8)}{_IN_USE}"))
        with self._locked():
            if _read(path) != found:
                raise Denied(f"the token of {node} has just been used, or it was armed anew")
            try:
                path.rename(use.mark)
            except OSError as error:
                raise ServiceError(f"{path} cannot be moved: {error.strerror}") from error
        return use

    def used_up(self, use: Use) -> None:
        """The node has its certificate: nothing is left of the token."""
        use.mark.unlink(missing_ok=True)

    def give_back(self, use: Use) -> None:
        """Nothing came of it, through no fault of the node: the token may be used again, unless it was disarmed meanwhile, or there
        is a newer one."""
        path = self._path(use.armed.node)
        with self._locked(), contextlib.suppress(FileNotFoundError):
            if path.exists():
                use.mark.unlink()
            else:
                use.mark.rename(path)

    def _forget_uses(self, nodes: Collection[str]) -> None:
        """What is being used is not given back."""
        for mark in self._folder.glob(f"*{_IN_USE}"):
            if unquote(mark.name.partition("+")[0]) in nodes:  # a quoted name has no +
                mark.unlink(missing_ok=True)

    def _locked(self) -> AbstractContextManager[None]:
        """Others arm and use tokens at the same time, in other threads. Beside the folder, which is for root only."""
        return locked(self._folder.with_suffix(".lock"))

    def _path(self, node: str) -> Path:
        return self._folder / f"{quote(node, safe='')}{_SUFFIX}"


def _check(armed: Armed, digest: str, shown: Shown, now: datetime) -> None:
    """Raises Denied for a node that is not the one which was armed."""
    node = armed.node
    if not hmac.compare_digest(digest, _digest(shown.token)):
        raise Denied(f"the token is not that of {node}")
    if armed.until <= now:
        raise Denied(f"the token of {node} was good until {armed.until.astimezone():%Y-%m-%d %H:%M:%S}")
    if armed.macs and not {*map(_plain, shown.macs)} & {*armed.macs}:
        raise Denied(f"none of the MAC addresses is one of {node}")
    if armed.uuid and _plain(shown.uuid) != armed.uuid:
        raise Denied(f"the UUID is not that of {node}")


def _text(armed: Armed, token: str) -> str:
    values = {**asdict(armed), "until": armed.until.isoformat(), "digest": _digest(token)}
    values |= {"macs": [*map(_plain, armed.macs)], "uuid": _plain(armed.uuid)}
    return json.dumps(values) + "\n"


def _read(path: Path) -> tuple[Armed, str] | None:
    """What a file says, and the digest of the token. Raises ServiceError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        role: Kind = "sn" if found["role"] == "sn" else "node"
        until = datetime.fromisoformat(found["until"])
        armed = Armed(found["node"], role, until, tuple(found["macs"]), found["uuid"])
        return armed, str(found["digest"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        node = unquote(path.name.removesuffix(_SUFFIX))
        raise ServiceError(f"{path} cannot be read: arm the node again with nodetoken {node}") from error


def _digest(token: str) -> str:
    return hashlib.sha256(token.strip().lower().encode(errors="surrogatepass")).hexdigest()


def _plain(text: str) -> str:
    """A MAC address or a UUID without what makes no difference."""
    return text.strip().lower().replace("-", "").replace(":", "")
