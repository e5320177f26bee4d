"""Has requests signed by the program that holds the authority's key (docs/decisions/0009-signer.md)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from xcatd.errors import ServiceError

PATIENCE = 30.0
"""Seconds that the signer gets: it does one request after the other, and may have to be started."""
_MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class Asking:
    """Who gets a certificate: a name, and what it may be."""

    role: Literal["node", "sn"]
    name: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate and the authority's own, in PEM. `serial` in hexadecimal digits, as `xcatcert list` shows it."""

    certificate: str
    authority: str
    serial: str
    host_certificates: tuple[str, ...] = ()
    """For the ssh host keys, a line each."""
    host_authority: str = ""
    """The public key that signed those."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The program at a socket below a root."""

    root: Path

    async def sign(
        self, host: Asking, request: str, host_keys: Sequence[str] = (), names: Sequence[str] = (), renews: str = ""
    ) -> Signed:
        """Have a request signed, and ssh host keys of a host with these names and addresses. `renews`: the serial number of the
        certificate that the host shows. Raises ServiceError: the signer refuses, or does not answer."""
        asked = {"request": request, "host_keys": list(host_keys), "names": list(names), "renews": renews}
        answer = await self._answer(host, asked)
        certificates = tuple(answer.get("host_certificates", ()))
        given = answer["certificate"], answer["authority"], answer["serial"]
        return Signed(*given, certificates, answer.get("host_authority", ""))

    async def take_back_older(self, host: Asking, used: str) -> Sequence[str]:
        """A host uses the certificate of this serial number: revoke what it had before; gives those serial numbers. Raises
        ServiceError."""
        answer = await self._answer(host, {"used": used})
        return list(answer["revoked"])

    async def revoke(self, name: str, reason: Literal["superseded", "cessationOfOperation"]) -> Sequence[str]:
        """Take back all good certificates of a service node, as such and as a node; gives their serial numbers. Daemons turn out
        who has them within a second or two. Raises ServiceError."""
        answer = await self._answer(Asking("sn", name), {"revoke": reason})
        return list(answer["revoked"])

    async def _answer(self, host: Asking, asked: Mapping[str, object]) -> Mapping[str, Any]:
        line = json.dumps({"role": host.role, "name": host.name, **asked})
        try:
            async with asyncio.timeout(PATIENCE):
                answer: Mapping[str, Any] = json.loads(await self._ask(line.encode() + b"\n"))
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or "it does not answer"
            what = "signed" if "request" in asked else "revoked"
            raise ServiceError(
                f"Nothing is {what}, because the signer is away ({reason}): systemctl start xcat-signer.socket"
            ) from error
        if "error" in answer:
            raise ServiceError(f"The signer refuses: {answer['error']}")
        return answer

    async def _ask(self, line: bytes) -> bytes:
        path = self.root / "run/xcat/signer.sock"
        reader, writer = await asyncio.open_unix_connection(str(path), limit=_MOST)
        try:
            writer.write(line)
            await writer.drain()
            return await reader.readline()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
