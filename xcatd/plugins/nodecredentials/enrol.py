"""`nodeenrol`: a host shows a token, or the certificate that it has, and a request, and gets its certificate."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from xcatd.api import Ctx, Denied, Where, XcatError, command, opt
from xcatd.errors import ServiceError
from xcatd.model import Role
from xcatd.plugins.nodecredentials.reading import read_first, read_renewal
from xcatd.services.addresses import addresses_of
from xcatd.services.files import replace_text
from xcatd.services.nodes.events import certificate_event
from xcatd.services.nodes.invitations import Invitations
from xcatd.services.nodes.signer import Asking, Signed, Signer
from xcatd.services.nodes.tokens import Kind, Tokens

log = logging.getLogger(__name__)

_REFUSED = "{node} gets no certificate; the log of the management node says why. To let it have one: nodetoken {node}"


@command("nodeenrol", where=Where.MANAGEMENT)
async def nodeenrol(
    ctx: Ctx,
    name: str,
    *,
    renew: Annotated[bool, opt("--renew", "with the certificate that this host has, in the place of a token")] = False,
    renewed: Annotated[
        str, opt("--renewed", "this host uses the certificate of this serial number: take back what it had before")
    ] = "",
) -> None:
    """Get the certificate of this host: nodeenrol NAME, with lines `token: TOKEN`, `mac: ADDRESS [ADDRESS ...]`, `uuid: UUID`,
    `hostkey: KEY` (of ssh, as often as needed) and a certificate request in PEM on standard input.

    Prints the certificate, that of the authority, in PEM, and a line with a certificate for each ssh host key. Anybody may ask;
    who has no token gets nothing. With --renew a host asks with the certificate that it has, before that ends, and in the place
    of the token is a line `serial: NUMBER` of it, in hexadecimal digits. What it has stays good until it says --renewed NUMBER.
    """
    if renew or renewed:
        host = _own(ctx, name)
        await (_take_back(ctx, host, renewed) if renewed else _renew(ctx, host))
    else:
        await _enrol(ctx, name)


async def _enrol(ctx: Ctx, name: str) -> None:
    shown, wanted = read_first(await ctx.stdin())
    tokens = Tokens.below(ctx.host.root)
    try:
        if not ctx.world.has_node(name):
            raise Denied(f"there is no node {name[:80]!a}")
        use = await asyncio.to_thread(tokens.use, name, shown, datetime.now(UTC))
    except Denied as error:
        log.warning("no certificate for %s: %s", ctx.request.caller.peer, error)
        raise Denied(_REFUSED.format(node=name)) from None
    host = Asking(use.armed.role, name)
    try:
        signed = await Signer(ctx.host.root).sign(host, wanted.request, wanted.host_keys, _names(ctx, name))
        await _record(ctx, host, "certificate given", signed.serial)
    except (XcatError, asyncio.CancelledError):  # a node that hangs up while the signer works has nothing yet
        await asyncio.to_thread(tokens.give_back, use)
        raise
    await asyncio.to_thread(tokens.used_up, use)
    over: tuple[Kind, ...] = ("node",) if use.armed.role == "node" else ("node", "sn")
    await asyncio.to_thread(Invitations.below(ctx.host.root).end, (name,), over)
    await _give(ctx, signed)


async def _renew(ctx: Ctx, host: Asking) -> None:
    serial, wanted = read_renewal(await ctx.stdin())
    signer = Signer(ctx.host.root)
    signed = await signer.sign(host, wanted.request, wanted.host_keys, _names(ctx, host.name), serial)
    await _record(ctx, host, "certificate renewed", signed.serial)
    await _give(ctx, signed)


async def _take_back(ctx: Ctx, host: Asking, serial: str) -> None:
    for old in await Signer(ctx.host.root).take_back_older(host, serial):
        await _record(ctx, host, "certificate taken back", old)


def _own(ctx: Ctx, name: str) -> Asking:
    """The host that asks for itself; the door has seen that its certificate is good. Raises Denied."""
    caller = ctx.request.caller
    if caller.role not in (Role.NODE, Role.SERVICE) or caller.name != name:
        raise Denied(
            "nodeenrol: a host renews its own certificate only, with the one that it has; for a first one: nodetoken"
        )
    if not (ctx.world.has_node(name) or ctx.world.has_node(name.partition(".")[0])):
        raise Denied(f"There is no node {name} any more: its certificate is not renewed")
    return Asking("sn" if caller.role is Role.SERVICE else "node", name)


async def _give(ctx: Ctx, signed: Signed) -> None:
    if signed.host_authority:
        await asyncio.to_thread(_publish, ctx.host.root / "etc/xcat/hostkeys", signed.host_authority)
    await ctx.say("\n".join((signed.certificate.strip(), signed.authority.strip(), *signed.host_certificates)))


async def _record(ctx: Ctx, host: Asking, what: str, serial: str) -> None:
    """In the log and as an event: what became of which certificate, for whom. It is before the answer, so nothing is given
    unrecorded."""
    peer = ctx.request.caller.peer
    await ctx.report(certificate_event(host.name, host.role, what, serial, peer))
    log.info(what, extra={"facts": {"node": host.name, "role": host.role, "serial": serial, "peer": peer}})


def _names(ctx: Ctx, node: str) -> Sequence[str]:
    """What the node is called and where it is, by the tables: for this its ssh host keys are good."""
    domain = ctx.site("domain").strip(".")
    names = [node, *([f"{node}.{domain}"] if domain and "." not in node else [])]
    for one in addresses_of(ctx.world, (node,), {}).addresses:
        names += [one.name, str(one.address)]
    return list(dict.fromkeys(names))


def _publish(folder: Path, key: str) -> None:
    """Put the key that signs host keys where makeknownhosts finds it. The node gets its certificates all the same."""
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        replace_text(folder / "ssh_host_ca.pub", f"{key}\n", mode=0o644)
    except (OSError, ServiceError) as error:
        log.error("makeknownhosts does not learn the key that signs ssh host keys: %s", error)
