"""Which way leads to a console, by the tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.consoles.ways import way_of
from xcatd.consoles.ways.device import DeviceWay
from xcatd.consoles.ways.program import ProgramWay
from xcatd.consoles.ways.shell import ShellWay
from xcatd.consoles.ways.telnet import TelnetWay
from xcatd.errors import NotFound, Unsupported
from xcatd.hardware import Controllers
from xcatd.objects import World

BMC = [{"node": "n1", "bmc": "10.1.1.1", "username": "admin", "password": "secret"}]


@pytest.fixture
async def controllers() -> AsyncIterator[Controllers]:
    async with Controllers() as made:
        yield made


def a_world(**nodehm: str) -> World:
    return world(
        nodelist=nodes(n1="all"),
        nodehm=[{"node": "n1", **nodehm}],
        ipmi=BMC,
        openbmc=BMC,
        vm=[{"node": "n1", "host": "hv1"}],
        hosts=[{"node": "n1", "ip": "10.0.0.1"}],
    )


def program(root: Path, folder: str, method: str, mode: int = 0o755) -> Path:
    path = root / folder / method
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("method", "kind"),
    [("ipmi", "ipmi"), ("redfish", "redfish"), ("openbmc", "redfish"), ("kvm", "libvirt"), ("xen", "libvirt")],
)
async def test_the_hardware_has_it(controllers: Controllers, tmp_path: Path, method: str, kind: str) -> None:
    way = way_of(a_world(cons=method), "n1", controllers, root=tmp_path)
    assert isinstance(way, DeviceWay)
    assert (way.kind, way.method) == (kind, method)


async def test_mgt_is_the_method_when_there_is_a_serial_port(controllers: Controllers, tmp_path: Path) -> None:
    way = way_of(a_world(mgt="ipmi", serialport="0"), "n1", controllers, root=tmp_path)
    assert way.kind == "ipmi"


async def test_cons_comes_before_mgt(controllers: Controllers, tmp_path: Path) -> None:
    way = way_of(a_world(mgt="ipmi", serialport="0", cons="ssh"), "n1", controllers, root=tmp_path)
    assert way == ShellWay("n1", "10.0.0.1", root=tmp_path)


@pytest.mark.parametrize("nodehm", [{}, {"mgt": "ipmi"}, {"serialport": "0"}])
async def test_a_node_without_a_console(controllers: Controllers, tmp_path: Path, nodehm: dict[str, str]) -> None:
    with pytest.raises(NotFound) as error:
        way_of(a_world(**nodehm), "n1", controllers, root=tmp_path)
    assert str(error.value) == "n1 has no console: set nodehm.cons, or nodehm.serialport with nodehm.mgt"


@pytest.mark.parametrize(
    ("method", "termport", "port"),
    [("telnet", "7012", 7012), ("telnet", "", 23), ("cyclades", "12", 7012), ("mrv", "3", 2300)],
)
async def test_a_terminal_server(
    controllers: Controllers, tmp_path: Path, method: str, termport: str, port: int
) -> None:
    tables = a_world(cons=method, termserver="ts1", termport=termport)
    assert way_of(tables, "n1", controllers, root=tmp_path) == TelnetWay("ts1", port)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"termport": "1"}, "set nodehm.termserver and nodehm.termport"),
        ({"termserver": "ts1"}, '"" is no port of the terminal server ts1'),
        ({"termserver": "ts1", "termport": "tty1"}, '"tty1" is no port'),
        ({"termserver": "ts1", "termport": "60000"}, '"60000" is no port'),
    ],
)
async def test_a_terminal_server_that_the_tables_do_not_tell(
    controllers: Controllers, tmp_path: Path, values: dict[str, str], sentence: str
) -> None:
    with pytest.raises(NotFound, match=sentence):
        way_of(a_world(cons="cyclades", **values), "n1", controllers, root=tmp_path)


async def test_a_program_of_xcat_2(controllers: Controllers, tmp_path: Path) -> None:
    path = program(tmp_path, "opt/xcat/share/xcat/cons", "hmc")
    assert way_of(a_world(cons="hmc"), "n1", controllers, root=tmp_path) == ProgramWay(path, "n1")


async def test_a_program_of_the_site_comes_before_ours(controllers: Controllers, tmp_path: Path) -> None:
    program(tmp_path, "opt/xcat/share/xcat/cons", "ipmi")
    assert way_of(a_world(cons="ipmi"), "n1", controllers, root=tmp_path).kind == "ipmi"
    path = program(tmp_path, "etc/xcat/cons", "ipmi")
    assert way_of(a_world(cons="ipmi"), "n1", controllers, root=tmp_path) == ProgramWay(path, "n1")


async def test_no_such_program(controllers: Controllers, tmp_path: Path) -> None:
    program(tmp_path, "etc/xcat/cons", "hmc", mode=0o644)
    with pytest.raises(Unsupported, match=r'by the method "hmc": .* or put a program at /etc/xcat/cons/hmc'):
        way_of(a_world(cons="hmc"), "n1", controllers, root=tmp_path)


@pytest.mark.parametrize("method", ["../ipmi", "-x", "a b", "/bin/sh"])
async def test_a_method_that_is_no_name(controllers: Controllers, tmp_path: Path, method: str) -> None:
    with pytest.raises(NotFound, match=r"correct nodehm\.cons"):
        way_of(a_world(cons=method), "n1", controllers, root=tmp_path)


async def test_what_the_hardware_lacks_in_the_tables_is_said(controllers: Controllers, tmp_path: Path) -> None:
    tables = world(nodelist=nodes(n1="all"), nodehm=[{"node": "n1", "cons": "ipmi"}], ipmi=[], passwd=[])
    with pytest.raises(NotFound, match="bmc"):
        way_of(tables, "n1", controllers, root=tmp_path)


async def test_equal_tables_give_equal_ways(controllers: Controllers, tmp_path: Path) -> None:
    one, other = (way_of(a_world(cons="ipmi"), "n1", controllers, root=tmp_path) for _ in range(2))
    assert one == other
    assert one.taking_over() == one
    tables = world(
        nodelist=nodes(n1="all"), nodehm=[{"node": "n1", "cons": "ipmi"}], ipmi=[{**BMC[0], "password": "new"}]
    )
    assert way_of(tables, "n1", controllers, root=tmp_path) != one


async def test_the_user_of_a_shell_is_the_administrator_of_the_nodes(controllers: Controllers, tmp_path: Path) -> None:
    tables = world(
        nodelist=nodes(n1="all"),
        nodehm=[{"node": "n1", "cons": "ssh"}],
        passwd=[{"key": "system", "username": "admin", "password": "secret"}],
    )
    assert way_of(tables, "n1", controllers, root=tmp_path) == ShellWay("n1", "n1", "admin", root=tmp_path)
