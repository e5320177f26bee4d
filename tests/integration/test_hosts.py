"""`makehosts` through a real daemon; the C library reads what it wrote."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed
from tests.helpers.cluster import Daemon

HEAD = "127.0.0.1 localhost\n192.0.2.7 fileserver.example.org fileserver # ours\n"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("hosts")) as mn:
        typed(
            mn,
            "chtab key=domain site.value=c.net",
            "mkdef -t network ib net=10.3.0.0 mask=255.255.0.0 domain=ib.net",
            "nodeadd n[1-20] groups=compute",
            "nodeadd six groups=all hosts.ip=2001:db8::6 hosts.hostnames=sechs",
            "chdef -t group compute ip='|n(\\d+)|10.0.0.($1+0)|' hostnames='|n(\\d+)|node($1)|'",
            "chdef n1 nicips.ib0=10.3.0.1 nicaliases.ib0=fast otherinterfaces=-mgt:10.0.9.1",
        )
        yield mn


@pytest.fixture
def hosts(cluster: Daemon) -> Path:
    path = cluster.root / "etc/hosts"
    path.write_text(HEAD)
    return path


def getent(hosts: Path, *words: str) -> list[str]:
    """What the C library says, where this file is /etc/hosts."""
    shell = 'mount --bind "$1" /etc/hosts; shift; exec getent -s files "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-ec", shell, "sh", str(hosts), *words],
        capture_output=True,
        text=True,
        check=False,
    )
    return [" ".join(line.split()) for line in done.stdout.splitlines()]


def test_the_c_library_finds_all_names(cluster: Daemon, hosts: Path) -> None:
    assert typed(cluster, "makehosts") == ""
    for name in ("n7", "n7.c.net", "node7", "10.0.0.7"):
        assert getent(hosts, "hosts", name) == ["10.0.0.7 n7 n7.c.net node7"]
    assert getent(hosts, "hosts", "fast") == ["10.3.0.1 n1-ib0 n1-ib0.ib.net fast"]
    assert getent(hosts, "hosts", "10.0.9.1") == ["10.0.9.1 n1-mgt n1-mgt.c.net"]
    assert getent(hosts, "ahostsv6", "sechs")[0].split()[0] == "2001:db8::6"
    assert getent(hosts, "hosts", "fileserver") == ["192.0.2.7 fileserver.example.org fileserver"]
    assert len(hosts.read_text().splitlines()) == 2 + 20 + 1 + 2


def test_a_second_time_the_file_is_not_touched(cluster: Daemon, hosts: Path) -> None:
    typed(cluster, "makehosts")
    before = hosts.stat()
    typed(cluster, "makehosts", "makehosts compute", "makehosts n3")
    after = hosts.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert (hosts.parent / "hosts.xcatbak").read_text() == HEAD


def test_a_node_that_moves_takes_its_line_along(cluster: Daemon, hosts: Path) -> None:
    typed(cluster, "makehosts", "chdef n2 ip=10.0.1.2")
    place = hosts.read_text().splitlines().index("10.0.0.2 n2 n2.c.net node2")
    typed(cluster, "makehosts n2")
    assert hosts.read_text().splitlines()[place] == "10.0.1.2 n2 n2.c.net node2"
    assert getent(hosts, "hosts", "10.0.0.2") == []
    typed(cluster, "chdef n2 ip=")


def test_the_lines_of_nodes_go_and_others_stay(cluster: Daemon, hosts: Path) -> None:
    typed(cluster, "makehosts", "makehosts -d compute,six")
    assert hosts.read_text() == HEAD


def test_a_dry_run_writes_nothing(cluster: Daemon, hosts: Path) -> None:
    shown = typed(cluster, "makehosts n1 --dry-run")
    assert shown.splitlines()[2:] == [
        "@@ -1,2 +1,5 @@",
        " 127.0.0.1 localhost",
        " 192.0.2.7 fileserver.example.org fileserver # ours",
        "+10.0.0.1 n1 n1.c.net node1",
        "+10.0.9.1 n1-mgt n1-mgt.c.net",
        "+10.3.0.1 n1-ib0 n1-ib0.ib.net fast",
    ]
    assert hosts.read_text() == HEAD


def test_what_is_wrong_with_some_nodes_does_not_stop_the_rest(cluster: Daemon, hosts: Path) -> None:
    typed(
        cluster,
        "nodeadd bad1,bad2,bad3 groups=odd",
        "nodech bad2 hosts.ip=10.0.0.5",
        "chtab key=checkvalues site.value=no",
        "nodech bad3 hosts.ip=10.0.0.999",
        "chtab -d key=checkvalues site",
    )
    done = cluster.run("makehosts", "n5,bad1,bad2,bad3")
    typed(cluster, "noderm bad1,bad2,bad3")
    assert (done.stdout, done.returncode) == ("", 0)
    assert done.stderr.splitlines() == [
        "Warning: [mn1]: Ignoring node 'bad1', it can not be resolved.",
        "Warning: [mn1]: Ignoring node 'bad3', its ip address '10.0.0.999' is not valid.",
        "Warning: [mn1]: Ignoring the address 10.0.0.5 of node 'n5', it is that of node 'bad2': correct the table hosts or nics "
        "of one of them.",
    ]
    assert hosts.read_text() == f"{HEAD}10.0.0.5 bad2 bad2.c.net\n"
