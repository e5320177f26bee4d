"""What nodes report while the management node is away comes to it when it is back, once and in order."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.cluster import running
from tests.integration.outages import histories


def test_a_service_node_without_a_database_keeps_reports_until_the_management_node_is_back(tmp_path: Path) -> None:
    with running(tmp_path, ("sn1",)) as cluster:
        mn, sn1 = cluster.management, cluster.services[0]
        typed(mn, "nodeadd cn1 groups=all noderes.servicenode=sn1")
        until(lambda: sn1.run("nodels", "cn1").returncode == 0, "cn1 on sn1")
        mn.stop(9)
        for status in ("installing", "booted"):
            assert sn1.run("updatenodestat", "cn1", status).returncode == 0
        seen = sn1.run("nodels", "all")
        assert (seen.returncode, seen.stdout) == (0, "cn1\n")
        until(lambda: "The management node cannot be reached since" in sn1.run("nodels").stderr, "the notice")
        sn1.stop()
        sn1.start()
        assert sn1.run("nodels", "all").stdout == "cn1\n"
        mn.start()
        until(lambda: "booted" in mn.run("nodels", "cn1", "nodelist.status").stdout, "the last report")
        assert [words.split()[-1] for words in histories(mn, "updatenodestat")] == ["installing", "booted"]
