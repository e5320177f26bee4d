"""`nodeenrol`: a node shows its token and a request, and gets its certificate."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from xcatd.api import Ctx, Denied, UsageError, Where, XcatError, command
from xcatd.errors import ServiceError
from xcatd.plugins.nodecredentials.token import tokens_of
from xcatd.services.addresses import addresses_of
from xcatd.services.files import replace_text
from xcatd.services.nodes.signer import Signed, Signer
from xcatd.services.nodes.statuses import time_of
from xcatd.services.nodes.tokens import Armed, Shown
from xcatd.store import Append

log = logging.getLogger(__name__)

MOST = 32 * 1024
"""Characters that a node may send."""
_BEGIN = "-----BEGIN "
_REFUSED = "{node} gets no certificate; the log of the management node says why. To let it have one: nodetoken {node}"


@command("nodeenrol", where=Where.MANAGEMENT)
async def nodeenrol(ctx: Ctx, name: str) -> None:
    """Get the certificate of this host: nodeenrol NAME, with lines `token: TOKEN`, `mac: ADDRESS [ADDRESS ...]`, `uuid: UUID`,
    `hostkey: KEY` (of ssh, as often as needed) and a certificate request in PEM on standard input.

    Prints the certificate, that of the authority, in PEM, and a line with a certificate for each ssh host key. Anybody may ask;
    who has no token gets nothing.
    """
    shown, host_keys, request = _read(await ctx.stdin())
    tokens = tokens_of(ctx)
    try:
        if not ctx.world.has_node(name):
            raise Denied(f"there is no node {name}")
        armed = await asyncio.to_thread(tokens.use, name, shown, datetime.now(UTC))
    except Denied as error:
        log.warning("no certificate for %s at %s: %s", name[:80], ctx.request.caller.peer, error)
        raise Denied(_REFUSED.format(node=name)) from None
    try:
        signed = await Signer(ctx.host.root).sign(armed.role, name, request, host_keys, _names(ctx, name))
        await _record(ctx, armed, signed)
    except XcatError:
        await asyncio.to_thread(tokens.give_back, armed, shown.token)
        raise
    if signed.host_authority:
        await asyncio.to_thread(_publish, ctx.host.root / "etc/xcat/hostkeys", signed.host_authority)
    await ctx.say("\n".join((signed.certificate.strip(), signed.authority.strip(), *signed.host_certificates)))


async def _record(ctx: Ctx, armed: Armed, signed: Signed) -> None:
    """In the log and as an event: who got what, from where. It is before the answer, so nothing is given unrecorded."""
    peer = ctx.request.caller.peer
    event = {
        "eventtime": time_of(datetime.now()),
        "eventtype": "certificate",
        "monitor": "xcatd",
        "node": armed.node,
        "component": armed.role,
        "severity": "informational",
        "message": f"certificate {signed.serial} given to {peer}",
    }
    await ctx.report(Append("eventlog", event))
    log.info(
        "certificate given",
        extra={"facts": {"node": armed.node, "role": armed.role, "serial": signed.serial, "peer": peer}},
    )


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


def _read(text: str) -> tuple[Shown, Sequence[str], str]:
    """What the node shows, its ssh host keys, and its request. Raises UsageError."""
    if len(text) > MOST:
        raise UsageError(f"nodeenrol: more than {MOST} characters on standard input are no request")
    head, begin, request = text.partition(_BEGIN)
    lines = [line.partition(":")[::2] for line in head.splitlines() if line.strip()]
    pairs = [(name.strip().lower(), value.strip()) for name, value in lines]
    host_keys = [value for name, value in pairs if name == "hostkey"]
    values = {name: value for name, value in pairs if name != "hostkey"}
    if not begin or not values.get("token") or set(values) - {"token", "mac", "uuid"}:
        raise UsageError(
            "nodeenrol: write lines `token: TOKEN`, `mac: ADDRESS`, `uuid: UUID` and a certificate request in PEM on "
            "standard input"
        )
    return (
        Shown(values["token"], tuple(values.get("mac", "").split()), values.get("uuid", "")),
        host_keys,
        begin + request,
    )
