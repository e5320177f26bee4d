"""Hardware commands that cross: a caller who goes away or does not read, two at one node, a daemon that is replaced meanwhile."""

from __future__ import annotations

import signal
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import served, typed, until
from tests.helpers.certificates import Certificates
from tests.helpers.cluster import Daemon, write_settings
from tests.helpers.stage import Bench, Typed, place
from tests.integration.test_daemon import adopt, end_successors, take_over
from tests.simulators.archive import Archive
from tests.simulators.badredfish import Service
from tests.simulators.miniature import Miniature
from tests.simulators.registers import Registers
from tests.simulators.responder import Responder
from tests.simulators.stored import CELSIUS, TEMPERATURE, Analog, event

SENSORS = [Analog(number, f"Temp {number}", TEMPERATURE, CELSIUS).record() for number in range(1, 9)]
NODES = tuple(f"n{number}" for number in range(1, 7))
EVENTS = 1000
DELAY = 0.05
"""Seconds for each answer of a slow BMC."""


@dataclass(frozen=True)
class Room:
    """A daemon that logs all it can, slow BMCs by node, and a Redfish service: the node rf."""

    mn: Daemon
    bmcs: dict[str, Responder]
    service: Service

    def ok(self, line: str) -> str:
        return typed(self.mn, line)


def _brain() -> Miniature:
    archive = Archive()
    for record in SENSORS:
        archive.sdrs.add(record)
    for number in range(EVENTS):
        archive.sel.add(event(0x65000000 + number, TEMPERATURE, 1, 1, (0x59, 96, 95)))
    archive.readings |= {number: bytes((50, 0xC0, 0)) for number in range(1, 9)}
    bmc = Miniature(parts=[archive])
    bmc.parts.append(Registers(bmc))
    return bmc


@pytest.fixture
def room(idle: Daemon, tmp_path: Path) -> Iterator[Room]:
    made = Certificates(tmp_path / "authority", "bmcs").server("bmc7")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    service = Service()
    with (
        Bench() as bench,
        served(idle, prepare=lambda daemon: write_settings(daemon, "log_level: debug\n")) as mn,
    ):
        bench.redfish(service, context)
        bmcs = {node: bench.bmc(_brain()) for node in NODES}
        typed(mn, "chtab key=ipmi passwd.username=admin passwd.password=secret", "chtab key=bmctrust site.value=any")
        typed(mn, *(f"nodeadd {node} groups=slow nodehm.mgt=ipmi ipmi.bmc={place(bmc)}" for node, bmc in bmcs.items()))
        account = f"openbmc.username={service.user} openbmc.password={service.password}"
        typed(mn, f"nodeadd rf groups=redfish nodehm.mgt=redfish openbmc.bmc={service.host}:{service.port} {account}")
        yield Room(mn, bmcs, service)
        end_successors(mn)


def _slow(room: Room) -> None:
    for bmc in room.bmcs.values():
        bmc.delay = DELAY


def test_a_caller_who_types_ctrl_c_leaves_no_session_and_no_work(room: Room) -> None:
    _slow(room)
    with Typed(room.mn, "rvitals", "slow", "temp") as command:
        until(lambda: all(len(bmc.bmc.asked) > 2 for bmc in room.bmcs.values()), "all BMCs to be asked")
        command.process.send_signal(signal.SIGINT)
        status, out, _ = command.end()
    assert (status, out) == (130, "")
    until(lambda: all(bmc.bmc.closed for bmc in room.bmcs.values()), "the goodbyes")
    heard = {node: len(bmc.received) for node, bmc in room.bmcs.items()}
    assert room.ok("rpower n1 stat") == "n1: off\n"
    assert {node: len(bmc.received) for node, bmc in room.bmcs.items() if node != "n1"} == {
        node: count for node, count in heard.items() if node != "n1"
    }
    assert "Traceback" not in room.mn.log() + room.mn.errors()
    assert room.ok("rvitals slow temp").count("\n") == len(NODES) * len(SENSORS)


def test_a_caller_who_does_not_read_delays_nobody_and_gets_everything(room: Room) -> None:
    with Typed(room.mn, "reventlog", "slow", "all") as command:
        assert command.line()
        assert room.ok("rpower slow stat").count("off") == len(NODES)
        status, out, err = command.end()
    assert (status, err) == (0, "")
    assert out.count("\n") == len(NODES) * EVENTS - 1


def test_two_who_change_one_controller_do_so_one_after_the_other(room: Room) -> None:
    _slow(room)
    bmc = room.bmcs["n1"].bmc
    with (
        Typed(room.mn, "rspconfig", "n1", "garp=10", "netmask=255.255.0.0") as one,
        Typed(room.mn, "rspconfig", "n1", "community=one", "backupgateway=10.0.0.9") as other,
    ):
        assert one.end() == (0, "n1: Gratuitous ARP seconds: 10\nn1: BMC Netmask: 255.255.0.0\n", "")
        assert other.end() == (0, "n1: SP SNMP Community: one\nn1: BMC Backup Gateway: 10.0.0.9\n", "")
    written = [words[3] for words in bmc.asked if words[:2] == b"\x0c\x01"]
    changed = [parameter for parameter in written if parameter]
    assert changed in ([11, 6, 16, 14], [16, 14, 11, 6])
    assert [bool(parameter) for parameter in written] == [False, True, False, False] * 4


def test_who_looks_does_not_wait_for_who_reads_much(room: Room) -> None:
    _slow(room)
    with Typed(room.mn, "reventlog", "n1", "all") as long:
        until(lambda: len(room.bmcs["n1"].bmc.asked) > 2, "the log to be read")
        assert room.ok("rpower n1 stat") == "n1: off\n"
        assert room.ok("rpower n1 on") == "n1: on\n"
        assert long.process.poll() is None
        room.bmcs["n1"].delay = 0.0
        status, out, err = long.end()
    assert (status, out.count("\n"), err) == (0, EVENTS, "")


def test_a_daemon_that_is_replaced_ends_what_it_has_begun(room: Room) -> None:
    _slow(room)
    image = room.mn.root / "image"
    image.write_bytes(bytes(100_000))
    room.service.task = [{"TaskState": "Running", "PercentComplete": 40}]
    with Typed(room.mn, "rflash", "rf", str(image)) as flash, Typed(room.mn, "rvitals", "slow", "temp") as vitals:
        assert flash.line() == "rf: sending image\n"
        assert flash.line() == "rf: Running 40%\n"
        until(lambda: room.bmcs["n6"].bmc.asked, "the sensors to be read")
        successor = take_over(room.mn, "-r")
        assert room.ok("rvitals n1 temp").count("\n") == len(SENSORS)
        assert vitals.end()[0] == 0
        assert flash.process.poll() is None
        room.service.task = [{"TaskState": "Completed"}]
        assert flash.end() == (0, "rf: Firmware update complete.\n", "")
    assert room.service.images == [bytes(100_000)]
    adopt(room.mn, successor)


def test_passwords_of_controllers_are_in_no_log_however_much_is_logged(room: Room) -> None:
    room.ok("rspconfig n1 userid=3 username=joe password=hush-hush")
    room.ok("rspconfig rf username=admin2 password=hush-hush")
    room.ok("rspconfig rf admin_passwd=secret,new-word")
    room.ok(
        "nodeadd rg groups=redfish nodehm.mgt=redfish openbmc.bmc=127.0.0.1:1 openbmc.username=u openbmc.password=hush-hush"
    )
    room.service.drop_sessions()
    refused = room.mn.run("rspconfig", "rf", "users")
    assert refused.returncode == 1
    assert "*** is wrong" in refused.stderr, "the service has repeated the password, which now is an old one"
    audit = until(lambda: _audit(room, "admin_passwd=xxxxxxxx"), "the row of the last change")
    changes = room.ok("xcathist list -n 0")
    said = (room.mn.log(), room.mn.errors(), audit, changes, refused.stderr)
    assert [word for word in ("hush-hush", "new-word", "secret,") for text in said if word in text] == []
    assert audit.count(" password=xxxxxxxx") == 2
    assert '"level": "debug"' in said[0]


def _audit(room: Room, word: str) -> str:
    """The auditlog table, once it has the word."""
    audit = room.ok("tabdump auditlog")
    return audit if word in audit else ""
