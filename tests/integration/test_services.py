"""Services of a service node: what an administrator sees of a column of table servicenode."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import PATIENCE
from tests.helpers.servicehosts import ServiceHosts, service_hosts

FILE = "etc/sysctl.d/70-xcat-ipforward.conf"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceHosts]:
    with service_hosts(tmp_path_factory.mktemp("services")) as made:
        typed(made.mn, "nodeadd sn1 groups=service", "nodeadd n1 groups=compute noderes.servicenode=sn1")
        yield made


def sysctl(hosts: ServiceHosts, *words: str) -> str:
    """Whether the kernel of the service node forwards packets."""
    done = subprocess.run([*hosts.there.before, "sysctl", *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def forwards(hosts: ServiceHosts, value: str) -> bool:
    return sysctl(hosts, "-n", "net.ipv4.ip_forward") == value


def start(hosts: ServiceHosts, *words: str) -> None:
    """Start a daemon on the service node that takes over from the one that runs there."""
    old = hosts.sn.process
    assert old is not None
    hosts.sn.start(*words, wait=False)
    assert old.wait(PATIENCE) == 0
    until(lambda: typed(hosts.sn, "lsdaemons").startswith("mn1"), "the link of the successor")


def test_without_rows_nothing_is_kept(hosts: ServiceHosts) -> None:
    assert sorted(typed(hosts.mn, "xcatstatus").splitlines()) == [
        "mn1: no services are wanted here (table servicenode)",
        "sn1: no services are wanted here (table servicenode)",
    ]


def test_a_column_is_acted_upon_when_it_is_set(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chdef -t group -o service setupipforward=1")
    assert " on  " in hosts.becomes("ipforward", "done")
    assert forwards(hosts, "1")
    assert "net.ipv4.ip_forward = 1" in (hosts.sn.root / FILE).read_text()
    assert hosts.status("ipforward", "mn1") == ""  # it has no row


def test_a_dry_run_shows_the_plan_and_changes_nothing(hosts: ServiceHosts) -> None:
    (hosts.sn.root / FILE).write_text("# mine\n")
    sysctl(hosts, "-q", "-w", "net.ipv4.ip_forward=0")
    done = hosts.mn.run("makeservices", "sn1", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-4:] == [
        "sn1: -# mine",
        "sn1: +# Written by xcatd: servicenode.ipforward of this host is set.",
        "sn1: +net.ipv4.ip_forward = 1",
        "sn1: ipforward: the kernel is told to forward packets",
    ]
    assert forwards(hosts, "0")
    assert (hosts.sn.root / FILE).read_text() == "# mine\n"


def test_by_hand_it_is_done_at_once_and_then_nothing_is_left_to_do(hosts: ServiceHosts) -> None:
    assert "net.ipv4.ip_forward = 1" in typed(hosts.mn, "makeservices sn1 --service ipforward")
    assert forwards(hosts, "1")
    assert typed(hosts.mn, "makeservices sn1") == ""
    assert typed(hosts.sn, "makeservices --dry-run") == ""


def test_an_unknown_service_is_refused(hosts: ServiceHosts) -> None:
    done = hosts.mn.run("makeservices", "sn1", "--service", "tftp")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: [sn1]: There is no service 'tftp': it is one of ipforward, ")


def test_a_node_that_is_no_service_node_is_named_wherever_it_is_asked_for(hosts: ServiceHosts) -> None:
    for daemon, name in ((hosts.mn, "mn1"), (hosts.sn, "sn1")):
        for command in ("xcatstatus", "makeservices"):
            done = daemon.run(command, "n1")
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr.startswith(f"Error: [{name}]: n1 is no service node: ")
            assert done.stderr.count("\n") == 1


def test_no_leaves_the_service_alone(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chdef -t group -o service setupipforward=0")
    hosts.becomes("ipforward", "left alone")
    sysctl(hosts, "-q", "-w", "net.ipv4.ip_forward=0")
    assert typed(hosts.mn, "makeservices sn1") == ""
    assert forwards(hosts, "0")
    assert (hosts.sn.root / FILE).exists()


def test_a_start_checks_and_a_reload_does_not(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chdef -t node -o sn1 setupipforward=yes")
    hosts.becomes("ipforward", "done")
    sysctl(hosts, "-q", "-w", "net.ipv4.ip_forward=0")
    start(hosts, "-r")
    assert " on  " in hosts.becomes("ipforward", "not looked at")
    assert forwards(hosts, "0")
    start(hosts, "--restart")
    until(partial(forwards, hosts, "1"), "the check at the start")
    hosts.becomes("ipforward", "done")


def test_a_value_without_meaning_is_named(hosts: ServiceHosts) -> None:
    assert hosts.mn.run("chtab", "node=sn1", "servicenode.ipforward=2").returncode == 0
    hosts.becomes("ipforward", "failed")
    done = hosts.mn.run(*shlex.split("xcatstatus sn1"))
    assert done.returncode == 1
    assert "Error: [sn1]: ipforward: servicenode.ipforward is '2': set it to 1 or 0 (next try in " in done.stderr


def test_what_cannot_be_written_is_named_and_tried_again(hosts: ServiceHosts) -> None:
    folder = (hosts.sn.root / FILE).parent
    (hosts.sn.root / FILE).unlink()
    folder.rmdir()
    folder.write_text("in the way")
    typed(hosts.mn, "chtab node=sn1 servicenode.ipforward=1")
    assert hosts.becomes("ipforward", f"{hosts.sn.root / FILE} cannot be ").startswith(
        "sn1: ipforward     on     failed"
    )
    folder.unlink()
    hosts.becomes("ipforward", "done")


def test_a_full_disk_is_named_and_the_old_state_serves_on(hosts: ServiceHosts) -> None:
    """The disk is mounted where only the daemon sees it."""
    assert hosts.sn.process is not None
    folder, daemon = (hosts.sn.root / FILE).parent, str(hosts.sn.process.pid)
    inside = ["nsenter", "--target", daemon, "--mount"]
    subprocess.run([*inside, "mount", "-t", "tmpfs", "-o", "size=16k,mode=755", "small", str(folder)], check=True)
    disk = Path(f"/proc/{daemon}/root{folder}")
    with pytest.raises(OSError, match="No space left"):
        (disk / "ballast").write_bytes(bytes(1 << 16))
    done = hosts.mn.run("makeservices", "sn1", "--service", "ipforward")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert f"{hosts.sn.root / FILE} cannot be written and stays as it is: no space left on device" in done.stderr
    assert forwards(hosts, "1")
    assert [path.name for path in disk.iterdir()] == ["ballast"]
    (disk / "ballast").unlink()
    hosts.becomes("ipforward", "done")
    assert (disk / Path(FILE).name).exists()
    subprocess.run([*inside, "umount", str(folder)], check=True)
