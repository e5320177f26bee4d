"""Nodes that ask what they are to do, of their service node; and `mknb` where that one has a TFTP folder of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import log_lines, typed, until
from tests.helpers.program import Program
from tests.helpers.servicehosts import CLIENT, MN, SN, ServiceHosts, service_hosts
from xcatd.services.genesis.placing import bring, copying, sums_file

SAY = Path(__file__).parents[2] / "share/netboot/dracut/98xcatgenesis/say"
GATE = "10.5.0.1"
"""The service node, as its nodes see it."""
KERNEL, INITRD = "xcat/genesis.kernel.x86_64", "xcat/genesis.fs.x86_64.gz"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceHosts]:
    with service_hosts(tmp_path_factory.mktemp("genesis")) as made:
        typed(
            made.mn,
            "chtab key=installdir site.value=/install",
            "chtab key=tftpdir site.value=/tftpboot",
            "chtab key=sharedtftp site.value=0",
            "chtab key=xcatiport site.value=3002",
            f"nodeadd sn1 groups=service servicenode.tftpserver=1 hosts.ip={SN} noderes.xcatmaster={MN}",
            "nodeadd n[1-3] groups=compute noderes.netboot=xnba noderes.servicenode=sn1 nodetype.arch=x86_64",
            f"chdef n1 ip={CLIENT} mac=02:00:00:00:00:01",
            "mkdef -t network up net=10.7.0.0 mask=255.255.0.0",
            "mkdef -t network rack net=10.5.0.0 mask=255.255.0.0",
        )
        until(lambda: "link sn1: up" in made.mn.run("lsdaemons").stdout, "the link")
        until(lambda: log_lines(made.sn, "nodes under installation are heard on port 3002"), "its door for nodes")
        yield made


@pytest.fixture(scope="module")
def web(hosts: ServiceHosts) -> Iterator[None]:
    """The management node's files by HTTP."""
    words = [sys.executable, "-u", "-m", "http.server", "80", "--bind", MN, "--directory", str(hosts.mn.root)]
    log = hosts.mn.root.parent / "web"
    server = Program([*hosts.here.before, *words], "root", log, stopping=signal.SIGTERM, orphaned=signal.SIGKILL)
    try:
        server.start(lambda: "Serving" in log.read_text())
        yield
    finally:
        server.close()


def ask(hosts: ServiceHosts, *words: str) -> tuple[int, list[str], str]:
    """What the small boot image hears that asks its service node."""
    line = [*hosts.client.before, "bash", str(SAY), SN, "3002", *words]
    done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines(), done.stderr


def mknb(hosts: ServiceHosts, *words: str) -> tuple[int, str, str]:
    done = hosts.mn.run("mknb", *words)
    return done.returncode, done.stdout, done.stderr


def state(hosts: ServiceHosts) -> str:
    return typed(hosts.mn, "nodeset n1 stat").partition(": ")[2].strip()


def test_who_is_no_node_hears_nothing(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chdef n1 ip=10.5.0.10")
    assert ask(hosts, "getdestiny") == (1, [], "")
    typed(hosts.mn, f"chdef n1 ip={CLIENT}")


@pytest.mark.usefixtures("web")
def test_each_server_names_itself_to_machines_that_nobody_knows(hosts: ServiceHosts) -> None:
    """With the option -c nothing is built."""
    assert mknb(hosts, "aarch64", "-c") == (0, "Write netboot config file done\n", "")
    for root, network, own in ((hosts.mn.root, "10.7.0.0_16", MN), (hosts.sn.root, "10.5.0.0_16", GATE)):
        text = (root / f"tftpboot/boot/grub2/grub.cfg-0A0{network[3]}").read_text()
        assert "genesis.kernel.aarch64 quiet xcatd=" in text and f"xcatd={own}:" in text
    assert not (hosts.sn.root / "tftpboot" / INITRD).exists()
    assert not (hosts.mn.root / "tftpboot/boot/grub2/grub.cfg-0A05").exists()


@pytest.mark.usefixtures("web")
def test_a_service_node_gets_what_the_management_node_has(hosts: ServiceHosts) -> None:
    """Also what was built elsewhere and copied there."""
    folder = hosts.mn.root.parent
    for name in ("kernel", "initrd"):
        (folder / name).write_text(f"a {name}")
    fills = {KERNEL: copying(folder / "kernel"), INITRD: copying(folder / "initrd")}
    bring(hosts.mn.root / "tftpboot", "x86_64", fills)
    assert mknb(hosts, "x86_64", "-c") == (0, "Write netboot config file done\n", "")
    for name in (KERNEL, INITRD, sums_file("x86_64")):
        made, got = (host.root / "tftpboot" / name for host in (hosts.mn, hosts.sn))
        assert made.read_text() == got.read_text()
    assert f"xcatd={GATE}:" in (hosts.sn.root / "tftpboot/xcat/xnba/nets/10.5.0.0_16").read_text()
    (hosts.mn.root / "tftpboot" / INITRD).write_text("something else")
    (hosts.sn.root / "tftpboot" / INITRD).unlink()
    assert mknb(hosts, "x86_64", "-c")[2].startswith(
        "Error: [sn1]: xcat/genesis.fs.x86_64.gz came with another SHA-256"
    )
    (hosts.mn.root / "tftpboot" / INITRD).write_text("a initrd")
    assert mknb(hosts, "x86_64", "-c")[0] == 0


def test_an_osimage_that_there_is_not(hosts: ServiceHosts) -> None:
    status, _, errors = mknb(hosts, "x86_64", "--kernel-from", "none")
    assert (status, errors) == (1, "Error: [mn1]: There is no osimage none; see: lsdef -t osimage\n")


def test_a_chain_step_by_step(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "nodech n1 'chain.chain=runcmd=a  b,standby'")
    place = [f"kernel={KERNEL}", f"initrd={INITRD}"]
    status, said, errors = ask(hosts, "getdestiny")
    assert (status, said[:4], said[-1], errors) == (
        0,
        ["node=n1", "destiny=runcmd=a  b", *place],
        "#END OF DESTINY",
        "",
    )
    assert said[4].startswith("kcmdline=quiet xcatd=") and '"destiny=runcmd=a b"' in said[4]
    # It asks again, because the answer did not arrive: one step.
    for _ in range(2):
        assert ask(hosts, "nextdestiny", "runcmd=a", "b")[1][:2] == ["node=n1", "destiny=standby"]
    assert state(hosts) == "standby"
    typed(hosts.mn, "nodeset n1 boot")
    assert ask(hosts, "nextdestiny", "standby")[1][:2] == ["node=n1", "destiny=boot"]


def test_without_a_chain_it_waits(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "nodech n1 chain.chain= chain.currchain= chain.currstate=shell")
    assert ask(hosts, "getdestiny")[1][:2] == ["node=n1", "destiny=shell"]
    assert ask(hosts, "nextdestiny", "shell")[1] == ["node=n1", "destiny=standby", "#END OF DESTINY"]
    assert state(hosts) == "shell"
    typed(hosts.mn, "nodech n1 chain.currstate=")
    assert ask(hosts, "getdestiny")[1][1] == "destiny=standby"


def test_a_step_that_cannot_be_set_is_refused_with_the_reason(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "nodech n1 chain.currstate=shell chain.currchain=osimage=gone")
    status, said, errors = ask(hosts, "nextdestiny", "shell")
    assert (status, said) == (3, []) and "There is no osimage gone" in errors
    assert state(hosts) == "shell"


def test_what_cannot_be_built_says_why(hosts: ServiceHosts) -> None:
    """There is no kernel below the daemon's root, and programs are those of this host."""
    status, out, errors = mknb(hosts, "x86_64")
    assert (status, out) == (1, "")
    assert f"Error: [mn1]: this host has no kernel ({hosts.mn.root}/boot/vmlinuz-VERSION) with modules" in errors
    status, _, errors = mknb(hosts, "aarch64")
    assert (status, errors[: errors.index(":", 15)]) == (1, "Error: [mn1]: This host is x86_64")
