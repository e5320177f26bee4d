"""When a host takes the messages of others."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import nodes
from tests.unit.services.places import place
from xcatd.errors import ServiceError
from xcatd.services.kept.syslog import Syslog
from xcatd.services.place import Place


def host(value: str, *, row: bool = True) -> Place:
    return place(
        nodelist=nodes(sn1="service"),
        servicenode=[{"node": "service" if row else "other", "ipforward": "0"}],
        site=[{"key": "svloglocal", "value": value}],
    )


@pytest.mark.parametrize(("value", "wanted"), [("", ""), ("0", "1"), ("1", "1"), ("no", "1"), (" yes ", "1")])
def test_the_site_key_asks_for_it(value: str, wanted: str) -> None:
    assert Syslog().wanted(host(value)) == wanted


def test_a_host_without_a_row_is_left_alone() -> None:
    assert Syslog().wanted(host("1", row=False)) == ""


def test_a_value_without_meaning() -> None:
    with pytest.raises(ServiceError, match=r"site\.svloglocal is 'mn1': set it to 1 or 0"):
        Syslog().wanted(host("mn1"))


def test_an_old_set_up_of_xcat_is_in_the_way() -> None:
    with pytest.raises(ServiceError, match=r"/etc/rsyslog.conf has rsyslog listen to the network itself \(line 2\)"):
        Syslog().render(host("1"), "1", lambda path: "#\n$UDPServerRun 514\n" if path.name == "rsyslog.conf" else "")
