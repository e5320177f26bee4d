"""A small cluster with a bit of everything that an inventory must say."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk


@pytest.fixture
async def cluster(desk: Desk) -> Desk:
    """Two nodes and a group, one of them with several switch ports and a stale row; a password; an image; a network."""
    await desk.fill(
        policy=[],
        nodelist=[{"node": "n1", "groups": "compute,all"}, {"node": "n2", "groups": "compute,all"}],
        nodehm=[{"node": "compute", "mgt": "ipmi", "comments": "all of them"}, {"node": "n2", "serialport": "0"}],
        ipmi=[
            {"node": "n1", "bmc": "10.1.0.1", "username": "admin", "password": "geheim"},
            {"node": "compute", "password": "secret"},
        ],
        openbmc=[{"node": "n2", "bmc": "10.9.0.2"}],
        switch=[
            {"node": "n1", "switch": "sw1", "port": "1"},
            {"node": "n1", "switch": "sw1", "port": "2", "vlan": "7"},
            {"node": "n2", "switch": "sw1", "port": "3"},
        ],
        vpd=[{"node": "n2", "serial": "4711", "disable": "1"}],
        postscripts=[{"node": "xcatdefaults", "postscripts": "syslog,remoteshell"}],
        site=[{"key": "domain", "value": "example.org"}, {"key": "master", "value": "10.0.0.1", "comments": "eth1"}],
        osimage=[{"imagename": "rh", "imagetype": "linux", "osvers": "rhels9"}],
        linuximage=[{"imagename": "rh", "template": "/install/rh.tmpl"}],
        networks=[{"netname": "mgmt", "net": "10.0.0.0", "mask": "255.0.0.0"}],
        passwd=[{"key": "system", "username": "root", "password": "cluster"}],
        litefile=[{"image": "ALL", "file": "/etc/hosts", "options": "rw"}],
    )
    return desk
