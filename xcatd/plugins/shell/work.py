"""`xdsh` over the nodes of this daemon. Loaded when it is first needed: asyncssh takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from xcatd.api import Ctx, NodeError, TimedOut, Unreachable, UsageError, Verdict
from xcatd.model import Ended
from xcatd.plugins.shell.given import Given, read_given
from xcatd.plugins.shell.voice import Voice
from xcatd.plugins.shell.wish import Wish
from xcatd.remote.access import FOLDER, Access, public_keys, read_access
from xcatd.remote.connecting import PATIENCE, Place, answers, connected
from xcatd.remote.fanout import fan_out
from xcatd.remote.places import addresses_by_node
from xcatd.remote.running import Ears, Lost, run
from xcatd.remote.wrapping import EXCHANGE, Order, emptying

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection

_SYNC_FOLDER = "/var/xcat/syncfiles"
_MOST = 255
"""The highest exit status: 256 nodes must not look like none."""
_ENOUGH = 20
"""Lines of a node that are kept where one is expected."""
_NO_ANSWER = "{} is not responding, make sure it is a node object and is defined in xCATdb. No command will be issued to this host."
"""xCAT's words, which scripts look for."""


async def work(ctx: Ctx, nodes: Sequence[str], wish: Wish) -> None:
    """Do it on each node, and say of each how it ended. Raises XcatError before anything was done."""
    given = await read_given(ctx, wish)
    text, stdin = await _text_and_input(ctx, wish, given)
    access = await asyncio.to_thread(read_access, ctx.host.root, wish.user, given.password)
    if access.config is None and not access.keys and not given.password:
        raise UsageError(f"root has no ssh key in {access.folder}: run xcatconfig -k on the management node")
    job = _Job(ctx, wish, access, await addresses_by_node(ctx.world, nodes), text, stdin)
    await fan_out(nodes, wish.fanout, job.on)
    ctx.status = min(job.failed, _MOST)


async def _text_and_input(ctx: Ctx, wish: Wish, given: Given) -> tuple[str, bytes]:
    """The command line for nodes, and what it gets as standard input."""
    if wish.setup:
        return EXCHANGE, await _keys(ctx, given)
    if wish.cleanup:
        return emptying(ctx.site("SNsyncfiledir") or _SYNC_FOLDER), b""
    order = Order(wish.words, given.script, given.environment, wish.sudo, bool(wish.device))
    return order.text(), order.stdin


async def _keys(ctx: Ctx, given: Given) -> bytes:
    folder = ctx.host.root / FOLDER
    lines = await asyncio.to_thread(public_keys, folder)
    if not lines:
        raise UsageError(f"root has no public ssh key in {folder}: run xcatconfig -k on the management node")
    if not given.password:
        raise UsageError("xdsh -K needs a password: type it at a terminal, or give it in DSH_REMOTE_PASSWORD")
    return "".join(f"{line}\n" for line in lines).encode()


@dataclass(slots=True)
class _Job:
    """The same on each node. `failed` counts those that did not end well."""

    ctx: Ctx
    wish: Wish
    access: Access
    addresses: Mapping[str, str]
    text: str
    stdin: bytes
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
            verdict = _verdict(error)
        self.failed += verdict is not Verdict.OK
        await self.ctx.send(Ended(node, verdict, monotonic() - began))

    async def _try(self, node: str, voice: Voice) -> Verdict:
        place = Place(node, self._address(node))
        patience = min(PATIENCE, self.wish.silence or PATIENCE)
        if self.wish.verify and not await answers(self.access, place, patience):
            await self.ctx.fail(_NO_ANSWER.format(node), code=0)
            return Verdict.UNREACHABLE
        async with connected(self.access, place, patience) as connection:
            if self.wish.setup:
                return await self._exchange(node, connection)
            ears = Ears(voice.output, voice.errors)
            status = await run(connection, self.text, ears, stdin=self.stdin, silence=self.wish.silence)
        await voice.flush()
        await self._tell(node, status, voice)
        return Verdict.FAILED if status else Verdict.OK

    def _address(self, node: str) -> str:
        if address := self.addresses.get(node):
            return address
        if self.access.config is None:
            raise Unreachable("its name cannot be resolved: give hosts.ip, or run makehosts or makedns")
        return node  # the configuration of ssh may know better

    async def _tell(self, node: str, status: int, voice: Voice) -> None:
        """The words that scripts look for (commands.md 7)."""
        if self.wish.exit_status:
            await self.ctx.say(f"Remote_command_rc = {status}", node=node)
        elif self.wish.stream and status:
            await voice.trouble(f"remote Command had return code: {status} ")

    async def _exchange(self, node: str, connection: SSHClientConnection) -> Verdict:
        said: list[str] = []

        async def hear(lines: Sequence[str]) -> None:
            said.extend(lines[:_ENOUGH])

        status = await run(
            connection, self.text, Ears(hear, hear), stdin=self.stdin, silence=self.wish.silence or PATIENCE
        )
        if status or not said or not said[-1].isdecimal():
            raise NodeError(f"authorized_keys of {self.wish.user} cannot be written ({'; '.join(said[:1]) or status})")
        added = int(said[-1])
        text = (
            f"{added} ssh keys added for {self.wish.user}" if added else f"the ssh keys are there for {self.wish.user}"
        )
        await self.ctx.say(text, node=node)
        return Verdict.OK


def _verdict(error: NodeError) -> Verdict:
    if isinstance(error, Lost):
        return Verdict.UNKNOWN
    return Verdict.UNREACHABLE if isinstance(error, (Unreachable, TimedOut)) else Verdict.FAILED
