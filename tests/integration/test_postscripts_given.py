"""Nodes get their scripts from a real daemon: with their certificate, and in the old ways only where the site lets them."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, credentials, typed, until
from tests.helpers.cluster import Daemon, running
from tests.helpers.nodeclient import opened, say
from tests.helpers.scripts import FOLDER
from tests.helpers.webfiles import web_server

MANY = 200


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("given")) as mn:
        typed(
            mn,
            f"nodeadd cn[1-{MANY}] groups=compute",
            r"chdef -t group compute ip='|cn(\d+)|127.3.0.($1)|'",
            "chdef -t node -o cn1 postscripts=mine",
            "chtab key=ldappassword site.value=hunter2",
        )
        yield mn


@pytest.fixture(scope="module")
def port(site: Daemon) -> int:
    """The port for nodes under installation."""
    return opened(site)


def get(daemon: Daemon, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`getpostscript` of a node, over TLS with its certificate."""
    folder = daemon.root.parent / f"{name}.xcat"
    if not folder.exists():
        credentials(daemon, name, role="node")
    return daemon.run("getpostscript", *words, tls=True, XCAT_CREDENTIALS=str(folder))


def test_a_node_gets_its_own_script(site: Daemon) -> None:
    got = get(site, "cn1")
    assert (got.returncode, got.stderr) == (0, "")
    lines = got.stdout.splitlines()
    assert (lines[0], lines[-1]) == ("#!/bin/sh", "#END OF SCRIPT")
    assert {"NODE=cn1", "mine", "# postscripts-start-here"} <= {*lines}
    assert "hunter2" not in got.stdout
    assert "NODE=cn2\n" in get(site, "cn2").stdout


def test_with_version2_it_is_a_file(site: Daemon) -> None:
    got = get(site, "cn1", "version2")
    assert (got.returncode, got.stdout, got.stderr) == (0, "", "")
    made = site.root / "tftpboot/mypostscripts/mypostscript.cn1"
    assert made.read_text() == get(site, "cn1").stdout.removesuffix("#END OF SCRIPT\n")


def test_a_node_gets_nobody_elses(site: Daemon) -> None:
    got = get(site, "cn1", "cn2")
    assert got.returncode == 1
    assert "getpostscript takes the word version2, or none" in got.stderr
    assert get(site, "cn1", "-h").returncode == 0
    refused = site.run("mypostscript", "cn2", tls=True, XCAT_CREDENTIALS=str(site.root.parent / "cn1.xcat"))
    assert (refused.returncode, refused.stdout) == (1, "")


def test_without_a_certificate_a_switch_decides(site: Daemon, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text((site.root / "etc/xcat/cert/ca.pem").read_text())
    asked = {"tls": True, "XCAT_CREDENTIALS": str(tmp_path)}
    refused = site.run("getpostscript", **asked)  # type: ignore[arg-type]
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "chtab key=legacynodes site.value=yes" in refused.stderr
    typed(site, "chtab key=legacynodes site.value=yes", "nodeadd me groups=old hosts.ip=127.0.0.1")
    got = site.run("getpostscript", **asked)  # type: ignore[arg-type]
    assert (got.returncode, got.stderr) == (0, "")
    assert "NODE=me\n" in got.stdout
    typed(site, "noderm me", "chtab -d key=legacynodes site")


def test_old_nodes_get_theirs_at_the_port_for_nodes(site: Daemon, port: int) -> None:
    typed(site, "chtab key=legacynodes site.value=yes")
    heard = say("127.0.0.1", port, "127.3.0.7", "getpostscript")
    assert heard[:3] == ["ready", "done", "#!/bin/sh"]
    assert heard[-1] == "#END OF SCRIPT" and "NODE=cn7" in heard
    typed(site, "chtab -d key=legacynodes site")


def tell(daemon: Daemon, folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """What a script of the node says to its server."""
    return subprocess.run(
        [str(FOLDER / "tellserver"), *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "XCAT_CREDENTIALS": str(folder), "MASTER": daemon.address, **env},
        timeout=60,
    )


def status(daemon: Daemon, node: str) -> str:
    return typed(daemon, f"nodels {node} nodelist.status").partition(": ")[2].strip()


def test_a_nodes_script_tells_the_server_with_its_certificate(site: Daemon) -> None:
    folder = site.root.parent / "cn3.xcat"
    credentials(site, "cn3", role="node")
    where = {"XCATDPORT": str(site.port)}
    done = tell(site, folder, "installstatus", "booted", **where)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    until(lambda: status(site, "cn3") == "booted", "the status")
    script = tell(site, folder, "getpostscript", **where)
    assert "NODE=cn3" in script.stdout.splitlines() and script.stdout.endswith("#END OF SCRIPT\n")
    refused = tell(site, folder, "syncfiles", **where)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("tellserver: ") and "No files are brought to cn3" in refused.stderr


def test_without_one_it_asks_at_the_port_for_nodes(site: Daemon, port: int, tmp_path: Path) -> None:
    typed(site, "nodeadd me groups=old hosts.ip=127.0.0.1")
    where = {"XCATIPORT": str(port)}
    done = tell(site, tmp_path, "installstatus", "failed", "--", "a reason", **where)
    assert (done.returncode, done.stderr) == (0, "")
    until(lambda: status(site, "me") == "failed", "the status")
    typed(site, "noderm me")
    assert tell(site, tmp_path).returncode == 2
    assert "no port for nodes" in tell(site, tmp_path, "next").stderr


def test_a_node_runs_its_scripts_and_the_server_knows_how_it_ended(site: Daemon, tmp_path: Path) -> None:
    # Only these two: what comes with the program would change the machine of the test.
    typed(
        site,
        "chtab -d node=xcatdefaults postscripts",
        "chdef -t node -o cn4 postscripts=good",
        "chdef -t node -o cn4 postbootscripts=bad",
        """chdef -t node -o cn4 os='it"s <new> & '""",
    )
    credentials(site, "cn4", role="node")
    folder = tmp_path / "www/install/postscripts"
    folder.mkdir(parents=True)
    shutil.copy(FOLDER / "tellserver", folder)
    (folder / "good").write_text('#!/bin/sh\necho "$NODE $OSVER"\n')
    (folder / "bad").write_text("#!/bin/sh\nexit 4\n")
    with web_server(tmp_path / "www") as port:
        ended = run_scripts(site, tmp_path, port, "post")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.splitlines()[1:] == ['cn4 it"s <new> &', "postscript end....: good exited with code 0"]
        until(lambda: status(site, "cn4") == "booted", "the status")
        assert run_scripts(site, tmp_path, port, "postboot").returncode == 1
        until(lambda: status(site, "cn4") == "failed", "the status")
        assert "bad ended with 4" in typed(site, "nodels cn4 nodelist.appstatus")


def run_scripts(daemon: Daemon, folder: Path, port: int, *words: str) -> subprocess.CompletedProcess[str]:
    """What a node does that has a certificate; in a mount namespace of its own, for it notes its server below /opt."""
    inside = f'mount -t tmpfs tmpfs /opt && exec {FOLDER}/runpostscripts "$@"'
    own = ["-m", f"127.0.0.1:{port}", "-n", "cn4", "-d", f"{folder}/post", "--log", f"{folder}/log", "-r", *words]
    return subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", inside, "sh", *own],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={
            "PATH": os.environ["PATH"],
            "XCAT_CREDENTIALS": str(daemon.root.parent / "cn4.xcat"),
            "MASTER": daemon.address,
            "XCATDPORT": str(daemon.port),
            "XCAT_ROOT": str(folder / "root"),
        },
        timeout=120,
    )


async def test_many_nodes_ask_at_once(site: Daemon, port: int) -> None:
    typed(site, "chtab key=legacynodes site.value=yes")

    def one(number: int) -> bool:
        heard = say("127.0.0.1", port, f"127.3.0.{number}", "getpostscript")
        return f"NODE=cn{number}" in heard and heard[-1] == "#END OF SCRIPT"

    assert all(await asyncio.gather(*(asyncio.to_thread(one, number) for number in range(1, MANY + 1))))


def test_the_script_is_made_by_the_nodes_own_server(tmp_path: Path) -> None:
    with running(tmp_path, ("sn1",)) as cluster:
        mn, sn = cluster.management, cluster.services[0]
        typed(mn, "chtab key=tftpdir site.value=/tftpboot", "nodeadd n1 groups=all noderes.servicenode=sn1")
        typed(mn, "nodeadd n2 groups=all", "mypostscript n1,n2 --write")
        made = "tftpboot/mypostscripts"
        assert [path.name for path in (sn.root / made).iterdir()] == ["mypostscript.n1"]
        assert [path.name for path in (mn.root / made).iterdir()] == ["mypostscript.n2"]
        credentials(mn, "n1", role="node")
        got = sn.run("getpostscript", tls=True, XCAT_CREDENTIALS=str(mn.root.parent / "n1.xcat"))
        assert (got.returncode, "NODE=n1\n" in got.stdout) == (0, True), got.stderr
