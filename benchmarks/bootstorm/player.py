"""Plays all nodes of a boot storm; it runs in their network namespace and prints as JSON what it has seen.

    python -m benchmarks.bootstorm.player   (a Storm as JSON on standard input)

A node does what firmware, iPXE, the initramfs or an installer, and runpostscripts do, in their order. What firmware repeats (DHCP,
TFTP) is repeated; everything else must work the first time. It stores nothing: bytes are counted and thrown away.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from benchmarks.bootstorm.datagrams import Air, Counted, Network, Unanswered, by_tftp

_T = TypeVar("_T")
_IPXE = {77: b"iPXE"}
_PATIENCE = 120.0
"""Seconds for one call, after which it has failed."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A node. `installs`: it is installed on its disk, and then starts from that."""

    name: str
    address: str
    mac: str
    installs: bool


@dataclass(frozen=True, slots=True)
class Storm:
    """`server` has the files; `ear` and `port`: where nodes are heard. `root`: the root image, or the packages of an installation.
    `answers`: its folder of answer files."""

    server: str
    ear: str
    port: int
    interface: str
    kernel: str
    initrd: str
    installer: Sequence[str]
    root: str
    answers: str
    scripts: str
    machines: Sequence[Machine]


@dataclass(slots=True)
class Seen:
    """Seconds of each call by its kind, those that failed, and the bytes that came."""

    calls: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: Counter[str] = field(default_factory=Counter)
    whole: list[float] = field(default_factory=list)
    octets: int = 0
    again: Counted = field(default_factory=Counted)

    async def timed(self, kind: str, call: Awaitable[_T]) -> _T:
        """Raises _Gone when it fails: such a node gives up."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(_PATIENCE):
                result = await call
        except (OSError, TimeoutError, Unanswered, asyncio.IncompleteReadError) as error:
            self.failed[f"{kind}: {str(error) or type(error).__name__}"] += 1
            raise _Gone from error
        self.calls[kind].append(time.monotonic() - began)
        if isinstance(result, bytes):
            self.octets += len(result)
        return result


class _Gone(Exception):
    """A node is left behind."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node's way from its switch to its log-in."""

    me: Machine
    storm: Storm
    network: Network
    seen: Seen

    async def live(self) -> None:
        began = time.monotonic()
        try:
            await (self._is_installed() if self.me.installs else self._without_disk())
            await self._postscripts()
        except _Gone:
            return
        self.seen.whole.append(time.monotonic() - began)

    async def _without_disk(self) -> None:
        await self._loads("netboot", self.storm.kernel, self.storm.initrd)
        await self._say("installstatus netbooting")
        await self._http("root image", self.storm.root)

    async def _is_installed(self) -> None:
        await self._loads("install", *self.storm.installer)
        await self._http("answer file", f"{self.storm.answers}/{self.me.name}")
        await self._say("installstatus installing")
        await self._http("root image", self.storm.root)
        await self._say("installstatus booting")
        await self._say("next")
        await self._loads("boot")

    async def _loads(self, state: str, *files: str) -> None:
        """Firmware and iPXE; the script must be that of this state."""
        mac = bytes.fromhex(self.me.mac.replace(":", ""))
        lease = await self.seen.timed("DHCP, firmware", self.network.lease(mac, {93: b"\0\0", 60: b"PXEClient"}))
        loader = str(lease["file"])
        call = by_tftp(self.me.address, str(lease["next-server"]), loader, self.seen.again)
        await self.seen.timed("TFTP, loader", call)
        lease = await self.seen.timed("DHCP, iPXE", self.network.lease(mac, {93: b"\0\0", **_IPXE}))
        script = await self._http("boot script", _filled(lease))
        if lease["address"] != self.me.address or not script.startswith(f"#!ipxe\n#{state}".encode()):
            self.seen.failed[f"boot script: {lease['address']} has one that begins with {script[:60]!r}"] += 1
            raise _Gone
        for kind, file in zip(("kernel", "initrd"), files, strict=False):
            await self._http(kind, file)

    async def _postscripts(self) -> None:
        """As runpostscripts does: the list of the folder, each file of it by a connection of its own, and the node's script."""
        page = (await self._http("list of postscripts", f"{self.storm.scripts}/")).decode()
        names = [part.partition('"')[0] for part in page.split('href="')[1:]]
        for name in names:
            if name[:1] not in ("?", "/", ".") and not name.endswith("/"):
                await self._http("postscript", f"{self.storm.scripts}/{name}")
        await self.seen.timed("getpostscript", self._script())
        await self._say("installstatus booted")

    async def _http(self, kind: str, url: str) -> bytes:
        path = "/" + url.partition("://")[2].partition("/")[2] if "://" in url else url
        return await self.seen.timed(kind, self._got(path))

    async def _got(self, path: str) -> bytes:
        reader, writer = await self._connected(self.storm.server, 80)
        try:
            writer.write(f"GET {path} HTTP/1.0\r\nHost: {self.storm.server}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.partition(b"\r\n")[0]:
                raise OSError(f"{path}: {head[:32].decode()!r}")
            return await reader.read(-1)
        finally:
            writer.close()

    async def _say(self, line: str) -> None:
        await self.seen.timed(line, self._heard(line))

    async def _heard(self, line: str) -> None:
        reader, writer = await self._connected(self.storm.ear, self.storm.port)
        try:
            await self._expect(reader, b"ready\n")
            writer.write(f"{line}\n".encode())
            await self._expect(reader, b"done\n")
        finally:
            writer.close()

    async def _script(self) -> bytes:
        reader, writer = await self._connected(self.storm.ear, self.storm.port)
        try:
            await self._expect(reader, b"ready\n")
            writer.write(b"getpostscript\n")
            await self._expect(reader, b"done\n")
            text = await reader.read(-1)
            if f"NODE={self.me.name}\n".encode() not in text or not text.endswith(b"#END OF SCRIPT\n"):
                raise OSError("the script is not the node's")
            return text
        finally:
            writer.close()

    @staticmethod
    async def _expect(reader: asyncio.StreamReader, wanted: bytes) -> None:
        if (line := await reader.readline()) != wanted:
            raise OSError(line.decode(errors="replace").strip() or "hung up")

    async def _connected(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(host, port, local_addr=(self.me.address, 0), limit=1 << 18)


def _filled(lease: Mapping[str, Any]) -> str:
    """What iPXE makes of the file's name: it puts option 12 in."""
    return str(lease["file"]).replace("${hostname}", bytes.fromhex(lease["options"]["12"]).decode())


async def played(storm: Storm) -> Seen:
    """All nodes, switched on at once."""
    seen = Seen()
    network = Network(Air(storm.interface), seen.again)
    network.listen()
    async with asyncio.TaskGroup() as group:
        for machine in storm.machines:
            group.create_task(Node(machine, storm, network, seen).live())
    return seen


def read(given: Mapping[str, object]) -> Storm:
    machines = given["machines"]
    assert isinstance(machines, list)
    return Storm(**{**given, "machines": [Machine(**one) for one in machines]})  # type: ignore[arg-type]


def main() -> None:
    seen = asyncio.run(played(read(json.load(sys.stdin))))
    again = {"DHCP": seen.again.dhcp, "TFTP": seen.again.tftp}
    result = {"calls": seen.calls, "failed": seen.failed, "whole": seen.whole, "octets": seen.octets, "again": again}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
