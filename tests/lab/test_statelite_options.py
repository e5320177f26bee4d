"""A node whose root file system is a folder of an NFS server, with all kinds of files of its own: no service node, no loader."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import netbootroot
from tests.helpers.alone import typed, until
from tests.helpers.disklesssite import DisklessSite, diskless_site
from tests.helpers.scripts import FOLDER as SCRIPTS
from xcatd.services.rootimg.initrd import InitrdSpec, make_initrds

IMAGE = "debian12-x86_64-statelite-compute"
FOLDER = "install/netboot/debian12/x86_64/compute"
OWN_RUN = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs run /run && exec "$@"', "sh")
"""rpcbind has a socket in /run: this one is for the site alone."""
LITEFILE = {
    **dict.fromkeys(("/var/", "/tmp/", "/etc/ssh/", "/root/"), "tmpfs"),
    "/etc/resolv.conf": "tmpfs",
    "/var/lib/kept/": "persistent",
    "/etc/motd": "link",
    "/usr/share/common-licenses/": "ro",
}
IDLE = ("ssh.service", "rpcbind.service", "rpcbind.socket", "nfs-client.target", "apt-daily.timer", "fstrim.timer")
"""What the image has no use for here."""
BOOT = 300.0
SCRIPT = """\
#!/bin/sh
echo "once more" >>/var/lib/kept/boots
{ echo "seen: $(wc -l </var/lib/kept/boots) boots; $(cat /etc/motd)"
touch /usr/new 2>&1; touch /usr/share/common-licenses/new 2>&1; } | tee /dev/console
"""


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[DisklessSite]:
    with diskless_site(folder, OWN_RUN) as made:
        _without_grace(made.mn.root / "etc/ganesha/ganesha.conf")
        _image(made)
        _tables(made)
        yield made


def _without_grace(file: Path) -> None:
    """A server that has just been started waits for clients that it had before: 90 s, in which nobody opens a file."""
    file.parent.mkdir(parents=True)
    file.write_text("NFSV4 { Graceless = true; }\n")


def _image(site: DisklessSite) -> None:
    folder = site.mn.root / FOLDER
    folder.mkdir(parents=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(netbootroot.root()), str(folder / "rootimg")], check=True)
    for unit in IDLE:
        (folder / "rootimg/etc/systemd/system" / unit).unlink(missing_ok=True)
        (folder / "rootimg/etc/systemd/system" / unit).symlink_to("/dev/null")
    make_initrds(InitrdSpec(folder / "rootimg", folder, "x86_64", ("statelite",)), lambda line: None)
    scripts = site.install / "postscripts"
    shutil.copytree(SCRIPTS, scripts, dirs_exist_ok=True)
    (scripts / "count").write_text(SCRIPT)
    (scripts / "count").chmod(0o755)
    trees = site.mn.root / "srv/trees/n1"
    for name, text in {"etc/motd": "from the tree", "usr/share/common-licenses/own": "l"}.items():
        (trees / name).parent.mkdir(parents=True)
        (trees / name).write_text(text)


def _tables(site: DisklessSite) -> None:
    typed(
        site.mn,
        f"mkdef -t osimage {IMAGE} provmethod=statelite osvers=debian12 osarch=x86_64 profile=compute imagetype=linux "
        f"osname=Linux rootimgdir=/{FOLDER}",
        *(f"chtab image=ALL,file={path} litefile.options={option}" for path, option in LITEFILE.items()),
        "chtab priority=1 litetree.image=ALL litetree.directory=$noderes.xcatmaster:/srv/trees/$node",
        "chtab node=compute statelite.statemnt=$noderes.xcatmaster:/srv/state",
        "chtab key=precreatemypostscripts site.value=1",
        "chtab key=system,username=root passwd.password=cluster",
        "chtab node=xcatdefaults postscripts.postscripts=count postscripts.postbootscripts=",
        "chtab net=10.78.0.0 networks.netname=rack networks.mask=255.255.255.0",
        "nodeadd mn1 groups=mgmt",
        "chtab node=mn1 servicenode.nfsserver=1",
    )
    until(lambda: re.search("nfsserver +on +running", site.mn.run("xcatstatus", "mn1").stdout), "the NFS server")


def test_a_node_keeps_its_files(site: DisklessSite) -> None:
    typed(site.mn, f"liteimg {IMAGE}", f"nodeset n1 osimage={IMAGE}")
    for number in (1, 2):
        with site.machine(1, site.set_by_nodeset(1)) as machine:
            machine.says(f"seen: {number} boots; from the tree\n", BOOT)
            machine.says("'/usr/new': Read-only file system")
            machine.says("'/usr/share/common-licenses/new': Read-only file system")
            until(lambda: "booted" in typed(site.mn, "nodels n1 nodelist.status"), "the node's report", BOOT)
        typed(site.mn, "chtab node=n1 nodelist.status=")
    assert (site.mn.root / "srv/state/n1/var/lib/kept/boots").read_text() == "once more\n" * 2
    assert list((site.mn.root / "srv/state/n1").iterdir()) == [site.mn.root / "srv/state/n1/var"]
