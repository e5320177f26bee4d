"""How service nodes are said to be: three of them and their management node, each in a network namespace of its own, plugged into
one switch. One is cut off from the management node alone, one is killed, and the servers of one hang."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, environment, join, made
from tests.helpers.namespaces import Namespace, cable, namespaces
from tests.helpers.servicehosts import stop_servers

PORT = 3001
SERVERS = {"tftpd": "TFTP", "nginx": "HTTP"}
"""Processes that a daemon starts, and what they speak."""
SITE = {"installdir": "/install", "tftpdir": "/tftpboot", "sharedtftp": "no", "master": "10.7.0.1"}


@dataclass(frozen=True)
class Site:
    """The management node, and service nodes by their names."""

    mn: Daemon
    services: Mapping[str, Daemon]
    here: Namespace

    def item(self, name: str) -> Mapping[str, str]:
        """What the tree says of a daemon."""
        items = json.loads(self.mn.run("xcatstatus", "--tree", "--json").stdout)
        return next((item["attributes"] for item in items if item["name"] == name), {})

    def becomes(self, name: str, word: str) -> Mapping[str, str]:
        """Wait until a service node is said to be so; gives what is said besides."""
        until(lambda: self.item(name).get("health") == word, f"{name} {word}: {self.mn.log()[-3000:]}")
        return self.item(name)

    def servers(self, name: str) -> Mapping[str, int]:
        """The processes of its servers."""
        folder = self.services[name].root / "run/xcat/services"
        return {path.stem: int(path.read_text().split()[0]) for path in folder.glob("*.pid")}

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to all that its servers consist of."""
        for process in self.servers(name).values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process, number)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The servers have accounts of their own, which must be let through to the roots."""
    with (
        tempfile.TemporaryDirectory(prefix="xcat-health-") as name,
        namespaces("switch", "mn1", "sn1", "sn2", "sn3") as (switch, *hosts),
        contextlib.ExitStack() as stack,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        switch.bridge("all0")
        for number, host in enumerate(hosts, 1):
            cable(host, switch, f"up{number}")
            host.up(f"up{number}", f"10.7.0.{number}/16")
            switch.ip("link", "set", f"up{number}", "master", "all0", "up")
        mn = made(Daemon(folder / "mn1", "mn1", "10.7.0.1", PORT, before=hosts[0].before))
        services = {}
        for number, host in enumerate(hosts[1:], 1):
            address = f"10.7.0.{number + 1}"
            one = Daemon(folder / f"sn{number}", f"sn{number}", address, PORT, master=mn.host, before=host.before)
            services[one.name] = join(mn, one)
        for daemon in (mn, *services.values()):
            stack.callback(stop_servers, daemon.root)
            stack.callback(daemon.stop)
            daemon.start(wait=False)
        for daemon in (mn, *services.values()):
            until(partial(_answers, daemon), f"the tables of {daemon.name}")
        site = Site(mn, services, hosts[0])
        define(site)
        yield site


def _answers(daemon: Daemon) -> bool:
    return daemon.run("nodels").returncode == 0


def _is_running(site: Site, service: str) -> bool:
    lines = site.mn.run("xcatstatus", "sn3").stdout.splitlines()
    return any(line.split()[1:4] == [service, "on", "running"] for line in lines)


def define(site: Site) -> None:
    """The servers of sn3 hang from the beginning."""
    typed(
        site.mn,
        "nodeadd sn1,sn2,sn3 groups=service",
        *(f"nodech sn{number} hosts.ip=10.7.0.{number + 1}" for number in (1, 2, 3)),
        "nodeadd n[1-3] groups=compute noderes.servicenode=sn1,sn2",
        "nodeadd n4 groups=compute noderes.servicenode=sn3",
        "mkdef -t network all net=10.7.0.0 mask=255.255.0.0",
        *(f"chtab key={key} site.value={value}" for key, value in SITE.items()),
        "chtab node=sn3 servicenode.tftpserver=1 servicenode.nfsserver=1",
    )
    for service in ("tftpserver", "httpserver"):
        until(partial(_is_running, site, service), f"{service}: {site.mn.run('xcatstatus').stderr}")
    site.signal("sn3", signal.SIGSTOP)


def test_the_tree_shows_every_daemon(site: Site) -> None:
    for name in site.services:
        site.becomes(name, "healthy")
    lines = site.mn.run("xcatstatus", "--tree").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["mn1", "here"],
        *([name, "healthy"] for name in ("sn1", "sn2", "sn3")),
    ]
    assert "  tables own database  " in lines[0]
    assert lines[1].endswith("  3 nodes")
    assert lines[2].endswith("  0 nodes, second for 3 of sn1")
    item = site.item("sn1")
    assert (item["above"], item["tables"], item["nodes"]) == ("mn1", "0s old", "3")
    assert item["version"].startswith("Version ")
    assert float(item["load"]) >= 0
    assert site.services["sn1"].run("xcatstatus", "--tree").stdout.startswith("sn1  here  ")


def test_people_do_not_ask_daemons_to_look(site: Site) -> None:
    done = site.mn.run("lookat", "sn1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: [mn1]: lookat is for the daemons of the cluster: see xcatstatus --tree\n"


def test_one_that_was_killed_is_dead_by_the_word_of_the_others(site: Site) -> None:
    site.services["sn2"].stop(signal.SIGKILL)
    said = site.becomes("sn2", "dead")["reason"]
    assert said == "it has no link and its port does not answer; 2 of 2 other service nodes do not reach it either"
    assert "tables" not in site.item("sn2")


def test_one_whose_servers_hang_is_suspect_with_the_reasons(site: Site) -> None:
    said = site.becomes("sn3", "suspect")["reason"].split("; ")
    assert said == [f"{spoken} does not answer at 10.7.0.4" for spoken in SERVERS.values()]
    site.signal("sn3", signal.SIGCONT)
    site.becomes("sn3", "healthy")


def test_one_that_the_management_node_alone_does_not_reach_is_cut_off_and_not_dead(site: Site) -> None:
    site.here.ip("route", "add", "blackhole", "10.7.0.2/32")
    try:
        said = site.becomes("sn1", "cut off")["reason"]
        assert said == "it has no link and its port does not answer from here, but 1 of 1 other service nodes reach it"
        done = site.mn.run("xcatstatus", "sn1")
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].endswith(f"s: {said}")
        assert done.stderr.splitlines()[-1].startswith("Error: [mn1]: sn1 is cut off for ")
    finally:
        site.here.ip("route", "del", "blackhole", "10.7.0.2/32")
    assert "sn1 is dead" not in site.mn.log()


def test_a_question_of_dhcp_does_not_disturb_a_client_of_this_host(site: Site) -> None:
    asked = (
        "import asyncio; from xcatd.services.health.inform import is_acknowledged as ask; "
        "print(asyncio.run(ask('10.7.0.4', 0.3, 0.1)))"
    )
    client = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('0.0.0.0', 68)); "
    answers = [
        subprocess.run(
            [*site.here.before, sys.executable, "-c", words],
            capture_output=True,
            text=True,
            env=environment(),
            check=True,
        ).stdout
        for words in (asked, client + asked)
    ]
    assert answers == ["False\n", "None\n"]
