"""servicenode.ipforward: the host passes IPv4 packets on between its networks, as a router.

IPv6 is left alone: a host that forwards it stops believing what its own routers announce (the kernel's ip-sysctl, accept_ra).
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.files import read_text
from xcatd.services.fileservice import File, FileService, Read, Rendered
from xcatd.services.managers import Manager, Program
from xcatd.services.place import Place
from xcatd.services.programs import find_program, run_program

_FILE = "etc/sysctl.d/70-xcat-ipforward.conf"
_TEXT = "# Written by xcatd: servicenode.ipforward of this host is set.\nnet.ipv4.ip_forward = 1\n"
_KERNEL = Path("/proc/sys/net/ipv4/ip_forward")
_UNIT = Program("the kernel's settings", ("systemd-sysctl",), (), "systemd")


class IpForward(FileService):
    name = "ipforward"
    deed = "the kernel is told to forward packets"

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        return Rendered({place.root / _FILE: File(_TEXT)})

    async def holds(self, place: Place, value: str) -> bool:
        return (await asyncio.to_thread(read_text, _KERNEL)).strip() == "1"

    async def act(self, place: Place, value: str, manager: Manager) -> None:
        if manager.has_units:  # whose settings outlive this daemon's sandbox
            await manager.restart(_UNIT)
            return
        program = find_program("sysctl")
        if program is None:
            raise ServiceError("sysctl is not installed: install the package procps")
        status, said = await run_program([program, "-q", "-p", str(place.root / _FILE)])
        if status:
            raise ServiceError(
                f"sysctl does not set net.ipv4.ip_forward: {said[0] if said else f'exit status {status}'}"
            )

    async def verify(self, place: Place, value: str) -> None:
        if not await self.holds(place, value):
            raise ServiceError("net.ipv4.ip_forward is 0 although it was set: another file in /etc/sysctl.d says so")
