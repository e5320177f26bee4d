"""A way through a BMC: ipmi_sim, whose serial port is in our hands."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.helpers import farside
from tests.helpers.alone import until as until_true
from tests.helpers.claims import network
from tests.helpers.cluster import free_port
from tests.helpers.consoleways import WITHIN, Far, OnlyOneContract, awake, listens, opened, until, until_length
from tests.simulators import bootsector
from tests.simulators.bmcs import Bmc, Rack, bmcs
from tests.unit.hardware.ipmi.judges import ipmitool
from tests.unit.hardware.places import endpoint_of
from xcatd.consoles.line import Line, Way
from xcatd.consoles.ways.device import DeviceWay
from xcatd.errors import NodeError
from xcatd.hardware import Controllers
from xcatd.hardware.ipmi import solpulse


class IpmiFar(Far):
    """ipmi_sim, whose serial port is a TCP connection to us."""

    greets = False
    poured = farside.POURED[: 1 << 16]
    typed = 1 << 16

    def __init__(self) -> None:
        self.heard = bytearray()
        self._writers: list[asyncio.StreamWriter] = []
        self.bmc: Bmc

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while octets := await reader.read(1 << 16):
                self.heard += octets
                writer.write(self.poured if octets == farside.POUR else octets)
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()

    async def vanish(self) -> None:
        self.bmc.process.kill()

    async def end(self, line: Line) -> None:
        await ipmitool(self.bmc, "sol", "deactivate")

    def broken(self, said: bytes) -> bool:
        """ipmi_sim tells it as telnet does."""
        return b"\xff\xf3" in self.heard


class TestIpmi(OnlyOneContract):
    in_use = "in use by another session: end it there, or take it over"
    put_out = "somebody else has taken it"

    @pytest.fixture(autouse=True)
    def quickly(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The BMC is asked so often that a test can wait for it."""
        monkeypatch.setattr(solpulse, "PERIOD", 0.2)
        monkeypatch.setattr(solpulse, "WAITS", (0.2, 0.4, 0.8))

    @pytest.fixture
    async def far(self, controllers: Controllers, tmp_path: Path) -> AsyncIterator[IpmiFar]:
        far = IpmiFar()
        server = await asyncio.start_server(far.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        rack = Rack(1, f"{network()}.8.1", serial=f"tcp:127.0.0.1:{port}")
        with bmcs(rack, tmp_path) as (bmc,):
            far.bmc, far.way = bmc, DeviceWay("ipmi", "ipmi", endpoint_of(bmc), controllers)
            yield far
        server.close()
        await server.wait_closed()

    @pytest.fixture
    def nobody(self, controllers: Controllers) -> Way:
        return DeviceWay("ipmi", "ipmi", endpoint_of(Bmc(0, "127.0.0.1", free_port(), None, Path())), controllers)  # type: ignore[arg-type]

    @pytest.fixture
    def stranger(self, far: IpmiFar, controllers: Controllers) -> Way:
        return DeviceWay("ipmi", "ipmi", endpoint_of(far.bmc, password="wrong"), controllers)

    async def test_the_far_side_ends_it(self, far: Far) -> None:
        async with asyncio.timeout(WITHIN), opened(far) as line:
            await far.end(line)
            with pytest.raises(NodeError, match="has ended its serial console"):
                await line.read()

    async def test_a_bmc_without_a_serial_port(self, controllers: Controllers, tmp_path: Path) -> None:
        with bmcs(Rack(1, f"{network()}.8.9"), tmp_path / "bare") as (bmc,), pytest.raises(NodeError):
            async with DeviceWay("ipmi", "ipmi", endpoint_of(bmc), controllers).open():
                pass


async def test_a_machine_behind_its_bmc_is_seen_and_typed_at(controllers: Controllers, tmp_path: Path) -> None:
    """QEMU with a guest whose serial port ipmi_sim has."""
    (tmp_path / "disk").write_bytes(bootsector.disk())
    port = free_port()
    rack = Rack(1, f"{network()}.8.5", serial=f"tcp:127.0.0.1:{port}")
    with _machine(tmp_path / "disk", port), bmcs(rack, tmp_path / "rack") as (bmc,):
        async with asyncio.timeout(WITHIN), DeviceWay("ipmi", "ipmi", endpoint_of(bmc), controllers).open() as line:
            await awake(line)
            await line.write(farside.POUR)
            said = await until_length(line, len(bootsector.POURED))
            assert said.count(b".") == len(bootsector.POURED)
            await line.write(b"hello")
            await until(line, b"hello")


@contextmanager
def _machine(disk: Path, port: int) -> Iterator[None]:
    serial = ["-serial", f"tcp:127.0.0.1:{port},server=on,wait=off"]
    words = ["-accel", "tcg", "-m", "16", "-display", "none", "-nodefaults", "-drive", f"file={disk},format=raw,if=ide"]
    process = subprocess.Popen(["qemu-system-x86_64", *words, *serial], stdin=subprocess.DEVNULL)
    try:
        until_true(lambda: listens(port), "QEMU")
        yield
    finally:
        process.kill()
        process.wait()
