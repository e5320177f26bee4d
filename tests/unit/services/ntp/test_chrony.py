"""chrony.conf, family by family."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

import pytest

from xcatd.services.distribution import Family
from xcatd.services.ntp.chrony import LAYOUTS, Settings, dropin, may_set_clock, rendered

FIRST = "# Written by xcatd (servicenode.ntpserver). It is written anew when the tables change.\n"
ALLOWED = [ip_network("10.0.0.0/16"), ip_network("fd05::/64")]
REST: Mapping[Family, tuple[str, str]] = {
    Family.DEBIAN: (
        "/var/lib/chrony/chrony.drift",
        "keyfile /etc/chrony/chrony.keys\nntsdumpdir /var/lib/chrony\nconfdir /etc/chrony/conf.d\n",
    ),
    Family.REDHAT: ("/var/lib/chrony/drift", "keyfile /etc/chrony.keys\nntsdumpdir /var/lib/chrony\n"),
    Family.SUSE: ("/var/lib/chrony/drift", "keyfile /etc/chrony.keys\n"),
}


@pytest.mark.parametrize("family", list(Family))
def test_a_service_node(family: Family) -> None:
    drift, more = REST[family]
    layout = LAYOUTS[family]
    settings = Settings(["10.0.0.1"], False, ALLOWED, True, Path("/") / layout.drift, layout.more)
    assert rendered(settings) == (
        f"{FIRST}server 10.0.0.1 iburst\ndriftfile {drift}\n{more}makestep 1.0 3\nrtcsync\n"
        "allow 127.0.0.1\nallow 10.0.0.0/16\nallow fd05::/64\n"
    )


def test_a_management_node_goes_by_its_own_clock_below_a_root() -> None:
    settings = Settings([], True, (), False, Path("/r/var/lib/chrony/drift"), below=Path("/r"))
    assert rendered(settings) == (
        f"{FIRST}local stratum 10\ndriftfile /r/var/lib/chrony/drift\nmakestep 1.0 3\nallow 127.0.0.1\n"
        "pidfile /r/run/chrony/chronyd.pid\ncmdport 0\nbindcmdaddress /\n"
    )


def test_who_may_set_the_clock() -> None:
    assert may_set_clock("Name:\tinit\nCapEff:\t000001ffffffffff\n")
    assert not may_set_clock("CapEff:\t00000000a80c25fb\n")
    assert not may_set_clock("")


def test_the_unit_of_a_container_keeps_the_options_of_the_site() -> None:
    text = dropin("DAEMON_OPTS")
    assert "\nExecStart=\nExecStart=!/usr/sbin/chronyd -x $DAEMON_OPTS\n" in text
    assert "[Unit]\nConditionCapability=\n" in text
