"""The time server of a host, family by family."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.objects.worlds import nodes
from tests.unit.services.places import place
from xcatd.errors import ServiceError
from xcatd.services.distribution import Family
from xcatd.services.kept.ntpserver import NtpServer
from xcatd.services.place import Place

RIGHTS = "CapEff:\t000001ffffffffff\n"
CONF = {
    Family.DEBIAN: "/etc/chrony/chrony.conf",
    Family.REDHAT: "/etc/chrony.conf",
    Family.SUSE: "/etc/chrony.conf",
}


def now(path: Path) -> str:
    return RIGHTS if path == Path("/proc/1/status") else ""


def host(root: str = "/", family: Family = Family.DEBIAN, *, is_master: bool = False, **keys: str) -> Place:
    return place(
        Path(root),
        family=family,
        is_master=is_master,
        nodelist=nodes(sn1="service"),
        networks=[{"netname": "up", "net": "10.0.0.0", "mask": "255.255.0.0"}],
        site=[{"key": key, "value": value} for key, value in keys.items()],
    )


@pytest.mark.parametrize("family", list(Family))
def test_the_distributions_file_is_replaced_and_kept(family: Family) -> None:
    rendered = NtpServer().render(host(family=family, master="10.0.0.1"), "1", now)
    ((path, file),) = rendered.files.items()
    assert (str(path), file.keeps, rendered.folders) == (CONF[family], True, ())
    assert file.text is not None
    assert "\nserver 10.0.0.1 iburst\n" in file.text
    assert "\nrtcsync\n" in file.text
    assert "\nallow 10.0.0.0/16\n" in file.text
    assert "local stratum" not in file.text


def test_a_management_node_asks_servers_outside() -> None:
    there = host(is_master=True, extntpservers="a.ntp.example, 192.0.2.1")
    text = NtpServer().render(there, "1", now).files[Path(CONF[Family.DEBIAN])].text
    assert text is not None
    assert "\nserver a.ntp.example iburst\nserver 192.0.2.1 iburst\nlocal stratum 10\n" in text


def test_below_a_root_the_clock_is_not_its_own() -> None:
    program = NtpServer().program(host("/r"), "1")
    assert program.words == ("chronyd", "-d", "-f", "/r/etc/chrony/chrony.conf", "-x", "-u", "root")


def test_nobody_is_known_who_has_the_time() -> None:
    with pytest.raises(ServiceError, match=r"set site\.master or site\.ntpservers"):
        NtpServer().render(host(), "1", now)


def test_what_concerns_it() -> None:
    service = NtpServer()
    assert service.concerns({"site": frozenset({"extntpservers"})})
    assert service.concerns({"networks": None})
    assert not service.concerns({"site": frozenset({"domain"})})
    assert not service.concerns({"nodehm": None})
