"""A running Kea server that is asked and told over its control socket (Kea Administrator Reference Manual, chapter 19): a command
is JSON on a Unix socket, and so is the answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xcatd.errors import ServiceError

NOT_RUNNING = "dhcp server is not running.  please start the dhcp server."
"""In the words of xCAT 2, which scripts know."""
PATIENCE = 60.0
"""Seconds for an answer: a server that reads a configuration with ten thousands of nodes needs some."""


@dataclass(frozen=True, slots=True)
class KeaControl:
    """The server behind a socket, for IP of a `version`. All raise ServiceError when it does not answer as it should."""

    socket: Path
    version: int = 4

    async def is_running(self) -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(self.socket)
        except OSError:
            return False
        writer.close()
        return True

    async def test(self, configuration: str) -> None:
        """Have it look at a configuration, which it does not take. ServiceError has its reason."""
        await self._told("config-test", configuration)

    async def load(self, configuration: str) -> None:
        """Have it take a configuration. ServiceError has its reason: then it goes on with the one it had."""
        await self._told("config-set", configuration)

    async def tag(self) -> str:
        """The server-tag of the configuration that it works with, "" for none."""
        answer = await self._ask("server-tag-get")
        found: str = (answer.get("arguments") or {}).get("server-tag", "")
        return found

    async def lease(self, address: str) -> Mapping[str, Any] | None:
        """The lease of an address; None when there is none. The server needs its hook library for leases."""
        answer = await self._ask(f"lease{self.version}-get", json.dumps({"ip-address": address}))
        found: Mapping[str, Any] | None = answer.get("arguments")
        return found

    async def leases(self) -> Sequence[Mapping[str, Any]]:
        """All leases."""
        answer = await self._ask(f"lease{self.version}-get-all")
        found: Sequence[Mapping[str, Any]] = answer.get("arguments", {}).get("leases", ())
        return found

    async def remove_lease(self, address: str) -> None:
        await self._ask(f"lease{self.version}-del", json.dumps({"ip-address": address}))

    async def _told(self, command: str, configuration: str) -> None:
        answer = await self._ask(command, configuration)
        if answer.get("result") != 0:
            raise ServiceError(
                f"The DHCP server refuses the new configuration and goes on with the old one: {answer.get('text', 'no reason')}"
            )

    async def _ask(self, command: str, arguments: str = "") -> Mapping[str, Any]:
        more = f', "arguments": {arguments}' if arguments else ""
        octets = f'{{"command": "{command}"{more}}}'.encode()
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._exchange(octets)
        except TimeoutError as error:
            raise ServiceError(
                f"The DHCP server at {self.socket} is silent for {PATIENCE:g} s: check that it is not stuck"
            ) from error
        except OSError as error:
            raise ServiceError(NOT_RUNNING) from error
        if not answer:
            raise ServiceError(f"The DHCP server at {self.socket} hung up without an answer: see its log")
        return await asyncio.to_thread(self._read, answer)

    async def _exchange(self, octets: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self.socket)
        try:
            writer.write(octets)
            await writer.drain()
            return await reader.read(-1)
        finally:
            writer.close()

    def _read(self, octets: bytes) -> Mapping[str, Any]:
        try:
            answer = json.loads(octets)
        except ValueError as error:
            raise ServiceError(f"What answers at {self.socket} is no DHCP server of Kea: {octets[:80]!r}") from error
        if not isinstance(answer, dict):
            raise ServiceError(f"What answers at {self.socket} is no DHCP server of Kea: {octets[:80]!r}")
        return answer
