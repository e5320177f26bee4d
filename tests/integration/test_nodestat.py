"""`nodestat` through service nodes: each looks at its own nodes, and what was seen comes to the tables."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from tests.helpers.alone import log_lines, typed, until
from tests.helpers.cluster import OnCluster, running

GONE = "255.255.255.255"
"""The kernel sends nothing there without being asked specially."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnCluster]:
    with running(tmp_path_factory.mktemp("nodestat"), ("sn1",)) as cluster:
        made = OnCluster(cluster)
        typed(
            made.mn,
            "nodeadd sn1 groups=service",
            "nodeadd cn1 groups=all,below noderes.servicenode=sn1 hosts.ip=127.4.1.1",
            f"nodeadd cn2 groups=all,below noderes.servicenode=sn1 hosts.ip={GONE}",
            "nodeadd cn3 groups=all hosts.ip=127.4.1.3",
            "chtab name=xcatmon,key=apps monsetting.value=web,other",
            "chtab name=xcatmon,key=web monsetting.value=port=8443,group=nosuch,group=below",
            "chtab name=xcatmon,key=other monsetting.value=port=8443,group=nosuch",
        )
        until(lambda: "web" in made.sn1.run("tabdump", "monsetting").stdout, "the tables on sn1")
        yield made


@contextlib.contextmanager
def listening(*places: tuple[str, int]) -> Iterator[None]:
    """Nodes with open ports."""
    with contextlib.ExitStack() as stack:
        for place in places:
            stack.enter_context(socket.create_server(place))
        yield


def test_each_service_node_looks_at_its_own_nodes(site: OnCluster) -> None:
    before = len(log_lines(site.sn1, "request of a daemon"))
    with listening(("127.4.1.1", 443), ("127.4.1.3", 8002)):
        assert typed(site.mn, "nodestat cn[1-3] -u --ordered") == "cn1: https\ncn2: noping\ncn3: xend\n"
    (asked,) = until(lambda: log_lines(site.sn1, "request of a daemon")[before:], "the line in the log of sn1")
    assert (asked["command"], asked["nodes"]) == ("nodestat", 2)

    def noted() -> str:
        return typed(site.mn, "nodels cn[1-3] nodelist.status")

    until(lambda: noted() == "cn1: ping\ncn2: noping\ncn3: ping\n", "the states")
    assert "https=up" in typed(site.mn, "nodels cn1 nodelist.appstatus")


def test_a_service_node_looks_for_what_the_site_says(site: OnCluster) -> None:
    with listening(("127.4.1.1", 8443), ("127.4.1.3", 8443)):
        assert typed(site.mn, "nodestat cn1,cn3 -m --ordered") == "cn1: web\ncn3: ping\n"
        assert typed(site.sn1, "nodestat cn1 --usemon --usefping") == "cn1: web\n"
