"""mypostscript: what a node's shell gets."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import Rows
from tests.unit.services.postscripts.sheets import environment, here, site, text
from xcatd.errors import NotFound, ServiceError

NET: Rows = [{"netname": "net", "net": "10.0.0.0", "mask": "255.255.0.0", "gateway": "<xcatmaster>"}]


def test_the_values_of_a_node() -> None:
    made = here(
        own=["192.168.0.1", "10.0.0.1"],
        networks=NET,
        hosts=[{"node": "n1", "ip": "10.0.1.1"}],
        nodetype=[{"node": "compute", "os": "rhels9.4", "arch": "x86_64", "provmethod": "img"}],
        mac=[{"node": "n1", "mac": "02:00:00:00:00:01!*NOIP*|02:00:00:00:00:02"}],
        chain=[{"node": "n1", "currstate": "netboot rhels9.4-x86_64-compute"}],
        nics=[{"node": "n1", "nicips": "eth1!10.1.0.1|10.1.0.2"}],
        switch=[{"node": "n1", "switch": "s", "port": "1", "vlan": "7"}],
        noderes=[{"node": "n1", "monserver": "sn1,sn1-c"}],
        cfgmgt=[{"node": "n1", "roles": "web,db"}],
    )
    wanted = {
        "NODE": "n1",
        "GROUP": "compute,all",
        "MASTER": "10.0.0.1",
        "MASTER_IP": "10.0.0.1",
        "NODEIP": "10.0.1.1",
        "OSVER": "rhels9.4",
        "PROVMETHOD": "img",
        "NTYPE": "compute",
        "NODESETSTATE": "netboot",
        "UPDATENODE": "0",
        "MACADDRESS": "02:00:00:00:00:01",
        "ENABLESSHBETWEENNODES": "YES",
        "ZONENAME": "",
        "NICIPS": "eth1!10.1.0.1|10.1.0.2",
        "NETMASK": "255.255.0.0",
        "GATEWAY": "10.0.0.1",
        "VLANID": "7",
        "MONSERVER": "sn1",
        "MONMASTER": "sn1-c",
        "CFGMGTROLES": "web,db",
        "NETWORKS_LINES": "1",
    }
    assert environment(text(made), *wanted) == wanted
    (line,) = environment(text(made), "NETWORKS_LINE1").values()
    assert line.startswith("netname=net||net=10.0.0.0||mask=255.255.0.0||") and line.rpartition("||")[2] == "comments="


@pytest.mark.parametrize(
    "own, master, xcatmaster, wanted",
    [
        (["10.0.0.1"], "mn", "sn1-c", "sn1-c"),
        (["10.0.0.1", "10.0.0.9"], "10.0.0.9", "", "10.0.0.9"),
        (["10.0.0.1", "10.0.0.9"], "mn", "", "10.0.0.1"),
        (["192.168.0.1"], "mn", "", "mn"),
        ([], "", "", ""),
    ],
)
def test_the_server_of_a_node(own: list[str], master: str, xcatmaster: str, wanted: str) -> None:
    made = here(
        own=own,
        networks=NET,
        site=site(master=master),
        hosts=[{"node": "n1", "ip": "10.0.1.1"}],
        noderes=[{"node": "compute", "xcatmaster": xcatmaster}],
    )
    assert environment(text(made), "MASTER") == {"MASTER": wanted}


@pytest.mark.parametrize(
    "monserver, wanted",
    [("mon", ("mon", "mon")), ("mon,mon-c", ("mon", "mon-c")), ("sn1,sn2", ("sn1", "sn1")), ("a,b,c", ("a", "a"))],
)
def test_the_monitoring_server_may_be_one_or_a_pool(monserver: str, wanted: tuple[str, str]) -> None:
    made = here(noderes=[{"node": "n1", "servicenode": "sn1,sn2", "monserver": monserver}])
    found = environment(text(made), "MONSERVER", "MONMASTER")
    assert (found["MONSERVER"], found["MONMASTER"]) == wanted


def test_the_scripts_stand_within_their_marks() -> None:
    made = here(
        nodetype=[{"node": "n1", "provmethod": "img"}],
        osimage=[{"imagename": "img", "postbootscripts": "otherpkgs"}],
        postscripts=[{"node": "xcatdefaults", "postscripts": "syslog"}, {"node": "n1", "postscripts": "a b"}],
    )
    lines = text(made).splitlines()
    start = lines.index("# postscripts-start-here")
    assert lines[start:] == [
        "# postscripts-start-here",
        "# defaults-postscripts-start-here",
        "syslog",
        "# defaults-postscripts-end-here",
        "# osimage-postscripts-start-here",
        "# osimage-postscripts-end-here",
        "# node-postscripts-start-here",
        "a b",
        "# node-postscripts-end-here",
        "# postscripts-end-here",
        "# postbootscripts-start-here",
        "# defaults-postbootscripts-start-here",
        "# defaults-postbootscripts-end-here",
        "# osimage-postbootscripts-start-here",
        "otherpkgs",
        "# osimage-postbootscripts-end-here",
        "# node-postbootscripts-start-here",
        "# node-postbootscripts-end-here",
        "# postbootscripts-end-here",
    ]


def test_routes_keep_their_names() -> None:
    made = here(
        noderes=[{"node": "n1", "routenames": "r-1,R2"}],
        routes=[
            {"routename": "r-1", "net": "10.9.0.0", "mask": "255.255.0.0", "gateway": "10.0.0.1"},
            {"routename": "R2", "net": "fd00::", "mask": "64", "gateway": "fd01::1", "ifname": "eth0"},
        ],
    )
    assert environment(text(made), "NODEROUTENAMES", "ROUTE_r_1", "ROUTE_R2") == {
        "NODEROUTENAMES": "r-1,R2",
        "ROUTE_r_1": "10.9.0.0,255.255.0.0,10.0.0.1,",
        "ROUTE_R2": "fd00::,64,fd01::1,eth0",
    }


def test_a_route_that_there_is_not_is_named() -> None:
    made = here(noderes=[{"node": "n1", "routenames": "nosuch"}])
    with pytest.raises(ServiceError, match=r"noderes\.routenames of n1 has nosuch"):
        text(made)


@pytest.mark.parametrize(
    "rows, zones, wanted",
    [
        ({"sshbetweennodes": "NOGROUPS"}, [], "NO"),
        ({"sshbetweennodes": "x,compute"}, [], "YES"),
        ({"sshbetweennodes": "x"}, [], "NO"),
        ({"sshbetweennodes": "NOGROUPS"}, [{"zonename": "z", "defaultzone": "yes"}], "YES"),
        ({}, [{"zonename": "z", "defaultzone": "1", "sshbetweennodes": "no"}], "NO"),
    ],
)
def test_who_may_log_in_to_others(rows: dict[str, str], zones: Rows, wanted: str) -> None:
    assert environment(text(here(site=site(**rows), zone=zones)), "ENABLESSHBETWEENNODES") == {
        "ENABLESSHBETWEENNODES": wanted
    }


def test_no_text_of_the_tables_is_run() -> None:
    evil = "x'; touch /tmp/evil; $(touch /tmp/evil) `touch /tmp/evil` \"\n touch /tmp/evil\n"
    made = here(
        nodetype=[{"node": "n1", "os": evil, "provmethod": "img"}],
        networks=[{"netname": evil, "net": "10.0.0.0", "mask": "255.0.0.0"}],
        osimage=[{"imagename": "img", "environvar": f"A={evil}"}],
        site=site(domain=evil),
    )
    flat = evil.replace("\n", " ").strip()
    assert environment(text(made), "OSVER", "DOMAIN", "A") == {
        "OSVER": flat,
        "DOMAIN": flat,
        "A": flat,
    }


def test_a_node_that_there_is_not_is_named() -> None:
    with pytest.raises(NotFound, match="There is no node nosuch"):
        text(here(), "nosuch")
