"""The system bus: one connection for all, made when it is first needed, and made again when it is needed after it was lost.

Protocol and names: the D-Bus specification; org.freedesktop.systemd1(5)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

from dbus_fast import AuthError, Message, MessageType
from dbus_fast.aio import MessageBus

from xcatd.errors import ServiceError

ADDRESS: Final = "unix:path=/run/dbus/system_bus_socket"
SYSTEMD: Final = "org.freedesktop.systemd1"
MANAGER: Final = "org.freedesktop.systemd1.Manager"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_ROOT: Final = "/org/freedesktop/systemd1"
_BUS: Final = "org.freedesktop.DBus"
_RULES: Final = (
    f"type='signal',sender='{SYSTEMD}',interface='{MANAGER}',member='JobRemoved'",
    f"type='signal',sender='{SYSTEMD}',interface='{MANAGER}',member='Reloading'",
    f"type='signal',sender='{SYSTEMD}',interface='{PROPERTIES}',path_namespace='{_ROOT}/unit',arg0='{SYSTEMD}.Unit'",
    f"type='signal',sender='{_BUS}',member='NameOwnerChanged',arg0='{SYSTEMD}'",
)
_ANSWERS_WITHIN = 30.0
"""Seconds. systemd answers at once, but for Reload, which reads all units."""
_COMES_BACK_WITHIN = 10.0
"""Seconds in which a bus, or systemd on it, that is being started again can be had."""
_AGAIN_AFTER = 0.1


class Lost(ServiceError):
    """The connection broke in the middle of a call: nobody knows whether it was done. Does not leave this package."""


class Refused(ServiceError):
    """systemd answers with an error; `name` is its name on the bus."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


@dataclass(frozen=True, slots=True)
class Signal:
    path: str
    member: str
    body: tuple[Any, ...] = ()


LOST: Final = Signal("", "")
"""What those who listen hear when signals may have been missed: they have to look for themselves."""
Ear = Callable[[Signal], None]


class Bus:
    """systemd's side of the system bus. `address`: as the specification writes it."""

    def __init__(self, address: str = ADDRESS) -> None:
        self._address = address
        self._ears: list[Ear] = []
        self._one_at_a_time = asyncio.Lock()
        self._tasks = asyncio.TaskGroup()
        self._connection: MessageBus | None = None
        self._owner = ""

    async def __aenter__(self) -> Bus:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.disconnect()
        await self._tasks.__aexit__(None, None, None)  # else what is raised in between would arrive as a group

    async def manager(self, member: str, signature: str = "", *arguments: object) -> list[Any]:
        """Call systemd's manager. Raises Refused; ServiceError when nobody answers."""
        return await self.call(_ROOT, MANAGER, member, signature, *arguments)

    async def properties(self, path: str) -> dict[str, Any]:
        """All properties of an object. Raises as `manager`."""
        (found,) = await self.call(path, PROPERTIES, "GetAll", "s", "")
        return {name: variant.value for name, variant in found.items()}

    async def call(self, path: str, interface: str, member: str, signature: str = "", *arguments: object) -> list[Any]:
        """Call an object of systemd. After a loss it is called again: what is asked for here may be done twice."""
        try:
            return await _called(await self._connected(), SYSTEMD, path, interface, member, signature, *arguments)
        except Lost:
            return await _called(await self._connected(), SYSTEMD, path, interface, member, signature, *arguments)

    @contextlib.contextmanager
    def heard_by(self, ear: Ear) -> Iterator[None]:
        """Tell it of each signal from systemd as long as this lasts."""
        self._ears.append(ear)
        try:
            yield
        finally:
            self._ears.remove(ear)

    # -- the connection ------------------------------------------------------------------------------------------

    async def _connected(self) -> MessageBus:
        async with self._one_at_a_time:
            for _ in range(2):  # so that a loss is seen: the library leaves what cannot be sent unanswered, in the log
                await asyncio.sleep(0)
            if self._connection is None or not self._connection.connected:
                self._connection = await self._reconnected()
            return self._connection

    async def _reconnected(self) -> MessageBus:
        """A new connection. Right after a loss the bus may be on its way back; nobody waits for one that never was there."""
        patience = 0.0 if self._connection is None else _COMES_BACK_WITHIN
        clock = asyncio.get_running_loop().time
        end = clock() + patience
        while True:
            try:
                return await self._connect()
            except ServiceError:
                if clock() >= end:
                    raise
            await asyncio.sleep(_AGAIN_AFTER)

    async def _connect(self) -> MessageBus:
        connection = MessageBus(self._address, auth_timeout=_ANSWERS_WITHIN)
        try:
            await connection.connect()
        except (OSError, EOFError, AuthError) as error:
            raise ServiceError(
                f"systemd cannot be asked, its bus {self._address.partition('=')[2]} does not answer ({_reason(error)}): "
                "install the package dbus, and see `systemctl status dbus`"
            ) from error
        self._tasks.create_task(self._mourn(connection), name="the bus of systemd")
        try:
            await self._introduce(connection)
        except Refused as error:
            connection.disconnect()
            raise ServiceError(f"systemd is not to be found on its bus: {error}") from error
        except BaseException:
            connection.disconnect()
            raise
        return connection

    async def _introduce(self, connection: MessageBus) -> None:
        connection.add_message_handler(self._hear)
        for rule in _RULES:
            await _called(connection, _BUS, "/org/freedesktop/DBus", _BUS, "AddMatch", "s", rule)
        (self._owner,) = await _called(connection, _BUS, "/org/freedesktop/DBus", _BUS, "GetNameOwner", "s", SYSTEMD)
        await _called(connection, SYSTEMD, _ROOT, MANAGER, "Subscribe")

    async def _mourn(self, connection: MessageBus) -> None:
        end = connection.wait_for_disconnect()  # type: ignore[no-untyped-call]
        await asyncio.gather(end, return_exceptions=True)  # it tells how it was lost, which the next call finds out
        self._tell(LOST)

    def _hear(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.sender == self._owner:
            self._tell(Signal(message.path or "", message.member or "", tuple(message.body)))
        elif message.sender == _BUS and message.member == "NameOwnerChanged" and self._owner and self._connection:
            # systemd has executed itself again, or has another connection: all begins anew.
            self._connection.disconnect()

    def _tell(self, signal: Signal) -> None:
        for ear in tuple(self._ears):
            ear(signal)


async def _called(
    connection: MessageBus, to: str, path: str, interface: str, member: str, signature: str = "", *arguments: object
) -> list[Any]:
    message = Message(to, path, interface, member, signature=signature, body=list(arguments))
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN):
            answer = await connection.call(message) if connection.connected else None
    except TimeoutError as error:
        raise ServiceError(f"systemd does not answer ({member}) within {_ANSWERS_WITHIN:g} s") from error
    except (OSError, EOFError) as error:
        raise Lost(f"The bus of systemd was lost ({member}): {_reason(error)}") from error
    if answer is None:
        raise Lost(f"The bus of systemd was lost ({member})")
    if answer.message_type is MessageType.ERROR:
        name = answer.error_name or ""
        raise Refused(name, str(answer.body[0]) if answer.body else name)
    return list(answer.body)


def _reason(error: Exception) -> str:
    return ((error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__).lower()
