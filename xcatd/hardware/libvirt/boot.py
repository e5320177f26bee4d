"""What a virtual machine starts from: the order in its definition.

libvirt knows no choice for one start only. So the usual order is kept beside the choice, and comes back when we start the
machine; until then the choice is the order, whoever starts it.
"""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.errors import UsageError
from xcatd.hardware.boot import Boot, BootChoice
from xcatd.hardware.bootorder import BootOption, BootOrder
from xcatd.hardware.libvirt.binding import Connection
from xcatd.hardware.libvirt.document import DEVICES
from xcatd.hardware.libvirt.domain import defined, document, find
from xcatd.hardware.libvirt.guest import Guest
from xcatd.hardware.libvirt.hypervisor import Hypervisor


class MachineBoot(Boot):
    def __init__(self, hypervisor: Hypervisor, guest: Guest) -> None:
        self._hypervisor = hypervisor
        self._guest = guest

    async def _read(self, timeout: float) -> BootChoice | None:
        return await self._hypervisor.ask(self._look, timeout)

    async def _choose(self, choice: BootChoice, timeout: float) -> None:
        await self._hypervisor.ask(lambda connection: self._put(connection, choice), timeout)

    def _look(self, connection: Connection) -> BootChoice | None:
        domain = find(connection, self._guest)
        return document(domain).choice if domain is not None else None

    def _put(self, connection: Connection, choice: BootChoice) -> None:
        whole = document(defined(connection, self._guest))
        whole.choose(choice)
        connection.defineXML(whole.text())


class MachineBootOrder(BootOrder):
    """The usual order. Its references are libvirt's words: network, hd, cdrom, fd."""

    def __init__(self, hypervisor: Hypervisor, guest: Guest) -> None:
        self._hypervisor = hypervisor
        self._guest = guest

    async def _read(self, timeout: float) -> Sequence[BootOption]:
        words = await self._hypervisor.ask(lambda connection: document(defined(connection, self._guest)).usual, timeout)
        return [BootOption(word, word, DEVICES.get(word)) for word in words]

    async def _order(self, first: Sequence[str], timeout: float) -> None:
        if unknown := [word for word in first if word not in DEVICES]:
            raise UsageError(f"{unknown[0]!r} is not one of {', '.join(DEVICES)}")
        await self._hypervisor.ask(lambda connection: self._put(connection, first), timeout)

    def _put(self, connection: Connection, first: Sequence[str]) -> None:
        """A device that was chosen before the usual order gives way."""
        whole = document(defined(connection, self._guest))
        whole.forget_choice()
        whole.order = [*first, *(word for word in whole.usual if word not in first)]
        connection.defineXML(whole.text())
