"""Controllers that trust the authority of these tests, and devices at its services."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.helpers.certificates import Certificates
from tests.simulators.badredfish import Service
from tests.simulators.redfish import Emulator
from xcatd.hardware import Controllers, Device, Endpoint, Limits, Trust, TrustKind
from xcatd.model import Secret


class Site:
    """What a daemon has: controllers, and the file of an authority."""

    def __init__(self, ca: Path, limits: Limits | None = None) -> None:
        self.trust = Trust(TrustKind.CA, ca)
        self.controllers = Controllers(limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.controllers.__aexit__(kind, error, traceback)

    def device(
        self,
        where: Service | Emulator | tuple[str, int],
        user: str = "admin",
        password: str = "secret",
        *,
        path: str = "",
        trust: Trust | None = None,
        host: str = "",
    ) -> Device:
        """The hardware behind a service; `host`: another name of it."""
        place = where if isinstance(where, tuple) else (where.host, where.port)
        endpoint = Endpoint(
            "cn01", host or place[0], user, Secret(password), place[1], trust=trust or self.trust, path=path
        )
        return self.controllers.device("redfish", endpoint)


async def curl(certificates: Certificates, service: Service, path: str) -> dict[str, Any]:
    """What another program reads."""
    words = ["--silent", "--cacert", str(certificates.ca), "--user", f"{service.user}:{service.password}"]
    process = await asyncio.create_subprocess_exec(
        "curl", *words, f"https://{service.host}:{service.port}{path}", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    found: dict[str, Any] = json.loads(output)
    return found
