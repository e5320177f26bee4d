"""The boot server of PXE on a service node: machines on its other network ask it on port 4011, as their firmware does."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.servicehosts import ServiceHosts, service_hosts
from tests.simulators import pxeclient

ASKED = "10.5.0.1"
BIOS, UEFI, ARM64, HTTP = (f"93={number:04x}" for number in (0, 7, 11, 16))
IPXE = f"77={b'iPXE'.hex()}"
TABLES = (
    "nodeadd sn1 groups=service hosts.ip=10.7.0.2",
    "mkdef -t network rack net=10.5.0.0 mask=255.255.0.0",
    "nodeadd n[1-5] groups=compute noderes.netboot=xnba",
    "chdef -t group compute mac='|n(\\d+)|02:00:00:00:00:0($1)|'",
    "nodech n2 noderes.netboot=grub2 noderes.tftpserver=10.5.0.77",
    "nodech n3 noderes.proxydhcp=no",
    "nodech n4 noderes.xcatmaster=nowhere.invalid",
    "chtab node=sn1 servicenode.proxydhcp=1",
)


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceHosts]:
    with service_hosts(tmp_path_factory.mktemp("proxydhcp")) as made:
        typed(made.mn, *TABLES)
        made.becomes("proxydhcp", "running")
        yield made


def told(hosts: ServiceHosts, number: int, *options: str) -> Any:
    """What the machine with this number is told, which must be something."""
    found = _asked(hosts, number, options, "10.5.0.9", "30")
    assert found is not None, "nobody answers"
    return found


def is_ignored(hosts: ServiceHosts, number: int, *options: str, source: str = "10.5.0.9") -> bool:
    return _asked(hosts, number, options, source, "1") is None


def _asked(hosts: ServiceHosts, number: int, options: Sequence[str], source: str, within: str) -> Any:
    words = [sys.executable, pxeclient.__file__, ASKED, source, f"02:00:00:00:00:{number:02d}", *options]
    done = hosts.in_client("env", f"ANSWERS_WITHIN={within}", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def option(answer: Any, code: int) -> bytes:
    return bytes.fromhex(answer["options"][str(code)])


def test_each_kind_of_machine_gets_its_loader(hosts: ServiceHosts) -> None:
    assert told(hosts, 1, BIOS)["file"] == told(hosts, 77, BIOS)["file"] == "xcat/xnba.kpxe"
    assert told(hosts, 1, UEFI)["file"] == told(hosts, 77, UEFI)["file"] == "xcat/xnba.efi"
    assert told(hosts, 77, ARM64)["file"] == "boot/grub2/grub2.aarch64"
    http = told(hosts, 77, HTTP, f"60={b'HTTPClient:Arch:00016'.hex()}")
    assert http["file"] == "http://10.5.0.1/tftpboot/xcat/xnba.efi"
    assert option(http, 60) == b"HTTPClient"


def test_ipxe_gets_the_script_of_the_node_or_of_the_network(hosts: ServiceHosts) -> None:
    site = "http://10.5.0.1/tftpboot/xcat/xnba"
    assert told(hosts, 1, BIOS, IPXE)["file"] == f"{site}/nodes/n1"
    assert told(hosts, 1, UEFI, IPXE)["file"] == f"{site}/nodes/n1.uefi"
    assert told(hosts, 77, BIOS, IPXE)["file"] == f"{site}/nets/10.5.0.0_16"


def test_the_answer_is_one_that_firmware_takes(hosts: ServiceHosts) -> None:
    machine = "00" + "ab" * 16
    answer = told(hosts, 1, BIOS, f"97={machine}", "43=4704000000" + "00" + "ff")
    assert answer["next-server"] == ASKED
    assert answer["from"] == [ASKED, 4011]
    assert option(answer, 53) == b"\x05"
    assert option(answer, 54) == bytes((10, 5, 0, 1))
    assert option(answer, 60) == b"PXEClient"
    assert option(answer, 97).hex() == machine
    assert option(answer, 43) == bytes((6, 1, 8, 71, 4, 0, 0, 0, 0, 255))
    assert option(answer, 66) == b"10.5.0.1"
    assert option(answer, 67) == b"xcat/xnba.kpxe"
    assert "224" not in answer["options"]
    assert told(hosts, 1, BIOS, "53=08")["file"] == "xcat/xnba.kpxe"


def test_a_node_with_its_own_loader_and_server(hosts: ServiceHosts) -> None:
    answer = told(hosts, 2, UEFI)
    assert (answer["file"], answer["next-server"]) == ("/boot/grub2/grub2-n2", "10.5.0.77")
    assert (option(answer, 66), option(answer, 54)) == (b"10.5.0.77", bytes((10, 5, 0, 1)))


@pytest.mark.parametrize(
    ("number", "options", "source"),
    [
        (3, (BIOS,), "10.5.0.9"),
        (1, (BIOS, "53=01"), "10.5.0.9"),
        (1, (BIOS, f"60={b'MSFT 5.0'.hex()}"), "10.5.0.9"),
        (1, ("93=0063",), "10.5.0.9"),
        (1, (BIOS,), "192.168.9.9"),
    ],
    ids=["noderes.proxydhcp=no", "DISCOVER", "no PXE", "an unknown architecture", "in no network"],
)
def test_who_is_not_answered(hosts: ServiceHosts, number: int, options: tuple[str, ...], source: str) -> None:
    with contextlib.ExitStack() as stack:
        if source != "10.5.0.9":
            hosts.client.ip("addr", "add", f"{source}/32", "dev", "rack0")
            stack.callback(hosts.client.ip, "addr", "del", f"{source}/32", "dev", "rack0")
            hosts.there.ip("route", "add", f"{source}/32", "dev", "rack0")
            stack.callback(hosts.there.ip, "route", "del", f"{source}/32")
        assert is_ignored(hosts, number, *options, source=source)


def test_a_node_whose_server_has_no_address_is_named(hosts: ServiceHosts) -> None:
    assert is_ignored(hosts, 4, BIOS)
    done = hosts.mn.run("makeservices", "sn1", "-s", "proxydhcp", "--dry-run")
    assert "n4 is told nothing: its server nowhere.invalid has no address; set hosts.ip of nowhere.invalid" in (
        done.stdout + done.stderr
    )


def test_rubbish_does_not_stop_it(hosts: ServiceHosts) -> None:
    script = "import os, socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('10.5.0.1', 4011))\n"
    script += "for size in (0, 1, 239, 240, 243, 300): s.send(os.urandom(size))"
    assert hosts.in_client(sys.executable, "-c", script).returncode == 0
    assert told(hosts, 1, BIOS)["file"] == "xcat/xnba.kpxe"


def test_a_change_of_the_tables_counts_without_another_process(hosts: ServiceHosts) -> None:
    before = process(hosts)
    typed(hosts.mn, "nodech n5 noderes.netboot=pxe")
    until(lambda: told(hosts, 5, BIOS)["file"] == "pxelinux.0", "the new loader")
    assert process(hosts) == before
    assert typed(hosts.mn, "nodech n5 noderes.netboot=xnba") == ""


def test_what_is_killed_comes_back(hosts: ServiceHosts) -> None:
    os.kill(process(hosts), signal.SIGKILL)
    assert told(hosts, 1, BIOS)["file"] == "xcat/xnba.kpxe"


def process(hosts: ServiceHosts) -> int:
    return int((hosts.sn.root / "run/xcat/services/proxydhcp.pid").read_text().split()[0])


def test_a_port_that_another_program_has_is_named(hosts: ServiceHosts) -> None:
    script = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 4011)); print(flush=True); input()"
    typed(hosts.mn, "chtab node=sn1 servicenode.proxydhcp=0")
    hosts.becomes("proxydhcp", "left alone")
    number = process(hosts)
    os.kill(number, signal.SIGTERM)
    until(lambda: not Path(f"/proc/{number}/fd/0").exists(), "its end")
    other = subprocess.Popen(
        [*hosts.there.before, sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert other.stdout is not None
        other.stdout.readline()
        typed(hosts.mn, "chtab node=sn1 servicenode.proxydhcp=1")
        hosts.becomes("proxydhcp", "UDP port 4011 of this host is taken by python")
    finally:
        other.communicate(b"\n")
    assert hosts.mn.run("makeservices", "sn1", "-s", "proxydhcp").returncode == 0
    assert told(hosts, 1, BIOS)["file"] == "xcat/xnba.kpxe"
