"""What people see while the database or the management node is away: nothing acknowledged is lost, nothing is done twice, no
daemon ends, and what needs only the tables goes on."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import PATIENCE, Cluster, Daemon, build, copied
from tests.helpers.dbserver import DatabaseServer
from tests.helpers.onserver import OnServer, on_server
from tests.helpers.stage import Bench, place

MINUTE = 60.0
"""Seconds for which a database is stopped."""


def histories(daemon: Daemon, command: str) -> list[str]:
    """The words of the writes that a command made, oldest first."""
    done = daemon.run("xcathist", "--json", "-n", "0")
    assert done.returncode == 0, done.stderr
    entries = [item["attributes"] for item in json.loads(done.stdout)]
    return [entry.get("words", "") for entry in entries if entry.get("command") == command]


def gettab(daemon: Daemon, key: str) -> str:
    return daemon.run("gettab", f"key={key}", "site.value").stdout.strip()


class Writer(threading.Thread):
    """Somebody who sets one value after the other, and remembers what was acknowledged."""

    def __init__(self, daemon: Daemon, key: str) -> None:
        super().__init__()
        self.daemon_, self.key = daemon, key
        self.acknowledged: list[int] = []
        self.failed: list[tuple[int, str]] = []
        self.over = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            done = self.daemon_.run("chtab", f"key={self.key}{number}", f"site.value={number}")
            if done.returncode == 0:
                self.acknowledged.append(number)
            else:
                self.failed.append((number, done.stderr))

    def end(self) -> None:
        self.over.set()
        self.join(2 * PATIENCE)
        assert not self.is_alive()


def nothing_lost(daemon: Daemon, writers: list[Writer]) -> None:
    """All that was acknowledged is there, and was done once."""
    words = histories(daemon, "chtab")
    for writer in writers:
        assert writer.acknowledged
        for number in writer.acknowledged:
            assert gettab(daemon, f"{writer.key}{number}") == str(number)
            assert words.count(f"key={writer.key}{number} site.value={number}") == 1
        for number, _ in writer.failed:
            assert words.count(f"key={writer.key}{number} site.value={number}") <= 1


class OutagesContract:
    """What is true of every kind of server. A subclass has the fixture `server`."""

    @pytest.fixture(scope="class")
    @classmethod
    def template(cls, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
        """A management node and a service node that are set up, to be copied."""
        return build(tmp_path_factory.mktemp("template"), ("sn1",))

    @pytest.fixture
    def lab(self, server: DatabaseServer, template: Cluster, tmp_path: Path) -> Iterator[OnServer]:
        with on_server(server, copied(template, tmp_path)) as made:
            yield made
            for daemon in made.cluster.all:
                assert daemon.process is None or daemon.process.poll() is None, daemon.errors()
                assert " fault " not in daemon.log()

    def test_a_database_that_is_stopped_for_a_minute(self, lab: OnServer) -> None:
        with Bench() as bench:
            bmc = bench.bmc()
            typed(
                lab.mn,
                f"nodeadd cn1 groups=all nodehm.mgt=ipmi ipmi.bmc={place(bmc)} noderes.servicenode=sn1",
                "chtab key=ipmi passwd.username=admin passwd.password=secret",
            )
            until(lambda: lab.sn1.run("nodels", "cn1").returncode == 0, "cn1 on sn1")
            before = lab.mn.run("rpower", "cn1", "stat").stdout
            lab.server.stop()
            stopped = time.monotonic()
            until(lambda: lab.mn.run("nodels").stderr and lab.sn1.run("nodels").stderr, "the notices")
            for daemon in lab.cluster.all:
                seen = daemon.run("nodels", "all")
                assert (seen.returncode, seen.stdout) == (0, "cn1\n")
                assert f"[{daemon.name}]: The database {lab.location.database} on " in seen.stderr
                assert "cannot be reached since" in seen.stderr and "what is shown is how it was then" in seen.stderr
            power = lab.mn.run("rpower", "cn1", "stat")
            assert (power.returncode, power.stdout) == (0, before)

            refused = lab.mn.run("chtab", "key=late", "site.value=1")
            assert refused.returncode == 1
            assert refused.stderr.splitlines()[-1].endswith("nothing was written")
            for status in ("installing", "installed", "booted"):
                assert lab.sn1.run("updatenodestat", "cn1", status).returncode == 0

            waiting = Writer(lab.mn, "waits")
            waiting.start()
            while time.monotonic() < stopped + MINUTE:
                time.sleep(0.5)
                assert lab.mn.run("nodels").returncode == 0
            lab.server.start()
            until(
                lambda: not lab.mn.run("nodels").stderr and not lab.sn1.run("nodels").stderr, "the end of the notices"
            )
            waiting.end()

        until(lambda: "booted" in lab.mn.run("nodels", "cn1", "nodelist.status").stdout, "the last report")
        reports = histories(lab.mn, "updatenodestat")
        assert [words.split()[-1] for words in reports] == ["installing", "installed", "booted"]
        assert gettab(lab.mn, "late") == ""
        nothing_lost(lab.mn, [waiting])

    def test_a_database_that_is_killed_again_and_again_loses_nothing(self, lab: OnServer) -> None:
        writers = [Writer(lab.mn, "m"), Writer(lab.sn1, "s")]
        for writer in writers:
            writer.start()
        for _ in range(6):
            done = [len(writer.acknowledged) for writer in writers]
            until(lambda done=done: all(len(w.acknowledged) > n for w, n in zip(writers, done, strict=True)), "writes")
            lab.server.kill()
            lab.server.start()
        for writer in writers:
            writer.end()
        until(lambda: not lab.mn.run("nodels").stderr, "the end of the notices")
        nothing_lost(lab.mn, writers)

    def test_connections_that_are_cut_in_the_middle_lose_nothing(self, lab: OnServer) -> None:
        writers = [Writer(lab.mn, "m"), Writer(lab.sn1, "s")]
        for writer in writers:
            writer.start()
        pause = threading.Event()
        for _ in range(60):
            pause.wait(random.uniform(0.0, 0.15))
            lab.wire.cut()
        for writer in writers:
            writer.end()
        nothing_lost(lab.mn, writers)
        assert not any(writer.failed for writer in writers)

    def test_a_network_that_swallows_everything_is_an_outage_too(self, lab: OnServer) -> None:
        lab.wire.stall()
        refused = lab.mn.run("chtab", "key=late", "site.value=1")
        assert refused.returncode == 1
        assert "cannot be reached" in refused.stderr
        assert lab.mn.run("nodels").returncode == 0
        lab.wire.cut()
        lab.wire.resume()
        until(lambda: lab.mn.run("chtab", "key=later", "site.value=2").returncode == 0, "writes")
        until(lambda: gettab(lab.sn1, "later") == "2", "the value on sn1")

    def test_more_readers_than_connections(self, lab: OnServer) -> None:
        typed(lab.mn, *(f"chtab key=k{number} site.value={number}" for number in range(5)))
        outcomes: list[int] = []
        threads = [
            threading.Thread(target=lambda: outcomes.append(lab.mn.run("xcathist", "-n", "5").returncode))
            for _ in range(24)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(2 * PATIENCE)
        assert outcomes == [0] * 24

    def test_a_daemon_starts_while_its_database_is_away(self, lab: OnServer) -> None:
        typed(lab.mn, "nodeadd cn1 groups=all", "chtab key=kept site.value=yes")
        until(lambda: gettab(lab.sn1, "kept") == "yes", "the value on sn1")
        for daemon in lab.cluster.all:
            assert daemon.stop() == 0
        lab.server.stop()
        for daemon in lab.cluster.all:
            daemon.start()
        for daemon in lab.cluster.all:
            seen = daemon.run("gettab", "key=kept", "site.value")
            assert (seen.returncode, seen.stdout) == (0, "yes\n")
            until(lambda d=daemon: "cannot be reached since" in d.run("nodels").stderr, "the notice")
        lab.server.start()
        until(lambda: not lab.mn.run("nodels").stderr, "the end of the notice")
        typed(lab.mn, "chtab key=kept site.value=no")

    def test_a_service_node_goes_on_alone_with_the_database(self, lab: OnServer) -> None:
        typed(lab.mn, "nodeadd cn1 groups=all noderes.servicenode=sn1")
        until(lambda: lab.sn1.run("nodels", "cn1").returncode == 0, "cn1 on sn1")
        lab.mn.stop(9)
        until(lambda: lab.sn1.run("chtab", "key=alone", "site.value=yes").returncode == 0, "a write on sn1")
        assert lab.sn1.run("nodels", "all").stdout == "cn1\n"
        assert lab.sn1.run("updatenodestat", "cn1", "booted").returncode == 0
        lab.mn.start()
        assert gettab(lab.mn, "alone") == "yes"
        until(lambda: "booted" in lab.mn.run("nodels", "cn1", "nodelist.status").stdout, "the report")
        assert len(histories(lab.mn, "updatenodestat")) == 1
