"""The serial console of a node behind a Redfish service: by WebSocket where OpenBMC is the BMC, else by SSH.

Redfish tells of SSH (ComputerSystem and Manager, SerialConsole: DSP2046). The WebSocket is OpenBMC's own (bmcweb), at a fixed path.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from xcatd.errors import NodeError, Unreachable, Unsupported
from xcatd.hardware.console import KNOWN_HOSTS, LEAVE_WITHIN, OPEN_WITHIN, Console, Terminal
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.redfish.controller import Controller
from xcatd.hardware.redfish.http import WebSocket
from xcatd.hardware.redfish.places import Machine, Places
from xcatd.hardware.trust import TrustKind

SOCKET = "/console0"
ALIVE_EVERY = 14.0
"""Seconds between questions whether the BMC is there; half as many for the answer."""
KNOWN = tuple(Path("/", name) for name in KNOWN_HOSTS)
SSH_PORT = 22
_NO_SOCKET = frozenset({400, 404, 405, 501})


@dataclass(frozen=True, slots=True)
class Offer:
    """What a service offers. `command`: what the manager's own command line is told, to get to the console."""

    has_socket: bool
    ssh_port: int | None
    command: str = ""


class ManagerConsole(Console):
    def __init__(self, machine: Machine, endpoint: Endpoint, known: tuple[Path, ...] = KNOWN) -> None:
        self._machine = machine
        self._endpoint = endpoint
        self._known = known

    def open(self, *, steal: bool = False) -> AbstractAsyncContextManager[Terminal]:
        """Nobody can be put out: these services let several in."""
        return self._opened()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Terminal]:
        controller = self._machine.controller()
        offer = await self._machine.ask(OPEN_WITHIN / 2, _offer)
        socket = await controller.within(OPEN_WITHIN / 2, self._socket(controller)) if offer.has_socket else None
        if socket is not None:
            terminal = SocketTerminal(socket, self._endpoint.place)
            try:
                yield terminal
            finally:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LEAVE_WITHIN):
                        await socket.close()
            return
        if offer.ssh_port is None:
            raise Unsupported(
                f"the BMC at {self._endpoint.place} offers no serial console by SSH or WebSocket: enable it there, or set "
                "nodehm.cons to ipmi"
            )
        async with self._shell(offer.ssh_port, offer.command) as shell:
            yield shell

    async def _socket(self, controller: Controller) -> WebSocket | None:
        """None: there is no such thing."""
        found = await controller.socket(SOCKET, ALIVE_EVERY)
        if not isinstance(found, int):
            return found
        if found in _NO_SOCKET:
            return None
        raise NodeError(
            f"the BMC at {self._endpoint.place} refuses its console ({found}): give its user the role of an administrator, or "
            "end another session"
        )

    def _shell(self, port: int, command: str) -> AbstractAsyncContextManager[Terminal]:
        from xcatd.hardware.secureshell import Login, terminal

        endpoint = self._endpoint
        return terminal(
            Login(
                endpoint.host,
                port,
                endpoint.user,
                endpoint.host,
                f"the BMC {endpoint.host} (port {port})",
                f"add it to {self._known[0]}, or set the site attribute bmctrust to any",
                "correct the openbmc or passwd table, or give that user the right on the BMC",
                None if endpoint.trust.kind is TrustKind.ANY else self._known,
                password=endpoint.password,
                command=command,
            )
        )


class SocketTerminal(Terminal):
    """A WebSocket whose messages are what the serial port says, and what is typed."""

    def __init__(self, socket: WebSocket, place: str) -> None:
        self._socket = socket
        self._place = place

    async def read(self) -> bytes:
        while True:
            message = await self._socket.receive()
            if message.type is aiohttp.WSMsgType.BINARY and message.data:
                return bytes(message.data)
            if message.type is aiohttp.WSMsgType.TEXT and message.data:
                return str(message.data).encode("utf-8", "surrogateescape")
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING):
                return self._ended()
            if message.type is aiohttp.WSMsgType.ERROR:
                raise self._lost()

    async def write(self, octets: bytes) -> None:
        try:
            await self._socket.send_bytes(octets)
        except (ConnectionError, aiohttp.ClientError):
            raise self._lost() from None

    async def send_break(self) -> None:
        raise Unsupported("the console of this BMC has no break: a WebSocket knows none")

    def _ended(self) -> bytes:
        """The end in good order. Unreachable: it was none."""
        code = self._socket.close_code
        if code is None or code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE:
            raise self._lost()
        return b""

    def _lost(self) -> Unreachable:
        return Unreachable(f"the console of the BMC at {self._place} was lost: the BMC is gone, or is being restarted")


async def _offer(places: Places) -> Offer:
    """What the system and its manager say of serial consoles."""
    system = await places.system()
    manager = await places.find_manager(system)
    is_openbmc = manager is not None and (
        manager.fields.text("Model").lower() == "openbmc" or bool(manager.fields.part("Oem", "OpenBmc").data)
    )
    ssh = system.fields.part("SerialConsole", "SSH")
    if ssh.flag("ServiceEnabled"):
        command = ssh.text("ConsoleEntryCommand") if ssh.flag("SharedWithManagerCLI") else ""
        return Offer(is_openbmc, int(ssh.number("Port") or SSH_PORT), command)
    own = manager.fields.part("SerialConsole") if manager is not None else ssh
    is_there = own.flag("ServiceEnabled") and "SSH" in own.texts("ConnectTypesSupported")
    return Offer(is_openbmc, SSH_PORT if is_there else None)
