"""A host's own side of enrolment: where the daemon is, and what the host says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcat_certs.enrol import enrol, master_of, own_macs, own_uuid
from xcat_certs.errors import Refused, Unusable


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("mn1", ("mn1", 3001)),
        ("mn1.c.net:3005", ("mn1.c.net", 3005)),
        ("10.0.0.1", ("10.0.0.1", 3001)),
        ("[fd00::1]:3005", ("fd00::1", 3005)),
        ("[fd00::1]", ("fd00::1", 3001)),
    ],
)
def test_where_the_daemon_is(text: str, place: tuple[str, int]) -> None:
    master = master_of(text, Path("ca.pem"))
    assert (master.host, master.port) == place


@pytest.mark.parametrize("text", ["", "mn1:", "mn1:port", "fd00::1"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(Refused, match="is no address"):
        master_of(text, Path("ca.pem"))


def test_what_a_host_is(tmp_path: Path) -> None:
    for name, mac in (("eth0", "02:00:00:00:00:01"), ("lo", "00:00:00:00:00:00"), ("ib0", "")):
        path = tmp_path / "sys/class/net" / name / "address"
        path.parent.mkdir(parents=True)
        path.write_text(f"{mac}\n")
    assert own_macs(tmp_path) == ["02:00:00:00:00:01"]
    assert own_uuid(tmp_path) == ""
    (tmp_path / "sys/class/dmi/id").mkdir(parents=True)
    (tmp_path / "sys/class/dmi/id/product_uuid").write_text("4C4C\n")
    assert own_uuid(tmp_path) == "4C4C"


def test_a_daemon_that_is_away_and_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="the authority's certificate"):
        enrol(master_of("127.0.0.1:1", tmp_path / "ca.pem"), "cn1", "token", b"")
    (tmp_path / "ca.pem").write_text("nonsense")
    with pytest.raises(Unusable, match="cannot be asked"):
        enrol(master_of("127.0.0.1:1", tmp_path / "ca.pem"), "cn1", "token", b"")
