"""The work of `xdsh` on one node: get there, run it, and say how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from xcatd.api import Ctx, NodeError, Verdict
from xcatd.model import Ended
from xcatd.plugins.shell.doings import BY_SSH, Doings
from xcatd.plugins.shell.wish import Wish
from xcatd.remote.access import Access
from xcatd.remote.connecting import PATIENCE, Place, answers, connected, patience_for
from xcatd.remote.running import Ears, ask, run, verdict_of
from xcatd.remote.voice import Voice
from xcatd.remote.wrapping import with_name

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection


@dataclass(frozen=True, slots=True)
class Errand:
    """What each node gets: a command line with what it reads as standard input. `named`: the node's name goes with it; `shown`: it
    as typed. `keys`: for a switch, the commands that let root's keys in."""

    text: str = ""
    stdin: bytes = b""
    shown: str = ""
    named: bool = False
    keys: tuple[str, ...] = ()


@dataclass(slots=True)
class Job:
    """The same on each node. `failed` counts those that did not end well."""

    ctx: Ctx
    wish: Wish
    access: Access
    addresses: Mapping[str, str]
    errand: Errand
    doings: Doings
    failed: int = 0

    async def on(self, node: str) -> None:
        """One node, with its end."""
        began = monotonic()
        voice = Voice(self.ctx, node, stream=self.wish.stream, silent=self.wish.silent or self.wish.setup)
        try:
            verdict = await self._try(node, voice)
        except NodeError as error:
            await voice.flush()
            await voice.trouble(str(error), error.code)
            await self.doings.ended(node, BY_SSH, voice, ran=False)
            verdict = verdict_of(error)
        self.failed += verdict is not Verdict.OK
        await self.ctx.send(Ended(node, verdict, monotonic() - began))

    async def _try(self, node: str, voice: Voice) -> Verdict:
        place = Place(node, self.access.address_of(node, self.addresses), self.wish.port)
        patience = patience_for(self.wish.silence, self.wish.patience)
        if self.wish.verify and not await answers(self.access, place, patience):
            await self.doings.silent(node)
            return Verdict.UNREACHABLE
        await self.doings.started(node)
        port = f" port {place.port}" if place.port else ""
        await self.doings.trace(voice, f"connects to {place.address}{port} as {self.access.user}")
        began = monotonic()
        async with connected(self.access, place, patience) as connection:
            await self.doings.trace_login(voice, connection, monotonic() - began)
            if self.errand.keys:
                status = await self._let_in(node, connection)
            elif self.wish.setup:
                status = await self._exchange(node, connection)
            else:
                status = await self._run(node, connection, voice)
        await voice.flush()
        await self.doings.ended(node, status, voice, ran=not self.wish.setup)
        return Verdict.FAILED if status else Verdict.OK

    async def _run(self, node: str, connection: SSHClientConnection, voice: Voice) -> int:
        errand = self.errand
        await self.doings.trace(voice, f"runs: {errand.shown} ({len(errand.stdin)} bytes of standard input)")
        text = with_name(node, errand.text, self.wish.syntax) if errand.named else errand.text
        began = monotonic()
        status = await run(
            connection, text, Ears(voice.output, voice.errors), stdin=errand.stdin, silence=self.wish.silence
        )
        await self.doings.trace(voice, f"ended with status {status} after {monotonic() - began:.2f} s")
        return status

    async def _exchange(self, node: str, connection: SSHClientConnection) -> int:
        """Add root's keys to a file of a node. Raises NodeError when they are not there then."""
        silence = self.wish.silence or PATIENCE
        status, said = await ask(connection, self.errand.text, stdin=self.errand.stdin, silence=silence)
        if status or not said or not said[-1].isdecimal():
            raise NodeError(f"authorized_keys of {self.wish.user} cannot be written ({'; '.join(said[:1]) or status})")
        added = int(said[-1])
        text = (
            f"{added} ssh keys added for {self.wish.user}" if added else f"the ssh keys are there for {self.wish.user}"
        )
        await self.ctx.say(text, node=node)
        return 0

    async def _let_in(self, node: str, connection: SSHClientConnection) -> int:
        """Have a switch take the keys, one command each. Raises NodeError when it refuses one."""
        for command in self.errand.keys:
            status, said = await ask(connection, command, silence=self.wish.silence or PATIENCE)
            if status:
                raise NodeError(f"a key for {self.wish.user} is not taken ({'; '.join(said[:1]) or status})")
        await self.ctx.say(f"{len(self.errand.keys)} ssh keys added for {self.wish.user}", node=node)
        return 0
