"""The simulators, judged by programs that are not ours."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.claims import network
from tests.simulators.bmcs import Rack, bmcs
from tests.simulators.miniature import Miniature
from tests.simulators.responder import Responder, responder

HERE = network()


async def said_by(*words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return output.decode()


async def ipmitool(bmc: Responder, *words: str, interface: str = "lanplus") -> str:
    host, port = bmc.place
    return await said_by(
        "ipmitool", "-I", interface, "-H", host, "-p", str(port), "-U", "admin", "-P", "secret", *words
    )


@pytest.mark.parametrize("suite", ["3", "17"])
async def test_ipmitool_accepts_the_responder(suite: str) -> None:
    async with responder() as bmc:
        assert "Chassis Power is off" in await ipmitool(bmc, "-C", suite, "chassis", "power", "status")
        assert "Up/On" in await ipmitool(bmc, "-C", suite, "chassis", "power", "on")
        assert bmc.bmc.power


async def test_ipmitool_accepts_the_responders_k_g_key() -> None:
    async with responder(Miniature(kg=b"cluster key")) as bmc:
        words = ("-C", "17", "chassis", "power", "status")
        assert "Chassis Power is off" in await ipmitool(bmc, "-k", "cluster key", *words)
        assert "Unable to establish" in await ipmitool(bmc, "-k", "another key", *words)


async def test_ipmipower_accepts_the_responder() -> None:
    async with responder(Miniature(power=True)) as bmc:
        host, port = bmc.place
        account = ("-u", "admin", "-p", "secret", "-l", "ADMIN")
        said = await said_by("ipmipower", "-D", "LAN_2_0", "-I", "17", *account, "-h", f"{host}:{port}", "--stat")
        assert said.split()[-1] == "on"


async def test_ipmitool_accepts_the_responder_by_ipmi_15() -> None:
    async with responder(Miniature(version=15)) as bmc:
        assert "Chassis Power is off" in await ipmitool(bmc, "chassis", "power", "status", interface="lan")


def test_the_rack_as_a_program_says_where_it_is_and_ends_with_its_input(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.simulators.bmcs", "--count", "3", "--address", f"{HERE}.8.254"]
    with subprocess.Popen(
        [*words, "--directory", str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as rack:
        assert rack.stdout is not None
        lines = [rack.stdout.readline() for _ in range(3)]
        assert lines == [f"0 {HERE}.8.254 623\n", f"1 {HERE}.9.1 623\n", f"2 {HERE}.9.2 623\n"]
        rack.communicate()
    assert rack.returncode == 0


def test_the_rack_as_a_program_ends_with_sigterm_and_leaves_nothing(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.simulators.bmcs", "--count", "1", "--address", f"{HERE}.10.1"]
    with subprocess.Popen(
        [*words, "--directory", str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as rack:
        assert rack.stdout is not None
        rack.stdout.readline()
        rack.terminate()
        assert rack.wait(10) == 0
    with bmcs(Rack(1, f"{HERE}.10.1"), tmp_path / "again"):
        """The address is free again."""


def test_a_rack_may_share_one_address_and_keeps_its_power_states(tmp_path: Path) -> None:
    rack = Rack(2, f"{HERE}.11.1", port=6230, same_address=True)
    with bmcs(rack, tmp_path) as first:
        assert [(bmc.host, bmc.port) for bmc in first] == [(f"{HERE}.11.1", 6230), (f"{HERE}.11.1", 6231)]
        assert [bmc.power for bmc in first] == ["off", "off"]
        (first[0].directory / "power").write_text("1\n")
    with bmcs(rack, tmp_path) as second:
        assert [bmc.power for bmc in second] == ["on", "off"]


def test_a_bmc_that_cannot_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match=r"ipmi_sim for 192\.0\.2\.1:623 ended with status"),
        bmcs(Rack(1, "192.0.2.1"), tmp_path),
    ):
        """Nobody has this address."""
