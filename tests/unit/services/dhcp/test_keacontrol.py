"""Talks with a real Kea, and with what only looks like one."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.simulators.kea import Kea, kea
from xcatd.errors import ServiceError
from xcatd.services.dhcp import keacontrol
from xcatd.services.dhcp.keacontrol import KeaControl
from xcatd.services.dhcp.system import leases_hook


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kea]:
    with kea(tmp_path_factory.mktemp("kea"), ()) as running:
        yield running


def configuration(server: Kea, *reservations: dict[str, str], subnet: str = "10.0.0.0/16") -> str:
    head = {
        "control-socket": {"socket-type": "unix", "socket-name": str(server.socket)},
        "lease-database": {"type": "memfile", "persist": False},
        "hooks-libraries": [{"library": str(leases_hook())}],
        "subnet4": [{"id": 1, "subnet": subnet, "reservations": list(reservations)}],
    }
    return json.dumps({"Dhcp4": head})


def kept_by(server: Kea) -> list[dict[str, str]]:
    """The reservations that it has."""
    subnets = server.ask("config-get")["arguments"]["Dhcp4"]["subnet4"]
    return [entry for one in subnets for entry in one["reservations"]]


ONE = {"hw-address": "02:00:00:00:00:01", "ip-address": "10.0.0.5"}


async def test_it_takes_a_configuration_and_says_what_it_has(server: Kea) -> None:
    control = KeaControl(server.socket)
    await control.test(configuration(server, ONE))
    await control.load(configuration(server, ONE))
    (kept,) = kept_by(server)
    assert (kept["hw-address"], kept["ip-address"]) == ("02:00:00:00:00:01", "10.0.0.5")
    assert await control.tag() == ""
    await control.load(configuration(server, ONE).replace('{"Dhcp4": {', '{"Dhcp4": {"server-tag": "abc", '))
    assert await control.tag() == "abc"


async def test_what_it_refuses_it_does_not_take(server: Kea) -> None:
    control = KeaControl(server.socket)
    await control.load(configuration(server, ONE))
    for bad in (
        configuration(server, ONE, ONE),
        configuration(server, {**ONE, "ip-address": "10.1.0.5"}),
        configuration(server, {**ONE, "hw-address": "x"}),
        configuration(server, subnet="10.0.0.0/99"),
        '{"Dhcp4": {"no-such-word": 1}}',
        "[]",
    ):
        for ask in (control.test, control.load):
            with pytest.raises(ServiceError, match="refuses the new configuration and goes on with the old one: "):
                await ask(bad)
        assert len(kept_by(server)) == 1


async def test_leases_can_be_removed(server: Kea) -> None:
    control = KeaControl(server.socket)
    await control.load(configuration(server))
    assert (await control.lease("10.0.0.7"), list(await control.leases())) == (None, [])
    added = '{"ip-address": "10.0.0.7", "hw-address": "02:00:00:00:00:07"}'
    assert (await control._ask("lease4-add", added))["result"] == 0
    found = await control.lease("10.0.0.7")
    assert found is not None
    assert found["hw-address"] == "02:00:00:00:00:07"
    assert [one["ip-address"] for one in await control.leases()] == ["10.0.0.7"]
    await control.remove_lease("10.0.0.7")
    assert await control.lease("10.0.0.7") is None


async def test_nobody_there(tmp_path: Path) -> None:
    control = KeaControl(tmp_path / "none")
    assert not await control.is_running()
    with pytest.raises(ServiceError, match=r"^dhcp server is not running\.  please start the dhcp server\.$"):
        await control.tag()


@contextlib.asynccontextmanager
async def liar(path: Path, answer: bytes | None) -> AsyncIterator[KeaControl]:
    """A server that hears a command and says this; None: it says nothing and does not hang up."""

    over = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        if answer is not None:
            writer.write(answer)
        else:
            await reader.read()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        over.set()

    async with await asyncio.start_unix_server(talk, path):
        yield KeaControl(path)
        await over.wait()


async def test_a_server_that_hangs_up(tmp_path: Path) -> None:
    async with liar(tmp_path / "socket", b"") as control:
        with pytest.raises(
            ServiceError, match=r"^The DHCP server at .*/socket hung up without an answer: see its log$"
        ):
            await control.load("{}")


@pytest.mark.parametrize("answer", [b"220 mail.example.org ESMTP\r\n", b"[1]", b'{"result": 0'])
async def test_what_is_no_kea(tmp_path: Path, answer: bytes) -> None:
    async with liar(tmp_path / "socket", answer) as control:
        with pytest.raises(ServiceError, match=r"^What answers at .*/socket is no DHCP server of Kea: "):
            await control.tag()


async def test_a_server_that_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keacontrol, "PATIENCE", 0.05)
    async with liar(tmp_path / "socket", None) as control:
        with pytest.raises(ServiceError, match=r"^The DHCP server at .*/socket is silent for 0.05 s: "):
            await control.tag()
