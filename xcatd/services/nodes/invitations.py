"""Nodes that are to be installed may ask for a token: armed by thousands at once, in one file (docs/node-credentials.md).

A token that nobody has yet need not be made: nodeset notes who may ask, and until when. Who asks gets a token (tokens.py), and a
new one when it asks again, until its certificate has been given.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from xcatd.errors import ServiceError
from xcatd.services.files import locked, replace_text, replace_texts
from xcatd.services.nodes.tokens import Armed, Kind

_SUFFIX: Final = ".invited"
_SPENT: Final = ".spent"
_ROLES: Final[tuple[Kind, ...]] = ("node", "sn")


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one nodeset has armed. `stamp`: when, in nanoseconds. `text`: a line with the end of their time, then one for each node,
    so that one of thousands is found without reading the others."""

    stamp: int
    until: datetime
    text: str

    def invited(self, node: str) -> Armed | None:
        """With the most that it may have."""
        start = self.text.find(f"\n[{json.dumps(node)}, ")
        return None if start < 0 else self._armed(self.text[start + 1 : self.text.index("\n", start + 1)])

    def all(self) -> Iterator[Armed]:
        return map(self._armed, self.text.splitlines()[1:])

    def _armed(self, line: str) -> Armed:
        try:
            node, role, macs, uuid = json.loads(line)
        except ValueError as error:
            raise ServiceError(f"{self.stamp}{_SUFFIX} in the folder of armed nodes is damaged: remove it") from error
        return Armed(node, "sn" if role == "sn" else "node", self.until, tuple(macs), uuid)


class Invitations:
    """Those of the management node whose files are below a folder, for root only. The methods block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def below(cls, root: Path) -> Invitations:
        """Those of the management node whose files are below a root."""
        return cls(root / "etc/xcat/armed")

    def invite(self, wanted: Sequence[Armed], until: datetime, now: datetime) -> None:
        """Let each of these nodes ask until then; one whose role is `sn` also as a node, which it is before its daemon is there.
        Raises ServiceError."""
        lines = (json.dumps([one.node, one.role, one.macs, one.uuid]) for one in wanted)
        stamp = time.time_ns()
        with self._locked():
            self._forget(now, {one.node for one in wanted})
            text = "".join(f"{line}\n" for line in (until.isoformat(), *lines))
            replace_text(self._folder / f"{stamp}{_SUFFIX}", text, mode=0o600)

    def of(self, node: str, role: Kind, now: datetime) -> Armed | None:
        """What the node may have now in this role; None: nothing. Raises ServiceError."""
        for batch in self._batches():
            if (found := batch.invited(node)) is not None:
                return next((one for one in self._living(batch, found, now) if one.role == role), None)
        return None

    def all(self, now: datetime) -> Sequence[Armed]:
        """All that may be asked for now, by name. Raises ServiceError."""
        newest = {one.node: (batch, one) for batch in reversed(list(self._batches())) for one in batch.all()}
        return [one for _, (batch, found) in sorted(newest.items()) for one in self._living(batch, found, now)]

    def end(self, nodes: Collection[str], roles: Collection[Kind] = _ROLES) -> None:
        """Let them not ask any more in these roles, until they are invited again. Raises ServiceError."""
        if not any(self._folder.glob(f"*{_SUFFIX}")):
            return
        with self._locked():
            texts = {self._mark(node, role).name: f"{time.time_ns()}\n" for node in nodes for role in roles}
            replace_texts(self._folder, texts, mode=0o600)

    def _living(self, batch: _Batch, found: Armed, now: datetime) -> Iterator[Armed]:
        """What is left of an invitation, for each role."""
        for role in _ROLES if found.role == "sn" else (found.role,):
            if batch.until > now and _stamp_in(self._mark(found.node, role)) < batch.stamp:
                yield Armed(found.node, role, found.until, found.macs, found.uuid)

    def _batches(self) -> Iterator[_Batch]:
        """The newest first."""
        for path in sorted(self._folder.glob(f"*{_SUFFIX}"), key=_stamp, reverse=True):
            with contextlib.suppress(FileNotFoundError):
                yield _read(path)

    def _forget(self, now: datetime, invited: Collection[str]) -> None:
        """Remove what is over, and what concerns only nodes that are invited anew."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ServiceError(f"{self._folder} cannot be made: {error.strerror}") from error
        oldest = time.time_ns()
        for batch in list(self._batches()):
            if batch.until <= now or all(one.node in invited for one in batch.all()):
                (self._folder / f"{batch.stamp}{_SUFFIX}").unlink(missing_ok=True)
            else:
                oldest = min(oldest, batch.stamp)
        for mark in self._folder.glob(f"*{_SPENT}"):
            if _stamp_in(mark) < oldest:
                mark.unlink(missing_ok=True)

    def _mark(self, node: str, role: Kind) -> Path:
        return self._folder / f"{quote(node, safe='')}+{role}{_SPENT}"

    def _locked(self) -> AbstractContextManager[None]:
        return locked(self._folder.with_suffix(".lock"))


def _stamp(path: Path) -> int:
    return int(path.name.removesuffix(_SUFFIX))


def _stamp_in(mark: Path) -> int:
    """When it was ended; 0: it was not."""
    try:
        return int(mark.read_text())
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as error:
        raise ServiceError(f"{mark} cannot be read: remove it, and type nodeset again") from error


def _read(path: Path) -> _Batch:
    try:
        text = path.read_text(encoding="utf-8")
        return _Batch(_stamp(path), datetime.fromisoformat(text.partition("\n")[0]), text)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise ServiceError(f"{path} cannot be read: remove it, and type nodeset again for its nodes") from error
