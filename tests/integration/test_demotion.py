"""A management node becomes a service node of another one (How-To Setup Hierarchy, 5.0)."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Cluster, Daemon, free_port, join, made


def test_a_management_node_becomes_a_service_node_of_another_one(tmp_path: Path) -> None:
    new = made(Daemon(tmp_path / "mn1", "mn1", "127.0.0.1", free_port()))
    old = made(Daemon(tmp_path / "old", "old", "127.0.1.1", free_port("127.0.1.1")))
    with ExitStack() as stack:
        for daemon in (new, old):
            stack.callback(daemon.stop)
            daemon.start()
        typed(old, "nodeadd mine groups=all")
        typed(new, "nodeadd old groups=service,all", "nodeadd n1 groups=all noderes.servicenode=old")
        below = replace(old, master=new.host)
        words = ["init", "--root", str(old.root), "--name", "old", "--address", old.address, "--port", str(old.port)]
        words += ["--master", new.host]
        assert "is a management node, with an authority and tables of its own" in old.xcatd(*words).stderr
        said = old.xcatd(*words, "--demote")
        assert (said.returncode, said.stdout) == (1, "")
        assert "as a management node: stop xcatd first" in said.stderr
        assert typed(old, "nodels") == "mine\n"
        assert old.stop() == 0
        said = old.xcatd(*words, "--demote")
        assert (said.returncode, said.stderr) == (0, ""), said.stderr
        assert f"moved {old.root}/etc/xcat/ca to {old.root}/etc/xcat/former-mn/ca\n" in said.stdout
        join(new, below)
        stack.callback(below.stop)
        below.start()
        Cluster(new, [below]).linked()
        until(lambda: below.run("nodels").stdout == "n1\nold\n", "the tables of the new management node")
        assert typed(below, "lsxcatd -t") == "This is a Service Node\n"
        assert "n1: [old]: Error" in new.run("rpower", "n1", "stat").stderr
    kept = sqlite3.connect(old.root / "etc/xcat/former-mn/xcat.sqlite")
    assert kept.execute("select node from nodelist").fetchall() == [("mine",)]
    kept.close()
