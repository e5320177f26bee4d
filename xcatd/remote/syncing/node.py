"""What is done on one node, over a connection that is open: files, then what becomes a part of a file, then scripts.

A script of EXECUTE that has to run, because its file is about to change, is noted on the node before, and struck out when it has
ended well: a connection that breaks in the middle does not make it forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from xcatd.errors import NodeError
from xcatd.remote.rsync import Change, Way, send
from xcatd.remote.running import run
from xcatd.remote.syncing.append import Piece, appended, is_original
from xcatd.remote.syncing.distant import Distant
from xcatd.remote.syncing.merge import accounts, differences, merged
from xcatd.remote.syncing.plan import Plan
from xcatd.remote.syncing.reading import Item
from xcatd.remote.syncing.sides import Manner
from xcatd.remote.syncing.synclist import POST
from xcatd.remote.syncing.tree import Tree
from xcatd.remote.wrapping import Order
from xcatd.services.files import difference

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection

    from xcatd.remote.running import Ears

LARGEST = 16 << 20
"""Bytes of a file of APPEND or MERGE, or of a script."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A plan whose files lie ready. `tree`: None where nothing is copied. `folder`: on the node, for what is kept between two times
    (site.nodesyncfiledir)."""

    plan: Plan
    tree: Tree | None
    folder: str


@dataclass(slots=True)
class OnNode:
    """One node, once. `changed` grows while it goes on."""

    connection: SSHClientConnection
    ready: Ready
    ears: Ears
    manner: Manner
    changed: list[str]
    _distant: Distant = field(init=False)
    _noted: bytes | None = None
    _owed: dict[str, None] = field(default_factory=dict)
    _bad: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._distant = Distant(self.connection, self.manner.sudo, self.manner.silence)

    async def go(self) -> None:
        """Do all of it. Raises NodeError or ServiceError; what was done until then is done."""
        plan = self.ready.plan
        await self._note()
        if self.ready.tree is not None:
            await self._copy(self.ready.tree)
        await self._add()
        for item in plan.merged:
            await self._merge(item)
        await self._run_all()
        if self._bad:
            raise NodeError("; ".join(self._bad))

    async def _copy(self, tree: Tree) -> None:
        for change in await self._sent(tree, dry_run=self.manner.dry_run):
            path = f"/{change.path}"
            if not change.is_folder or change.is_new:
                self.changed.append(path)
                await self._tell(_deed(change), path)

    async def _sent(self, tree: Tree, *, dry_run: bool) -> Sequence[Change]:
        way = Way(options=tree.options, dry_run=dry_run, sudo=self.manner.sudo, silence=self.manner.silence)
        return await send(self.connection, [f"{tree.folder}/"], "/", way)

    async def _note(self) -> None:
        """Write down on the node which scripts its files will need."""
        tree, after = self.ready.tree, self.ready.plan.after
        if tree is None or not after:
            return
        (self._noted,) = await self._distant.read([self._owing])
        self._owed = dict.fromkeys((self._noted or b"").decode(errors="surrogateescape").split("\n")[:-1])
        files = {tree.named(f"/{change.path}") for change in await self._sent(tree, dry_run=True)}
        await self._owe(
            {**self._owed, **{item.named: None for item in after if item.named.removesuffix(POST) in files}}
        )

    async def _owe(self, scripts: Mapping[str, None]) -> None:
        if scripts.keys() != self._owed.keys() and not self.manner.dry_run:
            text = "".join(f"{name}\n" for name in scripts).encode(errors="surrogateescape")
            await self._distant.replace(self._owing, self._noted, text)
            self._noted = text
        self._owed = dict(scripts)

    @property
    def _owing(self) -> str:
        return f"{self.ready.folder}/execute"

    async def _add(self) -> None:
        """APPEND: all of its files at once, because several may go into one."""
        items = self.ready.plan.appended
        names = list(dict.fromkeys(item.destination for item in items))
        kept = list(dict.fromkeys(map(self._last, items)))
        found = dict(zip((*names, *kept), await self._distant.read((*names, *kept)), strict=True))
        texts = {self._last(item): await asyncio.to_thread(_content, item) for item in items}
        for name in names:
            there = found[name]
            if there is None:
                raise NodeError(f"{name} is not there, and APPEND makes no files: bring one first")
            lasts = [self._last(item) for item in items if item.destination == name]
            pieces = [Piece(texts[last], found[last]) for last in lasts]
            await self._append_to(name, there, pieces)
        for path, text in texts.items():
            if found[path] != text and not self.manner.dry_run:
                await self._distant.replace(path, found[path], text)

    async def _append_to(self, name: str, there: bytes, pieces: Sequence[Piece]) -> None:
        new = there
        for piece in pieces:
            new = appended(new, piece)
        kept = f"{self.ready.folder}/org{name}" if is_original(there, pieces) else ""
        await self._renew(name, there, new, _lines(name, there, new), kept=kept)

    def _last(self, item: Item) -> str:
        """Where the node keeps what was appended the last time."""
        return f"{self.ready.folder}/append{item.named}"

    async def _merge(self, item: Item) -> None:
        name = item.destination
        ours = accounts(
            name, Path(item.named), (await asyncio.to_thread(_content, item)).decode(errors="surrogateescape")
        )
        (there,) = await self._distant.read([name])
        if there is None:
            raise NodeError(f"{name} is not there")
        text = there.decode(errors="surrogateescape")
        new = merged(name, text, ours)
        lines = differences(text, new)
        kept = f"{self.ready.folder}/org{name}"
        await self._renew(name, there, new.encode(errors="surrogateescape"), lines, kept=kept, lock=True)

    async def _renew(
        self, name: str, there: bytes, new: bytes, lines: Sequence[str], *, kept: str, lock: bool = False
    ) -> None:
        if new == there:
            return
        if not self.manner.dry_run:
            await self._distant.replace(name, there, new, kept=kept, lock=lock)
        self.changed.append(name)
        await self._tell("change", name, lines)

    async def _run_all(self) -> None:
        owed = [item for item in self.ready.plan.after if item.named in self._owed]
        for item in owed:
            if await self._script(item):
                await self._owe({name: None for name in self._owed if name != item.named})
        for item in self.ready.plan.always:
            await self._script(item)

    async def _script(self, item: Item) -> bool:
        """Run it, and give whether it ended well."""
        if self.manner.dry_run:
            await self.ears.output([f"would run {item.named}"])
            return False
        order = Order((item.named,), await asyncio.to_thread(_content, item), sudo=self.manner.sudo)
        status = await run(self.connection, order.text(), self.ears, stdin=order.stdin, silence=self.manner.silence)
        if status:
            self._bad.append(f"{item.named} ended with {status} there")
        return not status

    async def _tell(self, deed: str, path: str, lines: Iterable[str] = ()) -> None:
        if self.manner.dry_run:
            await self.ears.output([f"would {deed} {path}", *lines])
        elif self.manner.verbose:
            await self.ears.output([f"{_PAST[deed]} {path}"])


_PAST = {"bring": "brought", "change": "changed", "adjust": "adjusted"}


def _deed(change: Change) -> str:
    """What rsync does to a file: it is new, has another content, or only other times and rights."""
    if change.is_new:
        return "bring"
    return "change" if change.is_content else "adjust"


def _lines(name: str, there: bytes, new: bytes) -> Sequence[str]:
    """What an appended text makes of a file, line by line."""
    return difference(Path(name), there.decode(errors="replace"), new.decode(errors="replace"))


def _content(item: Item) -> bytes:
    """A file of this host, which is small. It blocks. Raises ServiceError."""
    try:
        with item.here.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise item.place.wrong(f"{item.named} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if len(content) > LARGEST:
        raise item.place.wrong(f"{item.named} is larger than {LARGEST >> 20} MiB")
    return content
