"""How a controller's certificate is judged: by authorities, by a file of fingerprints, or not at all."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from aiohttp import Fingerprint

from xcatd.errors import Untrusted
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.trust import Trust, TrustKind

Verifier: TypeAlias = "ssl.SSLContext | Fingerprint | bool"
"""As aiohttp takes it: a context, the one certificate that is right, or False: any."""

NOBODY = Fingerprint(bytes(32))
"""Believes no certificate, and names the one that it saw."""

_PIN = re.compile(r"(?P<host>\S+)\s+(?P<pin>(?:[0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was made of a file, and of which state of it."""

    state: tuple[int, int]
    context: ssl.SSLContext | None
    pins: Mapping[str, Fingerprint]


class Certificates:
    """Keeps what was read from files for all controllers, and reads a file again when it has changed."""

    def __init__(self) -> None:
        self.authority: Path | None = None
        """The cluster's own, believed beside the system's."""
        self._read: dict[Trust, _Read] = {}
        self._turn = asyncio.Lock()

    async def verifier(self, endpoint: Endpoint) -> Verifier:
        """What judges the certificate of this controller. Untrusted: the file that should say it cannot be read."""
        trust = endpoint.trust
        if trust.kind is TrustKind.ANY:
            return False
        read = await self._kept(trust)
        if read.context is not None:
            return read.context
        return read.pins.get(endpoint.place.lower()) or read.pins.get(endpoint.host.lower()) or NOBODY

    async def _kept(self, trust: Trust) -> _Read:
        file = trust.file if trust.kind is not TrustKind.AUTHORITIES else self.authority
        try:
            state = _state(file)
            if (kept := self._current(trust, state)) is None:
                async with self._turn:  # a rack that asks at once reads it once
                    if (kept := self._current(trust, state)) is None:
                        kept = self._read[trust] = await asyncio.to_thread(_load, trust.kind, file, state)
        except (OSError, ssl.SSLError, ValueError) as error:
            raise Untrusted(
                f"{file} does not say which certificates to believe ({_reason(error)}): correct the file, or the site "
                "attribute bmctrust"
            ) from None
        return kept

    def _current(self, trust: Trust, state: tuple[int, int]) -> _Read | None:
        kept = self._read.get(trust)
        return kept if kept is not None and kept.state == state else None


def _state(file: Path | None) -> tuple[int, int]:
    if file is None:
        return 0, 0
    found = file.stat()
    return found.st_mtime_ns, found.st_size


def _load(kind: TrustKind, file: Path | None, state: tuple[int, int]) -> _Read:
    if kind is TrustKind.PINS and file is not None:
        return _Read(state, None, read_pins(file.read_text()))
    if kind is TrustKind.CA:
        return _Read(state, ssl.create_default_context(cafile=file), {})
    context = ssl.create_default_context()
    if file is not None:
        context.load_verify_locations(file)
    return _Read(state, context, {})


def read_pins(text: str) -> Mapping[str, Fingerprint]:
    """Host, or host:port, in lower case -> its certificate's fingerprint, of lines `host sha256`; `#` begins a comment.

    The SHA-256 is in hexadecimal, with or without colons. ValueError names the first line that is something else.
    """
    pins = {}
    for number, line in enumerate(text.splitlines(), 1):
        entry = line.partition("#")[0].strip()
        if not entry:
            continue
        if (found := _PIN.fullmatch(entry)) is None:
            raise ValueError(f"line {number} is not `host sha256`")
        pins[found["host"].lower()] = Fingerprint(bytes.fromhex(found["pin"].replace(":", "")))
    return pins


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "no certificate of an authority is in it"
    return (error.strerror if isinstance(error, OSError) else "") or str(error)
