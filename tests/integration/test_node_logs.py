"""A node that cannot go on sends its log: the management node keeps it, and `nodelog` shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed, until
from tests.helpers.cluster import Daemon, running
from tests.helpers.nodeclient import await_port, opened, say


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("logs")) as mn:
        typed(mn, "nodeadd cn[1-9] groups=compute", r"chdef -t group compute ip='|cn(\d+)|127.3.1.($1)|'")
        yield mn


@pytest.fixture(scope="module")
def port(site: Daemon) -> int:
    return opened(site)


def shown(daemon: Daemon, node: str) -> list[str]:
    """What is shown of its log, without the line about it."""
    return typed(daemon, f"nodelog {node}").splitlines()[1:]


def log_of(*lines: str) -> str:
    """As a node says it."""
    return "\n".join(("nodelog", *lines, "."))


def test_a_log_is_kept_as_it_was_said(site: Daemon, port: int) -> None:
    text = log_of("fetching the image", "", "..hidden", "\x1b]0;evil\x07 $HOME", "the last")
    assert say("127.0.0.1", port, "127.3.1.1", text) == ["ready", "done"]
    assert shown(site, "cn1") == [
        "cn1: fetching the image",
        "cn1: ",
        "cn1: .hidden",
        "cn1: ?]0;evil? $HOME",
        "cn1: the last",
    ]
    assert typed(site, "nodelog cn2") == "cn2: it has sent no log\n"
    file = site.root / "var/log/xcat/nodes/cn1.log"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_last_two_are_kept(site: Daemon, port: int) -> None:
    for word in ("first", "second", "third"):
        assert say("127.0.0.1", port, "127.3.1.3", log_of(word)) == ["ready", "done"]
    assert shown(site, "cn3") == ["cn3: third"]
    folder = site.root / "var/log/xcat/nodes"
    assert (folder / "cn3.log.1").read_text().splitlines()[1:] == ["second"]
    assert sorted(path.name for path in folder.glob("cn3*")) == ["cn3.log", "cn3.log.1"]


def test_one_that_is_too_long_or_not_whole_is_not_kept(site: Daemon, port: int) -> None:
    said = say("127.0.0.1", port, "127.3.1.4", log_of(*(["x" * 1000] * 70)))
    assert said == ["ready", "refused: its log has more than 65536 bytes"]
    assert typed(site, "nodelog cn4") == "cn4: it has sent no log\n"
    many = log_of(*(["x"] * 5000))
    assert say("127.0.0.1", port, "127.3.1.4", many) == ["ready", "done"]
    assert len(shown(site, "cn4")) == 5000


def test_it_goes_through_a_service_node_and_stays_there_while_the_management_node_is_away(tmp_path: Path) -> None:
    with running(tmp_path, ("sn1",)) as cluster:
        mn, (sn,) = cluster.management, cluster.services
        typed(mn, f"nodeadd cn1 groups=compute hosts.ip={sn.address} noderes.servicenode=sn1")
        port = opened(mn)
        await_port(sn, port)
        until(lambda: sn.run("nodels", "cn1").returncode == 0, "the tables")
        assert say(sn.address, port, sn.address, log_of("through sn1")) == ["ready", "done"]
        assert shown(mn, "cn1") == ["cn1: through sn1"]
        assert not (sn.root / "var/log/xcat/nodes").exists()
        mn.stop()
        assert say(sn.address, port, sn.address, log_of("while it is away")) == ["ready", "done"]
        assert (sn.root / "var/log/xcat/nodes/cn1.log").read_text().splitlines()[1:] == ["while it is away"]
