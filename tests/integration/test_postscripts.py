"""The postscripts on a real node: Debian 12 with systemd in a container, its server in another network namespace.

What RHEL's and SLES's programs would read is looked at as text in tests/unit/postscripts.
"""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.container import Container, Wishes, container
from tests.helpers.namespaces import Namespace, cable, namespaces
from tests.helpers.scripts import copied

SERVER, NODE = "10.7.0.1", "10.7.0.2"
PLACE = "/xcatpost"
VARIABLES = {
    "MASTER": SERVER,
    "MASTER_IP": SERVER,
    "NODE": "n1",
    "NODEIP": NODE,
    "DOMAIN": "c.net",
    "NETWORKS_LINES": "1",
    "NETWORKS_LINE1": "netname=app||net=10.8.0.0||mask=255.255.0.0||gateway=||comments=",
}


@dataclass(frozen=True, slots=True)
class Lab:
    """`node` runs the scripts, `server` is the namespace of its server, `folder` has files of both, `scripts` the scripts."""

    node: Container
    server: Namespace
    folder: Path
    scripts: Path

    def done(self, name: str, *words: str, **more: str) -> list[str]:
        """Run a script, which must succeed; gives its lines."""
        said = self.node.done(f"{PLACE}/{name}", *words, **{**VARIABLES, **more})
        return [line.removeprefix(f"{name}: ") for line in said.splitlines()]

    @contextlib.contextmanager
    def serving(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """A program of the server, which is stopped at the end."""
        process = subprocess.Popen(
            [*self.server.before, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)

    @contextlib.contextmanager
    def web(self, port: int, folder: Path) -> Iterator[None]:
        """The server gives these files by HTTP."""
        place = f"http://{SERVER}:{port}/"
        with self.serving(sys.executable, "-m", "http.server", str(port), "--bind", SERVER, "--directory", str(folder)):
            until(lambda: self.server_runs("curl", "-sf", place), "the web server")
            yield

    def server_runs(self, *words: str) -> bool:
        """Whether a program of the server ends well."""
        return subprocess.run([*self.server.before, *words], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("postscripts")
    scripts = copied(folder)
    (scripts / "_ssh").mkdir()
    keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", ""]
    subprocess.run([*keygen, "-C", "root@mn", "-f", str(folder / "id")], check=True)
    (scripts / "_ssh/authorized_keys").write_text((folder / "id.pub").read_text())
    with namespaces("server", "node") as (server, there):
        cable(server, there, "up0")
        cable(server, there, "eth1")
        cable(server, there, "eth2")
        server.up("up0", f"{SERVER}/16")
        server.up("eth1", "10.8.0.1/16")
        server.up("eth2")
        there.up("up0", f"{NODE}/16")
        with container(folder, there, "n1", Wishes(binds={PLACE: scripts})) as node:
            yield Lab(node, server, folder, scripts)


LISTENER = """
import socket, sys
with socket.create_server((sys.argv[1], 514)) as door, open(sys.argv[2], "wb", buffering=0) as file:
    while True:
        caller, _ = door.accept()
        while piece := caller.recv(65536):
            file.write(piece)
"""


def test_messages_arrive_at_the_server(lab: Lab) -> None:
    heard = lab.folder / "heard"
    heard.touch()
    with lab.serving(sys.executable, "-c", LISTENER, SERVER, str(heard)):
        said = lab.done("syslog")
        assert said[0] == "wrote /etc/rsyslog.d/60-xcat.conf"
        assert lab.node.state("rsyslog") == "active"
        lab.node.done("logger", "-t", "mine", "a word of the node")
        until(lambda: b"mine: a word of the node" in heard.read_bytes(), "the message")
    assert lab.done("syslog") == ["nothing to do"]


def test_settings_that_rsyslog_refuses_are_taken_back(lab: Lab) -> None:
    before = lab.node.path("/etc/rsyslog.d/60-xcat.conf").read_text()
    lab.node.path("/etc/rsyslog.d/50-bad.conf").write_text('action(type="nosuch")\n')
    ended = lab.node.run(f"{PLACE}/syslog", **{**VARIABLES, "LOGSERVERS": "10.7.0.9"})
    assert ended.returncode == 1
    assert ended.stderr.startswith("syslog: rsyslog refuses the new settings: ")
    lab.node.path("/etc/rsyslog.d/50-bad.conf").unlink()
    assert lab.node.state("rsyslog") == "active"
    lab.done("syslog")
    assert lab.node.path("/etc/rsyslog.d/60-xcat.conf").read_text() == before


def test_root_of_the_server_comes_in_by_its_key(lab: Lab) -> None:
    lab.node.path("/root/.ssh").mkdir(mode=0o755, exist_ok=True)
    lab.node.path("/root/.ssh/authorized_keys").write_text("ssh-rsa AAAA somebody\n")
    config = lab.node.path("/etc/ssh/sshd_config")
    config.write_text(f"PermitRootLogin no\n{config.read_text()}")
    lab.done("remoteshell")
    known = lab.folder / "known"
    key = lab.node.path("/etc/ssh/ssh_host_ed25519_key.pub").read_text()
    known.write_text(f"{NODE} {key}")
    options = (
        "-F",
        "/dev/null",
        "-i",
        str(lab.folder / "id"),
        "-o",
        f"UserKnownHostsFile={known}",
        "-o",
        "BatchMode=yes",
    )
    done = subprocess.run(
        [*lab.server.before, "ssh", *options, f"root@{NODE}", "cat /etc/hostname"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "n1\n"), done.stderr
    assert lab.node.path("/root/.ssh/authorized_keys").read_text().startswith("ssh-rsa AAAA somebody\n")
    assert lab.done("remoteshell") == ["nothing to do"]


def test_the_clock_asks_the_server(lab: Lab) -> None:
    said = lab.done("setupntp", TIMEZONE="")
    assert said[0] == "wrote /etc/chrony/chrony.conf"
    assert lab.node.state("chrony") == "active"
    assert SERVER in lab.node.done("chronyc", "-n", "sources")
    assert lab.done("setupntp", TIMEZONE="") == ["nothing to do"]


def test_the_resolver_asks_the_server(lab: Lab) -> None:
    lab.done("mkresolvconf")
    assert lab.node.path("/etc/resolv.conf").read_text().splitlines()[1:] == ["search c.net", f"nameserver {SERVER}"]
    assert lab.done("mkresolvconf") == ["nothing to do"]


def addresses(lab: Lab, interface: str) -> str:
    return lab.node.run("ip", "-o", "address", "show", "dev", interface).stdout


def test_other_interfaces_get_their_addresses_from_networkd(lab: Lab) -> None:
    given = {
        "NICIPS": "eth1!10.8.0.2,br0!10.8.7.2",
        "NICTYPES": "br0!bridge",
        "NICDEVICES": "br0!eth2",
        "NICEXTRAPARAMS": "eth1!MTU=1400",
        "XCAT_NETWORK": "networkd",
    }
    said = lab.done("confignetwork", **given)
    assert "wrote /etc/systemd/network/60-xcat-eth1.network" in said
    until(lambda: "10.8.0.2/16" in addresses(lab, "eth1"), "the address")
    until(lambda: "mtu 1400" in lab.node.run("ip", "link", "show", "eth1").stdout, "the MTU")
    until(lambda: "10.8.7.2/16" in addresses(lab, "br0"), "the address of the bridge")
    until(lambda: "master br0" in lab.node.run("ip", "link", "show", "eth2").stdout, "the bridge's device")
    assert lab.done("confignetwork", **given) == ["nothing to do"]
    assert NODE in addresses(lab, "up0"), "the interface that somebody else has configured stays as it is"


def package(folder: Path, name: str, version: str) -> None:
    """A repository of one package in a folder, as dpkg-scanpackages describes it."""
    tree = folder / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    control = (
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: nobody <n@c.net>\nDescription: a test\n"
    )
    (tree / "DEBIAN/control").write_text(control)
    (tree / f"usr/share/{name}").mkdir(parents=True)
    (tree / f"usr/share/{name}/version").write_text(version)
    deb = folder / f"{name}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(tree), str(deb)], check=True, capture_output=True)
    content = deb.read_bytes()
    (folder / "Packages").write_text(
        f"{control}Filename: ./{name}.deb\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n\n"
    )


def test_packages_are_installed_and_removed(lab: Lab) -> None:
    for name in ("one", "two"):
        package(lab.folder / f"www/install/other/{name}", f"xcat-{name}", "1.0")
    lab.node.path("/etc/apt/sources.list").write_text("")  # only what the server has
    given = {"OTHERPKGDIR": "/install/other", "OTHERPKGS_INDEX": "1", "HTTPPORT": "8080"}
    with lab.web(8080, lab.folder / "www"):
        said = lab.done("otherpkgs", OTHERPKGS1="one/xcat-one,two/xcat-two", **given)
        assert "install xcat-one xcat-two" in said
        assert lab.node.path("/usr/share/xcat-two/version").read_text() == "1.0"
        assert lab.done("otherpkgs", OTHERPKGS1="one/xcat-one,two/xcat-two", **given) == ["nothing to do"]
        assert "remove xcat-two" in lab.done("otherpkgs", OTHERPKGS1="one/xcat-one,-xcat-two,-nosuch", **given)
        assert not lab.node.path("/usr/share/xcat-two").exists()
        url = f"http://{SERVER}:8080/install/other/two ./"
        said = lab.done("ospkgs", OSPKGDIR=url, OSPKGS="xcat-two", HTTPPORT="8080")
        assert "install xcat-two" in said
        ended = lab.node.run(f"{PLACE}/otherpkgs", **{**VARIABLES, **given, "OTHERPKGS1": "one/nosuch"})
        assert (ended.returncode, ended.stderr.splitlines()[-1]) == (1, "otherpkgs: cannot install nosuch")
    ended = lab.node.run(f"{PLACE}/otherpkgs", **{**VARIABLES, **given, "OTHERPKGS1": "one/xcat-one"})
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (1, "otherpkgs: the repositories cannot be read")


def test_a_node_without_files_asks_for_none(lab: Lab) -> None:
    assert lab.done("syncfiles", NOSYNCFILES="1") == ["the image has no list of files", "nothing to do"]
    ended = lab.node.run(f"{PLACE}/syncfiles", **VARIABLES)
    assert ended.returncode == 1
    assert (
        "this node has no certificate in /root/.xcat, and its server no port for nodes (site.xcatiport)" in ended.stderr
    )


MYPOSTSCRIPT = """#!/bin/sh
MASTER=10.7.0.1
export MASTER
WORD='a  b'
export WORD
# postscripts-start-here
# node-postscripts-start-here
first 'x y'
second
# node-postscripts-end-here
# postscripts-end-here
# postbootscripts-start-here
sub/third
# postbootscripts-end-here
"""
OWN = {
    "first": '#!/bin/sh\necho "first $WORD $1 $UPDATENODE"\n',
    "second": "#!/bin/sh\necho something is wrong >&2\nexit 3\n",
    "sub/third": "#!/usr/bin/env python3\nprint('third')\n",
}


def lines(name: str, *said: str, status: int = 0) -> list[str]:
    """What is printed of a script: xCAT's lines, and between them what it says itself."""
    return [f"postscript start..: {name}", *said, f"postscript end....: {name} exited with code {status}"]


def test_the_runner_fetches_and_runs_them_in_order(lab: Lab) -> None:
    www = lab.folder / "runner"
    for name, text in OWN.items():
        (www / "install/postscripts" / name).parent.mkdir(parents=True, exist_ok=True)
        (www / "install/postscripts" / name).write_text(text)
    (www / "tftpboot/mypostscripts").mkdir(parents=True)
    (www / "tftpboot/mypostscripts/mypostscript.n1").write_text(MYPOSTSCRIPT)
    words = (f"{PLACE}/runpostscripts", "-d", "/root/post", "-m", f"{SERVER}:8081")
    with lab.web(8081, www):
        ended = lab.node.run(*words)
        assert (ended.returncode, ended.stderr) == (1, "")
        assert ended.stdout.splitlines() == [
            *lines("first", "first a  b x y "),
            *lines("second", "something is wrong", status=3),
            *lines("sub/third", "third"),
        ]
        assert "something is wrong\n" in lab.node.path("/var/log/xcat/xcat.log").read_text()
        boot = lab.node.run(*words, "postboot")
        assert (boot.returncode, boot.stdout.splitlines()) == (0, lines("sub/third", "third"))
        named = lab.node.run(f"{PLACE}/runpostscripts", "-d", "/root/post", "first now")  # it knows the server by now
        assert named.stdout.splitlines() == lines("first", "first a  b now 1")
        unknown = lab.node.run(*words, "-n", "n2")
        assert (unknown.returncode, "mypostscript.n2: the server says 404" in unknown.stderr) == (1, True)


def test_the_machine_of_the_test_is_left_alone(lab: Lab) -> None:
    assert not Path("/etc/rsyslog.d/60-xcat.conf").exists()
    assert lab.node.path(PLACE).samefile(lab.scripts)
