"""What kernels are told, by distribution and by what the tables say of a node."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import world
from xcatd.services.boot.action import Kind, Step
from xcatd.services.boot.arguments import Site, of_genesis, of_image, site_of
from xcatd.services.boot.image import Image
from xcatd.services.boot.machine import Machine, machines

ROOT = "/install/netboot/r/rootimg.sfs"


def machine(**values: str) -> Machine:
    """A node with these values of tables, `table__column`."""
    rows: dict[str, dict[str, str]] = {"nodelist": {"node": "n1", "groups": "all"}, "mac": {"mac": "02:00:00:00:00:01"}}
    for name, text in values.items():
        table, _, column = name.partition("__")
        rows.setdefault(table, {})[column] = text
    made = world(**{table: [{"node": "n1", **row}] for table, row in rows.items()})
    return next(iter(machines(made, ["n1"], lambda name: {"sn1": "10.0.0.2"}.get(name, name))))


def image(os: str, method: str = "install", **more: str) -> Image:
    tree = f"/install/{os}/x86_64"
    return Image("i", method, os, "x86_64", "compute", tree, "/install/netboot/r", more.get("arguments", ""))


@pytest.mark.parametrize(
    "os, words",
    [
        (
            "debian12.5.0",
            "auto=true priority=critical url=http://!myipfn!/install/autoinst/n1 interface=auto "
            "hostname=n1 netcfg/no_default_route=true netcfg/get_nameservers=",
        ),
        (
            "ubuntu22.04.3",
            "boot=casper netboot=nfs nfsroot=!myipfn!:/install/ubuntu22.04.3/x86_64 ip=dhcp autoinstall "
            "ds=nocloud-net;s=http://!myipfn!/install/autoinst/n1/",
        ),
        (
            "rhels9.4.0",
            "inst.repo=http://!myipfn!/install/rhels9.4.0/x86_64 inst.ks=http://!myipfn!/install/autoinst/n1 ip=dhcp",
        ),
        (
            "rhels6.10",
            "ks=http://!myipfn!/install/autoinst/n1 method=http://!myipfn!/install/rhels6.10/x86_64 ksdevice=bootif",
        ),
        (
            "sle15.5",
            "autoyast=http://!myipfn!/install/autoinst/n1 install=http://!myipfn!/install/sle15.5/x86_64/1 netsetup=dhcp "
            "textmode=1",
        ),
    ],
)
def test_installers(os: str, words: str) -> None:
    assert of_image(image(os), machine(), Site(), "") == words


def test_what_the_tables_add() -> None:
    node = machine(
        noderes__xcatmaster="sn1",
        noderes__nfsserver="10.0.0.9",
        noderes__installnic="eth1",
        nodehm__serialport="1",
        nodehm__serialspeed="115200",
        nodehm__serialflow="hard",
        bootparams__addkcmdline="debug\n R::later",
    )
    site = site_of(world(site=[{"key": "httpport", "value": "8080"}, {"key": "nodestatus", "value": "n"}]).snapshot)
    assert of_image(image("rocky9.4", arguments="quiet R::crashkernel=auto"), node, site, "") == (
        "quiet inst.repo=http://10.0.0.9:8080/install/rocky9.4/x86_64 inst.ks=http://10.0.0.2:8080/install/autoinst/n1 "
        "ip=eth1:dhcp XCATHTTPPORT=8080 console=tty0 console=ttyS1,115200n8r debug"
    )
    assert of_image(image("rocky9.4", "netboot"), node, site, ROOT) == (
        f"imgurl=http://10.0.0.9:8080{ROOT} XCAT=10.0.0.2:3001 NODE=n1 ifname=eth1:02:00:00:00:00:01 netdev=eth1 "
        "nonodestatus XCATHTTPPORT=8080 console=tty0 console=ttyS1,115200n8r debug"
    )


def test_statelite() -> None:
    node = machine(
        noderes__nfsserver="10.0.0.9", statelite__statemnt="$noderes.nfsserver:/state", statelite__mntopts="vers=3"
    )
    assert of_image(image("rocky9.4", "statelite"), node, Site(), "").startswith(
        "root=nfs:10.0.0.9:/install/netboot/r/rootimg:ro STATEMNT=10.0.0.9:/state MNTOPTS=vers=3 XCAT=!myipfn!:3001 NODE=n1"
    )
    for nfsdir, folder in (("/export", "/export/netboot/rocky9.4/x86_64/compute"), ("//export/img", "/export/img")):
        words = of_image(image("rocky9.4", "statelite"), machine(noderes__nfsdir=nfsdir), Site(), "")
        assert words.startswith(f"root=nfs:!myipfn!:{folder}/rootimg:ro ")


def test_the_list_of_folders_of_a_statelite_node() -> None:
    node = machine(noderes__tftpserver="10.0.0.7", noderes__nfsserver="10.0.0.9")
    words = of_image(image("rocky9.4", "statelite"), node, Site(), "", has_trees=True)
    assert words.endswith(" LITETREE=http://10.0.0.7/tftpboot/xcat/statelite/n1")


def test_the_small_boot_image() -> None:
    words = of_genesis(
        Step(Kind.RUNCMD, "bmcsetup -x"), machine(nodetype__arch="ppc64le", nodehm__serialport="0"), Site()
    )
    assert words == 'quiet xcatd=!myipfn!:3001 NODE=n1 "destiny=runcmd=bmcsetup -x" console=tty0 console=hvc0'
