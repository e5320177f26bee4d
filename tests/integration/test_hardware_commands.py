"""The hardware commands as operators type them: a management node, a service node, and simulated BMCs behind both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.atterminal import at_terminal
from tests.helpers.claims import network
from tests.helpers.cluster import Cluster, Daemon, running
from tests.helpers.stage import Bench, Typed, place
from tests.simulators.bmcs import Bmc, Rack, bmcs
from tests.simulators.miniature import Miniature
from tests.simulators.registers import Registers

ALL = ("m1", "m2", "s1", "s2")
"""The nodes of ipmi_sim: those with an m are the management node's own, those with an s the service node's."""


@dataclass(frozen=True)
class Room:
    """A cluster, its BMCs by node, and a bench for others."""

    cluster: Cluster
    rack: dict[str, Bmc]
    bench: Bench

    def node(self, name: str, address: str, *columns: str) -> None:
        words = ["nodeadd", name, "groups=odd", "nodehm.mgt=ipmi", f"ipmi.bmc={address}", *columns]
        typed(self.cluster.management, " ".join(words))

    def type(self, line: str) -> tuple[int, str, str]:
        done = self.cluster.management.run(*line.split())
        return done.returncode, done.stdout, done.stderr

    def ok(self, line: str) -> str:
        """A command that must succeed without a word on standard error; its lines in the order of the nodes."""
        status, out, err = self.type(line)
        assert (status, err) == (0, "")
        return out


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("room")
    rack = Rack(len(ALL), f"{network()}.4.1", furnished=True)
    with running(folder, ("sn1",)) as cluster, bmcs(rack, folder / "bmcs") as simulated, Bench() as bench:
        made = Room(cluster, dict(zip(ALL, simulated, strict=True)), bench)
        typed(cluster.management, "chtab key=ipmi passwd.username=admin passwd.password=secret")
        for name, bmc in made.rack.items():
            own = ["noderes.servicenode=sn1"] if name.startswith("s") else []
            made.node(name, f"{bmc.host}:{bmc.port}", *own)
        yield made


@pytest.fixture(scope="module")
def kept(room: Room) -> Registers:
    """The node `reg`, whose BMC keeps settings, a boot device and a power limit; ipmi_sim does not."""
    bmc = Miniature(power=True)
    registers = Registers(bmc)
    bmc.parts.append(registers)
    room.node("reg", place(room.bench.bmc(bmc)))
    return registers


def of(out: str, node: str) -> list[str]:
    """The lines of a node, without its name."""
    return [line.removeprefix(f"{node}: ") for line in out.splitlines() if line.startswith(f"{node}: ")]


# -- each command, through both daemons ---------------------------------------------------------------------------------


def test_sensors_are_written_as_xcat_writes_them(room: Room) -> None:
    out = room.ok("rvitals m1,s1 temp")
    said = [
        "CPU1 Temp: 96 C (205 F)         (At or above upper non-critical threshold)",
        "Inlet Temp: 24 C (75 F)",
        "PCIe Temp: N/A",
        "Riser Temp: 33 C (91 F)",
    ]
    assert of(out, "m1") == of(out, "s1")
    assert [line.split(":")[0] for line in of(out, "m1")] == [line.split(":")[0] for line in said]
    assert of(out, "m1")[1:] == said[1:]


def test_all_vitals_begin_with_the_chassis(room: Room) -> None:
    room.type("rpower s1 on")
    lines = of(room.ok("rvitals s1 all"), "s1")
    assert lines[:4] == ["Power Status: on", "Power Overload: false", "Power Interlock: inactive", "Power Fault: false"]
    assert "Rail 12V: 12 Volts" in lines
    assert "Fan1: 6000 RPM" in lines
    assert "LED status not supported on this system" in lines


def test_the_inventory_has_xcats_labels(room: Room) -> None:
    out = room.ok("rinv m1,s2 vpd")
    assert {"System Description: SimServer 9000", "System Model/MTM: 7X99CTO1WW"} <= set(of(out, "m1"))
    assert "System Serial Number: SN000000" in of(out, "m1")
    assert "System Serial Number: SN000003" in of(out, "s2")
    assert room.ok("rinv m1 asset") == "m1: System Asset Number: asset0\n"


def test_the_event_log_is_shown_and_cleared(room: Room) -> None:
    everything = of(room.ok("reventlog s2 all"), "s2")
    assert len(everything) > 5
    assert of(room.ok("reventlog s2 2"), "s2") == everything[-2:]
    assert of(room.ok("reventlog s2 all -s"), "s2") == everything[::-1]
    assert any(" Temperature, " in line and "(CPU1 Temp)" in line for line in everything)
    assert room.ok("reventlog s2 clear") == "s2: SEL cleared\n"
    assert room.ok("reventlog s2") == "s2: no SEL entries\n"


def test_the_light_is_turned_on_and_off(room: Room, kept: Registers) -> None:
    assert room.ok("rbeacon reg on") == "reg: on\n"
    assert room.ok("rbeacon reg stat") == "reg: on\n"
    assert room.ok("rbeacon reg off") == "reg: off\n"
    assert room.ok("rbeacon reg stat") == "reg: off\n"
    status, out, err = room.type("rbeacon reg blink")
    assert (status, out) == (1, "")
    assert err.startswith("reg: [mn1]: Error: IPMI can turn an identify light on and off")


def test_a_boot_device_is_chosen_and_told(room: Room, kept: Registers) -> None:
    assert room.ok("rsetboot reg net") == "reg: Network\n"
    assert room.ok("rsetboot reg hd -p -u") == "reg: Hard Drive\n"
    assert kept.boot.values[5][:2] == b"\xe0\x08"
    assert room.ok("rsetboot reg stat") == "reg: Hard Drive\n"
    assert room.ok("rsetboot reg def") == "reg: boot override inactive\n"


def test_a_bmc_that_does_not_tell_what_it_keeps_gets_a_warning(room: Room) -> None:
    """ipmi_sim boots from the network then, and never marks its answer as valid."""
    status, out, err = room.type("rsetboot s1 net")
    assert (status, out) == (0, "s1: boot override inactive\n")
    assert err.startswith("s1: [sn1]: Warning: net was accepted, but the controller says boot override inactive; ")


def test_settings_are_shown_and_changed(room: Room, kept: Registers) -> None:
    assert room.ok("rspconfig reg vlan=7") == "reg: BMC VLAN ID enabled: 7\n"
    assert room.ok("rspconfig reg vlan garp").splitlines()[0] == "reg: BMC VLAN ID enabled: 7"
    assert room.ok("rspconfig reg vlan=off") == "reg: BMC VLAN disabled\n"


def test_an_account_of_a_bmc_is_set_and_its_password_is_nowhere(room: Room, kept: Registers) -> None:
    said = room.ok("rspconfig reg userid=3 username=joe password=hush-hush")
    assert said == "reg: set username Done\nreg: set password Done\n"
    assert (kept.accounts[3].name.rstrip(b"\0"), kept.accounts[3].enabled) == (b"joe", True)
    assert all("hush-hush" not in daemon.log() for daemon in room.cluster.all)
    until(lambda: "password=xxxxxxxx" in room.ok("tabdump auditlog"), "the row")
    assert "hush-hush" not in room.ok("tabdump auditlog")


def test_a_power_limit_is_set_and_shown(room: Room, kept: Registers) -> None:
    assert room.ok("renergy reg cappingwatt=300") == "reg: cappingvalue: 300 W\n"
    assert room.ok("renergy reg cappingstatus=on") == "reg: cappingstatus: on\n"
    assert room.ok("renergy reg averageDC cappingvalue") == "reg: averageDC: 205 W\nreg: cappingvalue: 300 W\n"


def test_what_a_driver_does_not_offer_is_one_sentence_for_each_node(room: Room) -> None:
    status, out, err = room.type("rflash m1,s1 /etc/hostname")
    assert (status, out) == (1, "")
    assert sorted(line.split(": Error: ")[0] for line in err.splitlines()) == ["m1: [mn1]", "s1: [sn1]"]
    assert all("the IPMI driver knows nothing of a node's firmware update" in line for line in err.splitlines())


# -- what is wrong with some nodes --------------------------------------------------------------------------------------


def test_a_dead_bmc_delays_no_other_and_a_wrong_password_is_one_nodes_own(room: Room) -> None:
    silent = room.bench.bmc()
    silent.silent = True
    good = room.rack["m1"]
    room.node("quiet", place(silent))
    room.node("wrong", f"{good.host}:{good.port}", "ipmi.username=admin", "ipmi.password=guess")
    with Typed(room.cluster.management, "rinv", "quiet,wrong,m1,m2,s1,s2", "asset") as command:
        first = sorted(command.line() for _ in range(4))
        assert command.process.poll() is None, "the silent BMC has its full time"
        status, out, err = command.end(90)
    assert first == [f"{node}: System Asset Number: asset{number}\n" for number, node in enumerate(ALL)]
    assert (status, out) == (1, "")
    said = dict(line.split(": [mn1]: Error: ") for line in err.splitlines())
    assert said.keys() == {"quiet", "wrong"}
    assert "no answer from" in said["quiet"]
    assert "password" in said["wrong"]
    assert "guess" not in err


def test_a_wrong_word_stops_it_before_any_node_is_asked(room: Room) -> None:
    for line in ("rvitals m1,s1 humidity", "rinv m1,s1 colour", "rsetboot m1,s1 tape", "reventlog m1,s1 some"):
        status, out, err = room.type(line)
        assert (status, out, err.count("\n")) == (1, "", 1), line


# -- how answers are shown ----------------------------------------------------------------------------------------------


def test_answers_may_come_in_order_folded_or_as_json(room: Room) -> None:
    room.type("rpower m1,m2,s1 on")
    room.type("rpower s2 off")
    assert room.ok("rpower m1,m2,s1,s2 stat --ordered") == "m1: on\nm2: on\ns1: on\ns2: off\n"
    rule = "=" * 36
    folded = room.ok("rpower m1,m2,s1,s2 stat --fold")
    assert folded == f"{rule}\nm[1-2],s1\n{rule}\non\n\n{rule}\ns2\n{rule}\noff\n\n"
    found = json.loads(room.ok("rpower m1,m2,s1,s2 stat --json --ordered"))
    assert [(item["name"], item["attributes"]) for item in found] == [
        ("m1", {"verdict": "ok", "output": "on"}),
        ("m2", {"verdict": "ok", "output": "on"}),
        ("s1", {"verdict": "ok", "output": "on"}),
        ("s2", {"verdict": "ok", "output": "off"}),
    ]


def test_a_terminal_shows_progress_and_counts_what_failed(room: Room) -> None:
    for name in ("lost1", "lost2"):
        silent = room.bench.bmc()
        silent.silent = True
        room.node(name, place(silent))
    with at_terminal(room.cluster.management, "rpower", "lost1,lost2,m1,s1", "stat") as sitting:
        sitting.shell.see("2 of 4 (50%)")
        status, screen = sitting.end()
    assert status == 1
    assert screen.splitlines()[-1].endswith("2 of 4 nodes failed: 2 unreachable")


# -- power: in an order, with a question --------------------------------------------------------------------------------


def test_nodes_wait_for_those_of_another_daemon(room: Room) -> None:
    typed(room.cluster.management, "chtab node=m1,cmd=on,off deps.nodedep=s1 deps.msdelay=10")
    typed(room.cluster.management, "chtab node=s1,cmd=on,off deps.nodedep=m2")
    try:
        room.ok("rpower m1,m2,s1 off")
        assert room.ok("rpower m1,m2,s1 on") == "m2: on\ns1: on\nm1: on\n"
        status, out, err = room.type("rpower m1 on")
        assert (status, out) == (1, "")
        assert err == "Error: Missing dependency on command-line: m1 -> s1; name it too, or say --nodeps\n"
        assert room.ok("rpower m1 on --nodeps") == "m1: on\n"
    finally:
        typed(room.cluster.management, "chtab -d node=m1 deps", "chtab -d node=s1 deps")


def test_pieces_of_many_nodes_reach_all_daemons(room: Room) -> None:
    typed(room.cluster.management, "chtab key=syspowerinterval site.value=1", "chtab key=syspowermaxnodes site.value=2")
    try:
        room.ok("rpower m1,m2,s1,s2 off")
        out = room.ok("rpower m1,m2,s1,s2 on")
        assert sorted(out.splitlines()) == [f"{node}: on" for node in ALL]
        assert all(bmc.power == "on" for bmc in room.rack.values())
    finally:
        typed(room.cluster.management, "chtab -d key=syspowerinterval site", "chtab -d key=syspowermaxnodes site")


@pytest.mark.parametrize(("answer", "status", "power"), [("yes", 0, "off"), ("no", 1, "on")])
def test_somebody_at_a_terminal_is_asked(room: Room, answer: str, status: int, power: str) -> None:
    room.type("rpower m1,s1 on")
    typed(room.cluster.management, "chtab key=powerconfirm site.value=1")
    try:
        with at_terminal(room.cluster.management, "rpower", "m1,s1", "off") as sitting:
            sitting.shell.see("rpower off is for 2 nodes, more than site.powerconfirm (1)")
            sitting.shell.type(f"{answer}\n")
            assert sitting.end()[0] == status
        assert (room.rack["m1"].power, room.rack["s1"].power) == (power, power)
    finally:
        typed(room.cluster.management, "chtab -d key=powerconfirm site")


def test_the_state_is_waited_for(room: Room) -> None:
    room.type("rpower m1 on")
    assert room.ok("rpower m1 softoff --wait 30") == "m1: softoff\n"
    assert room.rack["m1"].power == "off"


def test_what_a_table_says_is_waited_for(room: Room) -> None:
    """The node says itself that it has booted, on the service node that serves it."""
    with Typed(room.cluster.management, "rpower", "s1", "boot", "-m", "nodelist.status==booted", "-t", "5") as command:
        assert command.line().startswith("s1: o")
        until(lambda: "powering-on" in room.ok("nodels s1 nodelist.status"), "what the service node notes itself")
        typed(room.cluster.management, "updatenodestat s1 booted")
        assert command.end() == (0, "", "")


# -- where it is done ---------------------------------------------------------------------------------------------------


def test_with_ipmidispatch_off_the_management_node_asks_all_bmcs_itself(room: Room) -> None:
    mn, sn = room.cluster.management, room.cluster.services[0]

    def asked_by(daemon: Daemon) -> set[str]:
        done = daemon.run("rpower", "s1", "stat", "-V", XCATSHOWSVR="1")
        assert done.returncode == 0, done.stderr
        return {name for name in ("mn1", "sn1") if f"[{name}]" in done.stdout}

    assert (asked_by(mn), asked_by(sn)) == ({"sn1"}, {"sn1"})
    typed(mn, "chtab key=ipmidispatch site.value=n")
    try:
        assert asked_by(mn) == {"mn1"}
        until(lambda: typed(sn, "gettab key=ipmidispatch site.value") == "n\n", "the table on the service node")
        assert asked_by(sn) == {"mn1"}
    finally:
        typed(mn, "chtab -d key=ipmidispatch site")
