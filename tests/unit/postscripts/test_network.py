"""confignetwork: the files of each program that configures networks. netplan looks at its own; systemd-networkd runs in
tests/integration."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.helpers.scripts import Image, image

GIVEN = {
    "NETWORKS_LINES": "3",
    "NETWORKS_LINE1": "netname=app||net=10.1.0.0||mask=255.255.0.0||gateway=||comments=",
    "NETWORKS_LINE2": "netname=six||net=fd00::||mask=/64||gateway=||comments=x",
    "NETWORKS_LINE3": "netname=all||net=10.0.0.0||mask=255.0.0.0||gateway=<xcatmaster>||comments=",
    "NICIPS": "eth1!10.1.0.7|fd00::7,eth1.5!10.2.0.7,bond0!10.3.0.7",
    "NICNETWORKS": "eth1!app|six",
    "NICTYPES": "eth1!Ethernet,eth1.5!vlan,bond0!bond",
    "NICDEVICES": "bond0!eth2|eth3",
    "NICEXTRAPARAMS": "eth1!MTU=9000,bond0!mode=802.3ad",
}


def lines(made: Image, inside: str) -> list[str]:
    return [line for line in made.text(inside).splitlines() if line and not line.startswith("#")]


@pytest.fixture
def made(tmp_path: Path) -> Image:
    return image(tmp_path)


def test_networkd(made: Image) -> None:
    made.done("confignetwork", XCAT_NETWORK="networkd", **GIVEN)
    folder = "/etc/systemd/network/60-xcat-"
    assert lines(made, f"{folder}eth1.network") == [
        "[Match]",
        "Name=eth1",
        "[Network]",
        "Address=10.1.0.7/16",
        "Address=fd00::7/64",
        "VLAN=eth1.5",
        "[Link]",
        "MTUBytes=9000",
    ]
    assert lines(made, f"{folder}eth1.5.netdev") == ["[NetDev]", "Name=eth1.5", "Kind=vlan", "[VLAN]", "Id=5"]
    assert lines(made, f"{folder}eth1.5.network")[-1] == "Address=10.2.0.7/8"
    assert "Mode=802.3ad" in lines(made, f"{folder}bond0.netdev")
    assert lines(made, f"{folder}eth3.network")[-1] == "Bond=bond0"
    assert made.done("confignetwork", XCAT_NETWORK="networkd", **GIVEN) == ["nothing to do"]


def test_a_vlan_leaves_the_settings_of_its_interface(made: Image) -> None:
    made.put("/etc/systemd/network/10-lan.network", "[Match]\nName=eth0\n[Network]\nDHCP=yes\n")
    given = {**GIVEN, "NICIPS": "eth0.5!10.1.0.7", "NICTYPES": "eth0.5!vlan", "NICDEVICES": ""}
    made.done("confignetwork", XCAT_NETWORK="networkd", **given)
    assert lines(made, "/etc/systemd/network/10-lan.network.d/xcat-eth0.5.conf") == ["[Network]", "VLAN=eth0.5"]
    assert not (made.root / "etc/systemd/network/60-xcat-eth0.network").exists()


def test_networkmanager(made: Image) -> None:
    made.done("confignetwork", XCAT_NETWORK="NetworkManager", **GIVEN)
    folder = "/etc/NetworkManager/system-connections/xcat-"
    assert lines(made, f"{folder}eth1.nmconnection") == [
        "[connection]",
        "id=xcat-eth1",
        "type=ethernet",
        "interface-name=eth1",
        "autoconnect=true",
        "[ethernet]",
        "mtu=9000",
        "[ipv4]",
        "address1=10.1.0.7/16",
        "method=manual",
        "[ipv6]",
        "address1=fd00::7/64",
        "method=manual",
    ]
    assert made.mode(f"{folder}eth1.nmconnection") == 0o600
    assert lines(made, f"{folder}eth1.5.nmconnection")[5:8] == ["[vlan]", "parent=eth1", "id=5"]
    assert lines(made, f"{folder}eth2.nmconnection")[-2:] == ["master=bond0", "slave-type=bond"]
    assert made.done("confignetwork", XCAT_NETWORK="NetworkManager", **GIVEN) == ["nothing to do"]


def test_netplan(made: Image) -> None:
    made.done("confignetwork", XCAT_NETWORK="netplan", **GIVEN)
    assert made.mode("/etc/netplan/90-xcat.yaml") == 0o600
    assert yaml.safe_load(made.text("/etc/netplan/90-xcat.yaml")) == {
        "network": {
            "version": 2,
            "ethernets": {"eth1": {"addresses": ["10.1.0.7/16", "fd00::7/64"], "mtu": 9000}, "eth2": {}, "eth3": {}},
            "bonds": {
                "bond0": {
                    "addresses": ["10.3.0.7/8"],
                    "interfaces": ["eth2", "eth3"],
                    "parameters": {"mode": "802.3ad", "mii-monitor-interval": 100},
                }
            },
            "vlans": {"eth1.5": {"addresses": ["10.2.0.7/8"], "id": 5, "link": "eth1"}},
        }
    }
    judged = subprocess.run(
        ["netplan", "generate", "--root-dir", str(made.root)], capture_output=True, text=True, timeout=60
    )
    assert (judged.returncode, judged.stdout, judged.stderr) == (0, "", "")
    assert "Address=fd00::7/64" in made.text("/run/systemd/network/10-netplan-eth1.network")
    assert made.done("confignetwork", XCAT_NETWORK="netplan", **GIVEN) == ["nothing to do"]


def test_wicked(made: Image) -> None:
    made.done("confignetwork", XCAT_NETWORK="wicked", **GIVEN)
    folder = "/etc/sysconfig/network/ifcfg-"
    assert lines(made, f"{folder}eth1") == [
        "STARTMODE='auto'",
        "BOOTPROTO='static'",
        "IPADDR='10.1.0.7/16'",
        "IPADDR_1='fd00::7/64'",
        "MTU='9000'",
    ]
    assert lines(made, f"{folder}eth1.5")[3:] == ["ETHERDEVICE='eth1'", "VLAN_ID='5'"]
    assert lines(made, f"{folder}bond0")[3:] == [
        "BONDING_MASTER='yes'",
        "BONDING_MODULE_OPTS='mode=802.3ad miimon=100'",
        "BONDING_SLAVE0='eth2'",
        "BONDING_SLAVE1='eth3'",
    ]
    assert made.done("confignetwork", XCAT_NETWORK="wicked", **GIVEN) == ["nothing to do"]


def test_ifupdown(made: Image) -> None:
    made.put("/etc/network/interfaces", "auto lo\niface lo inet loopback\n")
    made.done("confignetwork", XCAT_NETWORK="ifupdown", **GIVEN)
    assert made.text("/etc/network/interfaces").endswith("loopback\nsource /etc/network/interfaces.d/*\n")
    assert lines(made, "/etc/network/interfaces.d/xcat-eth1") == [
        "auto eth1",
        "iface eth1 inet static",
        "    address 10.1.0.7/16",
        "    mtu 9000",
        "iface eth1 inet6 static",
        "    address fd00::7/64",
        "    mtu 9000",
    ]
    assert "    bond-slaves eth2 eth3" in lines(made, "/etc/network/interfaces.d/xcat-bond0")
    assert made.done("confignetwork", XCAT_NETWORK="ifupdown", **GIVEN) == ["nothing to do"]


def test_the_interface_of_the_installation(made: Image) -> None:
    given = {
        **GIVEN,
        "NICIPS": "",
        "NICDEVICES": "",
        "INSTALLNIC": "eth0",
        "NODEIP": "10.4.0.9",
        "MASTER_IP": "10.0.0.1",
    }
    made.done("confignetwork", "-s", XCAT_NETWORK="networkd", **given)
    assert lines(made, "/etc/systemd/network/60-xcat-eth0.network")[3:] == ["Address=10.4.0.9/8", "Gateway=10.0.0.1"]


def test_the_sites_own_program_configures_an_interface(made: Image) -> None:
    own = made.scripts / "mynic"
    own.write_text('#!/bin/sh\necho "$#:$1"\n')
    own.chmod(0o755)
    given = {**GIVEN, "NICIPS": "ib0!10.1.0.7", "NICDEVICES": "", "NICCUSTOMSCRIPTS": "ib0!mynic * $HOME"}
    assert made.done("confignetwork", **given)[:2] == ["runs mynic * $HOME for ib0", "2:*"]


@pytest.mark.parametrize(
    "more, sentence",
    [
        ({"NICNETWORKS": "eth1!nosuch"}, "nobody knows the network of 10.1.0.7 at eth1: set nics.nicnetworks"),
        ({"NICIPS": "eth1!192.168.0.1", "NICNETWORKS": ""}, "nobody knows the network of 192.168.0.1 at eth1"),
        ({"NICIPS": "../x!10.1.0.7"}, "nics has an interface called '../x': correct it"),
        ({"XCAT_NETWORK": "magic"}, "XCAT_NETWORK is magic"),
    ],
)
def test_what_cannot_be_is_named(made: Image, more: dict[str, str], sentence: str) -> None:
    ended = made.run("confignetwork", **{**GIVEN, **more})
    assert ended.returncode == 1
    assert sentence in ended.stderr


def test_a_node_without_other_interfaces(made: Image) -> None:
    assert made.done("confignetwork") == ["table nics has nothing about this node", "nothing to do"]
