"""`autoinst` with a real daemon: files for the real checkers, and what they make of a node (Debian with systemd in a container)."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.helpers.alone import alone, typed, until
from tests.helpers.cluster import SOURCE, Daemon, made
from tests.helpers.container import Container, container
from tests.helpers.namespaces import Namespace, cable, namespaces
from tests.helpers.nodeclient import await_port
from tests.helpers.servicehosts import stop_servers

SHARE = SOURCE / "share/install"
RELEASES = {"rh": "rocky9.4", "sles": "sle15.5", "debian": "debian12.5.0", "ubuntu": "ubuntu24.04"}
SERVER, NODE, PORT = "10.7.0.1", "10.7.0.2", 3002


def defined(mn: Daemon, folder: str, **more: str) -> None:
    """Have an image of this family, by its folder's name, from the program's own template."""
    attributes = {
        "template": str(SHARE / folder / "compute.tmpl"),
        "pkglist": str(SHARE / folder / "compute.pkglist"),
        "pkgdir": f"/install/{RELEASES[folder]}/x86_64",
        "osvers": RELEASES[folder],
        "osarch": "x86_64",
        "profile": "compute",
        "provmethod": "install",
        "imagetype": "linux",
        "osname": "Linux",
        **more,
    }
    words = [f"{key}={text}" for key, text in attributes.items()]
    done = mn.run("mkdef", "-f", "-t", "osimage", folder, *words)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def mn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("autoinst")) as daemon:
        typed(
            daemon,
            "nodeadd cn[1-20] groups=compute hosts.ip='|cn(\\d+)|127.4.0.($1)|'",
            "chtab key=system,username=root passwd.password=cluster",
            "chtab key=installdir site.value=/install",
        )
        for folder in RELEASES:
            defined(daemon, folder)
        yield daemon


def autoinst(mn: Daemon, *words: str) -> tuple[int, str, str]:
    done = mn.run("autoinst", *words)
    return done.returncode, done.stdout, done.stderr


def names(mn: Daemon) -> list[str]:
    folder = mn.root / "install/autoinst"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_it_is_shown(mn: Daemon) -> None:
    typed(mn, "chdef -t group compute provmethod=rh")
    shown = typed(mn, "autoinst cn3")
    assert "\nrootpw --iscrypted '$6$" in shown
    assert " --hostname=cn3\n" in shown
    assert "cluster" not in shown
    several = typed(mn, "autoinst cn3,cn4").splitlines()
    assert {line.partition(":")[0] for line in several} == {"cn3", "cn4"}
    answers = yaml.safe_load(typed(mn, "autoinst cn3 -o ubuntu"))["autoinstall"]
    assert answers["user-data"]["hostname"] == "cn3"
    assert "tell installstatus booting" in typed(mn, "autoinst cn3 -o debian -p")
    assert "is not installed" not in typed(mn, "autoinst cn3 -V")


def test_it_is_written_and_only_root_of_the_server_writes_it(mn: Daemon) -> None:
    assert autoinst(mn, "compute", "-w", "-o", "sles") == (0, "", "")
    assert names(mn) == sorted(f"cn{number}" for number in range(1, 21))
    assert autoinst(mn, "cn1", "-w", "-o", "ubuntu") == (0, "", "")
    assert {"cn1/user-data", "cn1/meta-data", "cn1.post"} <= set(names(mn))
    assert "cluster" not in (mn.root / "install/autoinst/cn1/user-data").read_text()


def test_a_template_of_the_site_and_what_is_wrong_in_it(mn: Daemon) -> None:
    folder = mn.root / "install/custom"
    folder.mkdir(parents=True)
    template = folder / "own.tmpl"
    typed(
        mn,
        "mkdef -t osimage own provmethod=install imagetype=linux osvers=rocky8.9 "
        "template=/install/custom/own.tmpl pkgdir=/install/a",
    )
    template.write_text("text\nrootpw #CRYPT:passwd:key=system,username=root:password# --iscrypted\n#INCLUDE:gone#\n")
    assert autoinst(mn, "cn2", "-o", "own") == (
        1,
        "",
        "cn2: [mn1]: Error: /install/custom/own.tmpl line 3 names /install/custom/gone, "
        "which is not there, or empty: correct one of them\n",
    )
    (folder / "gone").write_text("nosuchcommand\n")
    status, _, said = autoinst(mn, "cn2", "-o", "own")
    assert status == 1
    assert "gives no file that can be used, as made for cn2:" in said and "Unknown command: nosuchcommand" in said
    (folder / "gone").write_text("timezone #TABLE:nodetype:$NODE:comments#\n")
    assert mn.run("chtab", "node=cn2", "nodetype.comments=a\"$(touch x)'").returncode == 0
    assert """timezone 'a"$(touch x)'"'"''\n""" in typed(mn, "autoinst cn2 -o own")


@dataclass(frozen=True, slots=True)
class Lab:
    mn: Daemon
    node: Container


@contextlib.contextmanager
def web(space: Namespace, folder: Path) -> Iterator[None]:
    """The files of a server by HTTP, in its namespace."""
    words = [sys.executable, "-m", "http.server", "80", "--bind", SERVER, "--directory", str(folder)]
    process = subprocess.Popen([*space.before, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        asked = [*space.before, "curl", "-sf", f"http://{SERVER}/install/"]
        until(lambda: subprocess.run(asked, capture_output=True).returncode == 0, "the web server")
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A management node with its files and its port for nodes; a host that has just been installed."""
    folder = tmp_path_factory.mktemp("installed")
    with namespaces("mn", "node") as (above, below), contextlib.ExitStack() as stack:
        cable(above, below, "up0")
        above.up("up0", f"{SERVER}/16")
        below.up("up0", f"{NODE}/16")
        mn = made(Daemon(folder / "mn1", "mn1", SERVER, 3001, before=above.before))
        stack.callback(stop_servers, mn.root)
        stack.callback(mn.stop)
        mn.start(wait=False)
        until(lambda: mn.run("nodels").returncode == 0, "the management node")
        scripts = mn.root / "install/postscripts"
        shutil.copytree(SOURCE / "postscripts", scripts, dirs_exist_ok=True)
        (scripts / "_ssh").mkdir()
        (scripts / "_ssh/authorized_keys").write_text("ssh-ed25519 AAAA root@mn\n")
        (scripts / "mine").write_text('#!/bin/sh\necho "$NODE of $IMAGENAME" >>/root/ran\n')
        typed(
            mn,
            f"nodeadd n1 groups=compute hosts.ip={NODE}",
            "chtab key=system,username=root passwd.password=cluster",
            "chtab key=installdir site.value=/install",
            "chtab key=tftpdir site.value=/tftpboot",
            f"chtab key=xcatiport site.value={PORT}",
            "chtab node=xcatdefaults postscripts.postscripts=mine postscripts.postbootscripts=",
        )
        await_port(mn, PORT)
        shutil.copytree(SHARE, mn.root / "install/custom/install")
        defined(mn, "debian", pkglist="/install/custom/install/debian/compute.pkglist")
        typed(mn, "chdef n1 provmethod=debian", "autoinst n1 -w", "mypostscript n1 -w")
        stack.enter_context(web(above, mn.root))
        yield Lab(mn, stack.enter_context(container(folder, below, "n1")))


def status(mn: Daemon) -> str:
    return typed(mn, "nodels n1 nodelist.status").partition(": ")[2].strip()


def test_an_installed_system_tells_how_far_it_is_and_runs_its_scripts_once(lab: Lab) -> None:
    post = (lab.mn.root / "install/autoinst/n1.post").read_text()
    ended = lab.node.run("sh", "-s", stdin=post)
    assert ended.returncode == 0, ended.stderr
    until(lambda: status(lab.mn) == "booting", "what the installer says at its end")
    assert lab.node.path("/etc/hostname").read_text() == "n1\n"
    assert lab.node.path("/root/.ssh/authorized_keys").read_text() == "ssh-ed25519 AAAA root@mn\n"
    assert lab.node.run("systemctl", "is-enabled", "xcat-first-boot").stdout == "enabled\n"
    lab.node.done("systemctl", "daemon-reload")
    lab.node.done("systemctl", "start", "xcat-first-boot")
    until(lambda: status(lab.mn) == "booted", "the end of the scripts")
    assert lab.node.path("/root/ran").read_text() == "n1 of debian\n"
    lab.node.done("systemctl", "restart", "xcat-first-boot")
    assert lab.node.path("/root/ran").read_text() == "n1 of debian\n"


def test_an_installer_without_bash_is_heard_too(lab: Lab) -> None:
    """Debian's installer has busybox, whose shell and whose nc are all that preseed/early_command asks for."""
    text = (lab.mn.root / "install/autoinst/n1").read_text()
    command = text.partition("preseed/early_command string \\\n")[2].partition("\nd-i ")[0].strip()
    assert command.startswith("printf 'installstatus installing")
    busybox = lab.node.path("/root/busybox")
    shutil.copy("/usr/bin/busybox", busybox)
    lab.node.done(
        "/root/busybox", "sh", "-c", "/root/busybox ln -sf /root/busybox /root/nc; PATH=/root:$PATH; " + command
    )
    until(lambda: status(lab.mn) == "installing", "the status")
