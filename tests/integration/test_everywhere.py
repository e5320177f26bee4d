"""Commands that run on every daemon: three levels, and a service node that is away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Cluster, Daemon, build, copied, free_port, join

HELLO = """
from __future__ import annotations
from xcatd.api import Ctx, Where, command

@command("hello", where=Where.LOCAL)
async def hello(ctx: Ctx) -> str:
    '''Say hello.'''
    return f"{ctx.host.name} WORD"
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """mn1 above sn1, and sn1 above sn11, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    cluster = build(folder, ("sn1",))
    address = "127.0.1.11"
    below = Daemon(folder / "sn11", "sn11", address, free_port(address), master=cluster.services[0].host)
    cluster.services.append(join(cluster.management, below))
    return cluster


@pytest.fixture
def tree(template: Cluster, tmp_path: Path) -> Iterator[Cluster]:
    """A copy that runs; all know the command `hello`."""
    cluster = copied(template, tmp_path)
    try:
        for daemon in cluster.all:
            say(daemon, "one")
            daemon.start()
        typed(
            cluster.management,
            "nodeadd sn1,sn11 groups=service servicenode.nfsserver=1",
            "nodech sn1 noderes.servicenode=mn1",
            "nodech sn11 noderes.servicenode=sn1",
        )
        for service in cluster.services:
            knows(service)
        yield cluster
    finally:
        cluster.stop()


def knows(service: Daemon) -> None:
    """Wait until a service node knows that sn11 is below sn1: it passes nothing up then."""
    until(lambda: service.run("rpower", "sn11", "stat").stderr.count("sn11: [sn1]"), f"sn11 at {service.name}")


def say(daemon: Daemon, word: str) -> None:
    folder = daemon.root / "etc/xcat/plugins"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hello.py").write_text(HELLO.replace("WORD", word))


def said(cluster: Cluster) -> list[str]:
    return [daemon.run("hello").stdout.strip() for daemon in cluster.all]


def test_plugins_are_read_again_everywhere_or_here(tree: Cluster) -> None:
    for daemon in tree.all:
        say(daemon, "two")
    typed(tree.management, "rescanplugins")
    assert said(tree) == ["mn1 two", "sn1 one", "sn11 one"]
    typed(tree.management, "rescanplugins --servicenodes")
    assert said(tree) == ["mn1 two", "sn1 two", "sn11 two"]


def test_a_service_node_passes_it_down_to_those_below_it(tree: Cluster) -> None:
    for daemon in tree.all:
        say(daemon, "two")
    typed(tree.services[0], "rescanplugins -s")
    assert said(tree) == ["mn1 one", "sn1 two", "sn11 two"]


def test_what_goes_wrong_on_one_is_said_and_the_others_go_on(tree: Cluster) -> None:
    for daemon in tree.all:
        say(daemon, "two")
    (tree.services[0].root / "etc/xcat/plugins/hello.py").write_text("nonsense(")
    typed(tree.management, "nodeadd sn8 groups=service servicenode.nfsserver=1")
    done = tree.management.run("rescanplugins", "-s")
    assert (done.stdout, done.returncode) == ("", 1)
    first, second = sorted(done.stderr.splitlines())
    assert first.startswith("Error: [mn1]: Failed to dispatch command to any of the following service nodes: sn8 (")
    assert second.startswith("Error: [sn1]: ")
    assert "hello.py" in second
    assert said(tree) == ["mn1 two", "sn1 one", "sn11 one"]
