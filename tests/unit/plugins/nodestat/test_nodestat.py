"""`nodestat`: nodes on loopback addresses that listen at real ports, and one whose address nothing can be sent to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from tests.helpers.memoryroom import Room
from tests.helpers.run import Desk
from xcatd.errors import Unreachable
from xcatd.plugins.nodestat.applications import Application, monitored
from xcatd.plugins.nodestat.echo import _checksum, answers_echo
from xcatd.plugins.nodestat.looking import INSTALLER
from xcatd.store import STANDARD, Snapshot

UP, DOWN = "127.4.0.1", "255.255.255.255"
"""The kernel sends nothing to the second one without being asked specially, and says so at once."""


@asynccontextmanager
async def listening(*ports: int, says: str = "") -> AsyncIterator[None]:
    """A node that has these ports open; to a line it answers `says`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if says and await reader.readline() == b"stat \n":
            writer.write(f"{says}\nmore\n".encode())
        writer.close()

    servers = [await asyncio.start_server(serve, UP, port) for port in ports]
    try:
        yield
    finally:
        for each in servers:
            each.close()
            await each.wait_closed()


async def row_of(desk: Desk, node: str) -> dict[str, str]:
    (row,) = desk.store.snapshot.table("nodelist").find(node)
    return {column: row[column] for column in ("status", "appstatus")}


@pytest.fixture
async def site(room: Room) -> Room:
    await room.desk.fill(hosts=[{"node": "n1", "ip": UP}, {"node": "n2", "ip": DOWN}])
    return room


async def test_open_ports_are_said_by_the_names_of_their_applications(site: Room) -> None:
    async with listening(443, 15002):
        assert await site.ok("nodestat n1") == "n1: https,pbs\n"


async def test_a_node_that_is_gone_is_no_error(site: Room) -> None:
    assert await site.ok("nodestat n2") == "n2: noping\n"
    assert await site.ok("nodestat n2 -p") == "n2: noping(off)\n"
    seen = await site.desk.type("nodestat n3")
    assert (seen.stdout, seen.status) == ("n3: Please make sure n3 exists in /etc/hosts or DNS or hosts table\n", 0)


async def test_a_node_that_only_answers_says_what_it_was_told_to_do(site: Room) -> None:
    assert await site.ok("nodestat n1") == "n1: ping\n"
    await site.desk.fill(chain=[{"node": "n1", "currstate": "install debian12-x86_64-compute"}])
    assert await site.ok("nodestat n1") == "n1: install debian12-x86_64-compute\n"
    async with listening(INSTALLER, says="installing bash (12%)"):
        assert await site.ok("nodestat n1") == "n1: installing bash (12%)\n"


async def test_with_f_pings_decide_whether_a_node_is_there(site: Room) -> None:
    await site.desk.fill(chain=[{"node": "n1", "currstate": "install debian12-x86_64-compute"}])
    assert await site.ok("nodestat -f n1") == "n1: ping install debian12-x86_64-compute\n"
    assert await site.ok("nodestat --usefping n2") == "n2: noping\n"
    async with listening(443):
        assert await site.ok("nodestat -f n1 -u") == "n1: https\n"
    assert (await row_of(site.desk, "n1"))["status"] == "ping"
    await site.ok("nodestat -fu n1")
    assert (await row_of(site.desk, "n1"))["status"] == "ping install debian12-x86_64-compute"


async def test_all_options_together_and_a_controller_that_is_silent(site: Room) -> None:
    site.node("n2").error = Unreachable("10.0.0.1 does not answer")
    stdout, stderr = await site.failed("nodestat n2 -mpu")
    assert (stdout, stderr) == ("n2: noping\n", "n2: [mn1]: Error: 10.0.0.1 does not answer\n")
    assert (await row_of(site.desk, "n2"))["status"] == "noping"
    seen = await site.desk.type("nodestat")
    assert (seen.status, seen.stderr) == (1, "Error: nodestat: a noderange is missing; see nodestat -h\n")
    assert "--usefping" in await site.ok("nodestat -h") and "Version" in await site.ok("nodestat -v")


async def test_what_was_seen_is_noted_on_request(site: Room) -> None:
    async with listening(443):
        await site.ok("nodestat n1")
        assert await row_of(site.desk, "n1") == {"status": "", "appstatus": ""}
        await site.desk.fill(nodelist=[{"node": "n1", "appstatus": "gpfs=up,sshd=up,reason=no disk"}])
        await site.ok("nodestat n1 -u")
    assert await row_of(site.desk, "n1") == {
        "status": "ping",
        "appstatus": "gpfs=up,sshd=down,reason=no disk,https=up,pbs=down,xend=down,rdp=down,msrpc=down",
    }
    await site.desk.fill(nodelist=[{"node": "n2", "status": "booted", "appstatus": "sshd=up,reason=no disk"}])
    await site.ok("nodestat n2 -u")
    assert await row_of(site.desk, "n2") == {"status": "noping", "appstatus": "reason=no disk"}
    await site.desk.fill(site=[{"key": "nodestatus", "value": "n"}], nodelist=[{"node": "n2", "status": "booted"}])
    await site.ok("nodestat n2 -u")
    assert (await row_of(site.desk, "n2"))["status"] == "booted"


async def test_the_site_says_what_is_looked_for(site: Room) -> None:
    await site.desk.fill(
        monsetting=[
            {"name": "xcatmon", "key": "apps", "value": "ll, gpfs ,batch"},
            {"name": "xcatmon", "key": "ll", "value": "group=all,group=others"},
            {"name": "xcatmon", "key": "gpfs", "value": "cmd=/usr/bin/true"},
            {"name": "xcatmon", "key": "batch", "value": "port=9617,group=others"},
        ]
    )
    async with listening(9616, 9617):
        seen = await site.desk.type("nodestat n1 -m")
    assert (seen.stdout, seen.status) == ("n1: ll\n", 0)
    assert "gpfs=cmd=/usr/bin/true: write port=NUMBER[,group=GROUP ...]; cmd, lcmd and dcmd are not run" in seen.stderr


def test_an_application_that_the_program_knows_needs_no_port() -> None:
    rows = [
        ("xcatmon", "apps", "rdp,gpfs,ftps-data,nosuch,two", None, None),
        ("xcatmon", "two", "port=1,port=2", None, None),
    ]
    snapshot = Snapshot.from_tables(
        {"monsetting": (("name", "key", "value", "comments", "disable"), rows)}, schema=STANDARD
    )
    wanted = monitored(snapshot)
    assert wanted.applications == (
        *(Application("sshd", 22), Application("rdp", 3389), Application("gpfs", 1191)),
        Application("ftps-data", 989),  # of /etc/services
    )
    assert len(wanted.problems) == 2


async def test_echo_of_this_host() -> None:
    assert await answers_echo(ip_address(UP), 5.0) in (True, None)  # None: where the kernel lets nobody ask
    assert await answers_echo(ip_address(DOWN), 5.0) in (False, None)


def test_the_checksum_is_that_of_rfc_1071() -> None:
    assert _checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D  # the complement of the sum in its section 3
