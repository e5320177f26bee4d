"""Whether another daemon's port answers, with the certificate of who should be there."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Final

from xcatd.errors import TrustError
from xcatd.objects import World
from xcatd.services.addresses import ask_resolver
from xcatd.services.networks import address_of
from xcatd.tls import TlsFiles, identify, peer_context

PATIENCE: Final = 3.0
"""Seconds that connection and handshake may take together."""
AGAIN_AFTER: Final = 0.5
"""Seconds before a miss is tried again: one alone does not count."""
PORT: Final = 3001
REACHED, MISSED, UNKNOWN = "reached", "missed", "unknown"
"""How an answer begins: it answers; it does not; nobody here knows its address."""
_RESOLVER: Final = 2.0
_FAREWELL: Final = 1.0
_ITS_TIME: Final = frozenset({9, 10})
"""Codes of OpenSSL (x509_vfy.h) for a certificate that is not valid yet, or not any more: whoever shows it is there."""


async def address_in(world: World, name: str) -> str:
    """The address of a host: as table hosts has it, else as the resolver of this host says; "" when neither knows it."""
    if world.has_node(name) and (address := address_of(world.value(name, "hosts", "ip"))) is not None:
        return str(address)
    found = (await ask_resolver((name,), _RESOLVER)).addresses.get(name)
    return "" if found is None else str(found)


def port_in(world: World) -> int:
    """The port of all daemons: site.xcatdport."""
    text = world.snapshot.site("xcatdport").strip()
    return int(text) if text.isdecimal() and 0 < int(text) < 1 << 16 else PORT


async def look(world: World, name: str, at: str, files: TlsFiles) -> str:
    """What is seen of the daemon of this name, a line that begins with one of the three words. `at`: an address to try where
    neither the tables nor the resolver know any."""
    address = await address_in(world, name) or at
    if not address:
        return f"{UNKNOWN}: table hosts has no address of {name}"
    trouble = await trouble_with(name, address, port_in(world), files)
    return f"{MISSED}: {trouble}" if trouble else REACHED


def first_word(answer: str) -> str:
    """One of the three words, or something else."""
    return answer.partition(":")[0]


async def trouble_with(name: str, address: str, port: int, files: TlsFiles) -> str:
    """Why the daemon of this name does not answer there; "" when it does. `files`: those of this daemon."""
    try:
        context = await asyncio.to_thread(_context, files)
    except TrustError as error:
        return str(error)
    trouble = await _try(name, address, port, context)
    if trouble:
        await asyncio.sleep(AGAIN_AFTER)
        trouble = await _try(name, address, port, context)
    return trouble


def _context(files: TlsFiles) -> ssl.SSLContext:
    context = peer_context(files)
    context.check_hostname = False  # it may be known by another address: the name in the certificate counts
    return context


async def _try(name: str, address: str, port: int, context: ssl.SSLContext) -> str:
    where = f"{address} port {port}"
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(address, port, ssl=context)
    except TimeoutError:
        return f"nobody answers at {where} within {PATIENCE:g} s"
    except ssl.SSLCertVerificationError as error:
        return "" if error.verify_code in _ITS_TIME else f"a stranger answers at {where}"
    except ssl.SSLError as error:
        # An alert comes from a daemon that does not like our certificate.
        return "" if "ALERT" in (error.reason or "") else f"something else answers at {where}"
    except OSError as error:
        return f"nobody answers at {where}: {error.strerror or error}"
    try:
        return _mistaken(name, where, writer)
    finally:
        await _leave(writer)


def _mistaken(name: str, where: str, writer: asyncio.StreamWriter) -> str:
    try:
        found = identify(writer.get_extra_info("peercert")).name
    except TrustError:
        return f"a stranger answers at {where}"
    return "" if found.partition(".")[0] == name.partition(".")[0] else f"{found} answers at {where}"


async def _leave(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):  # TimeoutError is one
        async with asyncio.timeout(_FAREWELL):
            await writer.wait_closed()
    writer.transport.abort()
