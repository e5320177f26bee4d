"""xcatprobe, xcatconfig and xcatsnap on a cluster that runs, and on one that is broken in each way of the manual's 4.0."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import SOURCE, Cluster, Daemon, build, environment, free_port, join, running
from tests.helpers.databases import DatabaseServer
from tests.helpers.hosts import another_authority, certify
from xcat_certs.names import Role
from xcatd.daemon.paths import Paths
from xcatd.model import Secret
from xcatd.store import Location

LINKED = "Checking all service nodes are linked..."


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("diagnosis")) as made:
        typed(
            made.management,
            "nodeadd sn1,sn2 groups=service",
            "nodeadd c[1-2] groups=all",
            "nodech c1 noderes.servicenode=sn1",
            "nodech c2 noderes.servicenode=sn2",
            "chdef -t site domain=cluster.example",
        )
        yield made


def program(daemon: Daemon, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"xcatd.{name}", "--root", str(daemon.root), *words],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=120,
    )


def probe(daemon: Daemon, *words: str) -> tuple[int, dict[str, tuple[str, list[str]]]]:
    """The exit status, and for each check its mark and what is said below it."""
    done = program(daemon, "probe", "-w", *words)
    assert done.stderr == ""
    found: dict[str, tuple[str, list[str]]] = {}
    title, above = "", ""
    for line in done.stdout.splitlines():
        if line.startswith("    "):
            found[title][1].append(line.strip())
        elif line.endswith("]") and line[-6] == "[":
            title, above = (above + line[:-6]).strip().partition("]: ")[2], ""
            found[title] = (line[-6:], [])
        else:
            above += line
    return done.returncode, found


def failures(daemon: Daemon, *words: str) -> dict[str, list[str]]:
    """The checks that failed, with what they say; the exit status says the same."""
    status, found = probe(daemon, *words)
    failed = {title: said for title, (mark, said) in found.items() if mark == "[FAIL]"}
    assert status == (1 if failed else 0)
    return failed


def place(daemon: Daemon) -> Paths:
    return Paths(daemon.root)


def test_a_cluster_that_is_well(cluster: Cluster) -> None:
    for daemon in cluster.all:
        assert failures(daemon, "xcatmn") == {}
        assert failures(daemon, "hierarchy") == {}
    _, found = probe(cluster.management, "xcatmn")
    assert found[LINKED] == ("[ OK ]", [])


def test_nodes_are_followed_until_they_have_booted(cluster: Cluster) -> None:
    mn = cluster.management
    typed(mn, "nodeadd n[71-72] groups=all chain.currstate='netboot image'")
    words = [sys.executable, "-m", "xcatd.probe", "--root", str(mn.root), "osdeploy", "-n", "n[71-72]"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment()) as following:
        assert following.stdout is not None
        assert [following.stdout.readline().rsplit(None, 1)[0].strip() for _ in range(2)] == [
            f"n{number}: netboot image; nothing heard" for number in (71, 72)
        ]
        typed(mn, "updatenodestat n71 netbooting")
        assert following.stdout.readline().startswith("n71: netbooting since ")
        typed(mn, "updatenodestat n71 booted", "updatenodestat n72 failed")
        rest = following.stdout.read().splitlines()
    assert sorted(line.split()[:2] for line in rest) == [["n71:", "booted"], ["n72:", "failed"]]
    assert following.returncode == 1
    typed(mn, "noderm n[71-72]")


def test_every_daemon_tells_what_it_knows(cluster: Cluster) -> None:
    for daemon in cluster.all:
        facts = daemon.run("lsdaemons").stdout.splitlines()
        assert {line.partition(":")[0] for line in facts} == {"mn1", "sn1", "sn2"}
        assert "mn1: cfgloc: none" in facts


def test_a_service_node_that_is_down(cluster: Cluster) -> None:
    lost = cluster.services[1]
    lost.stop()
    try:
        until(lambda: "link sn2: down" in cluster.management.run("lsdaemons").stdout, "the loss")
        (said,) = failures(cluster.management, "hierarchy")[LINKED]
        assert said.startswith("sn2 has no link to mn1 (sn2 lost ")
        assert said.endswith("): start xcatd there, and run `xcatprobe hierarchy` on sn2")
        failed = failures(lost, "xcatmn")
        assert failed["Checking xcatd runs and answers..."][0].startswith("Nobody listens at ")
        assert "Checking the management node can be dialled..." not in failed
    finally:
        lost.start()
        cluster.linked()


def test_a_management_node_that_is_down(cluster: Cluster) -> None:
    cluster.management.stop()
    try:
        failed = failures(cluster.services[0], "hierarchy")
        assert "Nothing listens at the address dialled" in failed["Checking the management node can be dialled..."][0]
        assert (
            "sn1 has no connection to the management node"
            in failed["Checking the link to the management node is up..."][0]
        )
        assert "Checking site.master can be found..." not in failures(cluster.management, "xcatmn"), "files are there"
    finally:
        cluster.management.start()
        cluster.linked()


def test_a_daemon_that_hangs(cluster: Cluster) -> None:
    hung = cluster.services[1]
    assert hung.process is not None
    hung.process.send_signal(signal.SIGSTOP)
    try:
        said = failures(hung, "xcatmn")["Checking xcatd runs and answers..."]
        assert said[0].startswith("xcatd ")
        assert "xcatd.log" in said[0]
    finally:
        hung.process.send_signal(signal.SIGCONT)
        until(lambda: hears_of(cluster.management, hung), "the link, in use again")
        cluster.linked()


def hears_of(daemon: Daemon, other: Daemon) -> bool:
    """Whether what the other one knows of itself comes over their link: it may be dead, and nobody has noticed yet."""
    return f"{other.name}: version: " in daemon.run("lsdaemons").stdout


def test_cfgloc_that_is_not_the_same(cluster: Cluster) -> None:
    title = "Checking cfgloc is the same on all daemons..."
    mn, sn1, sn2 = map(place, cluster.all)
    try:
        mn.cfgloc.write_text("Pg:dbname=xcatdb;host=mn1|xcatadm|hunter22\n")
        sn1.cfgloc.write_text("Pg:dbname=xcatdb;host=10.0.0.1|xcatadm|hunter22\n")
        assert failures(cluster.management, "hierarchy")[title] == [
            "/etc/xcat/cfgloc: sn2 has none: copy the management node's there, mode 600, then systemctl restart xcatd"
        ]
        sn2.cfgloc.write_text("Pg:dbname=xcatdb;host=mn1|xcatadm|other\n")
        assert "sn2 has another" in failures(cluster.management, "hierarchy")[title][0]
        assert title not in failures(cluster.services[0], "hierarchy")
        assert "sn2 has another" in failures(cluster.services[1], "hierarchy")[title][0]
        told = cluster.management.run("lsdaemons", "--salt", "00" * 16).stdout
        assert "hunter22" not in told
    finally:
        for paths in (mn, sn1, sn2):
            paths.cfgloc.unlink(missing_ok=True)


def test_host_keys_that_are_missing_on_a_service_node(cluster: Cluster) -> None:
    title = "Checking the ssh host keys of the nodes are the same on all daemons..."
    mn, sn1, sn2 = map(place, cluster.all)
    assert program(cluster.management, "setup", "-s").returncode == 0
    shutil.copytree(mn.hostkeys, sn1.hostkeys)
    try:
        (said,) = failures(cluster.management, "hierarchy")[title]
        assert said == "sn2 lacks ssh host keys for the nodes: copy /etc/xcat/hostkeys of the management node to sn2"
        shutil.copytree(mn.hostkeys, sn2.hostkeys)
        assert failures(cluster.management, "hierarchy") == {}
    finally:
        for paths in (mn, sn1, sn2):
            shutil.rmtree(paths.hostkeys, ignore_errors=True)


def test_a_service_node_that_believes_another_authority(cluster: Cluster, tmp_path: Path) -> None:
    other = another_authority(tmp_path)
    ca = place(cluster.services[0]).tls.ca
    before = ca.read_bytes()
    ca.write_bytes(other.certificate_pem)
    try:
        failed = failures(cluster.services[0], "xcatmn")
        assert (
            "was not signed by the authority in"
            in failed["Checking the certificate of this daemon is there and valid..."][0]
        )
        assert "Checking the management node can be dialled..." in failed
        assert (
            "sn1 is not that of the management node"
            in failures(cluster.management, "hierarchy")["Checking all daemons believe the same authority..."][0]
        )
    finally:
        ca.write_bytes(before)


def test_a_service_node_of_another_version(cluster: Cluster, tmp_path: Path) -> None:
    """It has a lsdaemons; one that has none is known by its greeting."""
    shutil.copytree(SOURCE / "xcatd", tmp_path / "source/xcatd", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "source/xcatd/build.txt").write_text("0123abc 2020-02-02\n")
    address = "127.0.1.31"
    old = join(
        cluster.management, Daemon(tmp_path / "old", "old", address, free_port(address), master=cluster.management.host)
    )
    old.pythonpath = os.pathsep.join(str(path) for path in (tmp_path / "source", SOURCE / "certs"))
    title = "Checking all daemons run the same version..."
    try:
        old.start()
        until(lambda: "link old: up" in cluster.management.run("lsdaemons").stdout, "the link")
        (said,) = failures(cluster.management, "hierarchy")[title]
        assert said.startswith(
            "old runs Version 3.0.0a1 (git commit 0123abc, built 2020-02-02), and the management node "
        )
        assert title not in failures(cluster.services[0], "hierarchy")
        _, found = probe(old, "xcatmn")
        assert found["Checking the xcatd that runs is the one that is installed..."][0] == "[WARN]"
        old.stop()
        until(lambda: "link old: up" not in cluster.management.run("lsdaemons").stdout, "the end of the link")
        (tmp_path / "source/xcatd/plugins/lsdaemons.py").unlink()
        old.start()
        until(lambda: "link old: up" in cluster.management.run("lsdaemons").stdout, "the link")
        assert failures(cluster.management, "hierarchy")[title] == [said]
    finally:
        old.stop()


def test_an_expired_certificate_on_a_daemon_that_runs(cluster: Cluster) -> None:
    """The one that it has in use is good for its life; its next start would fail."""
    paths = place(cluster.management)
    certify(paths, Role.MANAGEMENT, "mn1", left=timedelta(days=-2))
    try:
        assert "Checking certificates do not end soon..." in failures(cluster.management, "xcatmn")
    finally:
        done = program(cluster.management, "setup", "-c")
        assert done.returncode == 0, done.stderr
    assert failures(cluster.management, "xcatmn") == {}


def test_database_defaults_are_seen_by_the_daemon_that_runs(cluster: Cluster) -> None:
    typed(cluster.management, "chtab -d priority=1.2 policy")
    assert program(cluster.management, "setup", "-d").returncode == 0
    until(lambda: "trusted" in typed(cluster.management, "gettab priority=1.2 policy.rule"), "the row")


def test_an_archive_of_a_daemon_that_runs(cluster: Cluster, tmp_path: Path) -> None:
    typed(cluster.management, "chtab key=ipmi passwd.username=admin passwd.password=hunter22hunter")
    for number, daemon in enumerate(cluster.all[:2]):
        folder = tmp_path / str(number)
        done = program(daemon, "snap", "-d", str(folder))
        assert done.returncode == 0, done.stderr
        (archive,) = folder.iterdir()
        texts = unpacked(archive)
        assert not [name for name, text in texts.items() if "hunter22" in text]
        assert '"ipmi","admin","xxxxxxxx"' in texts["tables/passwd.csv"]
        assert "sn2: link mn1: up" in texts["commands/lsdaemons.txt"]
        assert '"event": "started"' in texts["logs/xcatd.log"]


@pytest.fixture
def on_server(server: DatabaseServer, tmp_path: Path) -> Iterator[tuple[Cluster, Location]]:
    """A cluster whose daemons all have their tables in one database on a server."""
    location = server.create()
    made = build(tmp_path, ["sn1"])
    for daemon in made.all:
        place(daemon).cfgloc.write_text(f"{location.line()}\n")
        place(daemon).cfgloc.chmod(0o600)
    place(made.management).database.unlink()
    try:
        done = program(made.management, "setup", "-d")
        assert done.returncode == 0, done.stderr
        for daemon in made.all:
            daemon.start()
        made.linked()
        typed(made.management, "nodeadd sn1 groups=service", "nodeadd c1 groups=all noderes.servicenode=sn1")
        yield made, location
    finally:
        made.stop()
        server.drop(location)


def test_a_cluster_whose_tables_are_on_a_database_server(
    on_server: tuple[Cluster, Location], server: DatabaseServer, tmp_path: Path
) -> None:
    cluster, location = on_server
    reached = "Checking the database can be reached..."
    in_use = "Checking xcatd uses the database that cfgloc names..."
    for daemon in cluster.all:
        assert failures(daemon, "xcatmn") == {}
        _, found = probe(daemon, "-V", "xcatmn")
        (note,) = [each for each in found[reached][1] if each.startswith(location.named())]
        assert ", TLSv1." in note
        assert found[in_use] == ("[ OK ]", [])
    archive_has_no_secret(cluster.services[0], location, tmp_path / "well")
    server.stop()
    try:
        for daemon in cluster.all:
            (said,) = failures(daemon, "xcatmn")[reached]
            assert said.startswith(f"The database {location.named()} cannot be reached (")
        texts = archive_has_no_secret(cluster.services[0], location, tmp_path / "down")
        assert "The tables are those that the daemon has in memory, without logs: " in texts["README.txt"]
        assert "cannot be reached" in texts["errors/database.txt"]
        done = program(cluster.management, "setup", "-d")
        assert (done.returncode, done.stdout) == (1, "")
        assert "cannot be reached" in done.stderr
    finally:
        server.start()
    place(cluster.services[0]).cfgloc.write_text(f"{replace(location, password=Secret('Planted-wrong')).line()}\n")
    failed = failures(cluster.services[0], "xcatmn")
    assert "cfgloc" in failed[reached][0]
    assert "sn1 has another" in failed["Checking cfgloc is the same on all daemons..."][0]
    place(cluster.services[0]).cfgloc.unlink()
    (said,) = failures(cluster.services[0], "xcatmn")[in_use]
    assert said.startswith(f"xcatd works with {location.shown()}, and ")
    assert said.endswith(" names SQLite: systemctl restart xcatd")


def archive_has_no_secret(daemon: Daemon, location: Location, folder: Path) -> dict[str, str]:
    done = program(daemon, "snap", "-d", str(folder))
    assert done.returncode == 0, done.stderr
    (archive,) = folder.iterdir()
    texts = unpacked(archive)
    assert not [name for name, text in texts.items() if location.password.reveal() in text]
    assert '"master"' in texts["tables/site.csv"], "of the database, or else what the daemon has"
    return texts


def unpacked(archive: Path) -> dict[str, str]:
    with tarfile.open(archive) as tar:
        files = {member.name.partition("/")[2]: tar.extractfile(member) for member in tar}
        return {name: file.read().decode() for name, file in files.items() if file is not None}
