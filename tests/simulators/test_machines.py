"""The hypervisor and the PDUs of the tests, judged by programs that are not ours."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.claims import network
from tests.simulators.libvirtd import hypervisor
from tests.simulators.snmpd import APC, AUTH_KEY, IBM, PRIV_KEY, READ, USER, WRITE, apc, ibm, snmpd

HERE = f"{network()}.32"
GUEST = """\
<domain type='qemu'><name>g</name><memory unit='MiB'>16</memory><os><type>hvm</type></os><devices/></domain>
"""


def running(folder: Path) -> list[str]:
    """Processes that have something to do with this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes()
        except OSError:
            continue  # it has just ended
        if str(folder).encode() in words or b"guest=g," in words:
            found.append(words.decode(errors="replace"))
    return found


def test_a_hypervisor_takes_its_guests_with_it(tmp_path: Path) -> None:
    (tmp_path / "g.xml").write_text(GUEST)
    with hypervisor() as made:
        made.virsh("create", str(tmp_path / "g.xml"))
        assert made.virsh("list", "--name") == "g"
        assert any("qemu-system" in words for words in running(made.folder))
        made.restart()
        assert made.virsh("domstate", "g") == "running", "a libvirtd that starts again finds its guests"
    until(lambda: not running(made.folder), "the end of everything that it had started")
    assert not made.folder.exists()


def snmp(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=30)


def test_snmpset_switches_and_snmpget_sees_it(tmp_path: Path) -> None:
    with snmpd(f"{HERE}.3", ibm(2), tmp_path) as pdu:
        outlet = f"{IBM}.8.2.2.1.11.1"
        assert pdu.get(outlet) == "0"
        assert snmp("snmpset", "-v2c", "-c", WRITE, pdu.host, outlet, "i", "1").returncode == 0
        assert pdu.get(outlet) == "1"
        assert snmp("snmpset", "-v2c", "-c", READ, pdu.host, outlet, "i", "0").returncode != 0
        assert "wrongValue" in snmp("snmpset", "-v2c", "-c", WRITE, pdu.host, outlet, "i", "9").stderr
        keys = ["-u", USER, "-l", "authPriv", "-a", "SHA", "-A", AUTH_KEY, "-x", "AES", "-X", PRIV_KEY]
        assert snmp("snmpset", "-v3", *keys, pdu.host, outlet, "i", "0").returncode == 0
        assert pdu.get(outlet) == "0"
        pdu.change(apc(3))
        assert pdu.get(f"{APC}.1.1.12.1.8.0") == "3"
    assert snmp("snmpget", "-v2c", "-c", READ, "-t", "0.2", "-r", "0", f"{HERE}.3", outlet).returncode != 0


@pytest.mark.parametrize("newer", [False, True])
def test_snmpwalk_finds_the_states_where_the_firmware_has_them(tmp_path: Path, newer: bool) -> None:
    with snmpd(f"{HERE}.5", ibm(3, newer=newer), tmp_path) as pdu:
        column = f"{IBM}.8.2.2.1.{13 if newer else 11}"
        assert snmp("snmpwalk", "-v1", "-c", READ, "-Oqv", pdu.host, column).stdout.split() == ["0", "0", "1"]
