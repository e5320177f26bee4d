"""`rpower` of nodes with mgt=redfish and mgt=openbmc through a real daemon, against sushy-tools' emulator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed, until
from tests.helpers.certificates import Certificates
from tests.helpers.cluster import Daemon
from tests.simulators.redfish import Emulator, emulator


@dataclass(frozen=True)
class Room:
    """A management node, and an emulator with ten nodes, of which one has no system there."""

    mn: Daemon
    bmcs: Emulator
    ca: Path

    def rpower(self, *words: str) -> tuple[int, str, str]:
        done = self.mn.run("rpower", *words)
        return done.returncode, done.stdout, done.stderr

    def believe(self, value: str) -> None:
        typed(self.mn, f"chtab key=bmctrust site.value={value}")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("redfish")
    certificates = Certificates(folder / "authority", "bmcs")
    files = folder / "bmcs"
    files.mkdir()
    with emulator(10, files, certificates.server("bmcs")) as bmcs, alone(folder / "mn") as mn:
        typed(mn, "chtab key=openbmc passwd.username=admin passwd.password=secret")
        for number in range(10):
            where = f"openbmc.bmc={bmcs.host}:{bmcs.port}{bmcs.path(number)}"
            method = "redfish" if number % 2 else "openbmc"
            typed(mn, f"nodeadd r{number} groups=rack nodehm.mgt={method} {where}")
        yield Room(mn, bmcs, certificates.ca)


def test_a_certificate_of_a_stranger_is_refused_until_the_site_says_otherwise(room: Room) -> None:
    status, out, err = room.rpower("r1", "stat")
    assert (status, out) == (1, "")
    assert f"the certificate of {room.bmcs.host}:{room.bmcs.port} is not trusted: " in err
    pin = err.partition("SHA-256 ")[2][:64]
    pins = room.ca.with_name("pins")
    pins.write_text(f"{room.bmcs.host} {pin}\n")
    for value in ("any", f"pins:{pins}", f"ca:{room.ca}"):
        room.believe(value)
        assert room.rpower("r1", "stat") == (0, "r1: off\n", "")


def test_a_rack_is_asked_at_once_and_wrong_ones_are_told(room: Room) -> None:
    room.believe(f"ca:{room.ca}")
    typed(
        room.mn,
        f"nodeadd gone groups=odd nodehm.mgt=redfish openbmc.bmc={room.bmcs.host}:{room.bmcs.port}/redfish/v1/x",
    )
    typed(
        room.mn,
        f"nodeadd wrong groups=odd nodehm.mgt=openbmc openbmc.bmc={room.bmcs.host}:{room.bmcs.port}"
        f"{room.bmcs.path(0)} openbmc.username=admin openbmc.password=wrong-one",
    )
    status, out, err = room.rpower("rack,odd", "stat")
    assert status == 1
    assert sorted(out.splitlines()) == [f"r{number}: off" for number in range(10)]
    gone, wrong = sorted(err.splitlines())
    assert "has no /redfish/v1/x: correct the path in openbmc.bmc" in gone
    assert 'does not let in the user "admin" with this password' in wrong
    assert "wrong-one" not in err


@pytest.mark.endurance
def test_a_node_is_turned_on(room: Room) -> None:
    room.believe(f"ca:{room.ca}")
    room.rpower("r2", "on")  # the emulator may take as long as rpower waits
    until(lambda: room.rpower("r2", "stat") == (0, "r2: on\n", ""), "the end of the order")
