"""A management node and its service nodes on one database server: each reads and writes it, and hears of what others write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.alone import log_lines, typed, until
from tests.helpers.cluster import Daemon, build
from tests.helpers.dbserver import DatabaseServer
from tests.helpers.onserver import OnServer, on_server
from xcatd.store import Engine


@pytest.fixture(scope="module")
def lab(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnServer]:
    with on_server(server, build(tmp_path_factory.mktemp("lab"))) as made:
        yield made


def site(daemon: Daemon, key: str) -> str:
    return daemon.run("gettab", f"key={key}", "site.value").stdout.strip()


def quoted(lab: OnServer, name: str) -> str:
    return f'"{name}"' if lab.location.engine is Engine.POSTGRES else f"`{name}`"


def test_every_daemon_says_which_database_it_uses_and_keeps_the_password(lab: OnServer) -> None:
    for daemon in lab.cluster.all:
        lines = typed(daemon, "lsxcatd -d").splitlines()
        assert f"dbengine={lab.location.engine}" in lines
        assert f"dbname={lab.location.database}" in lines
        assert "dbhost=127.0.0.1" in lines
        assert f"dbadmin={lab.location.user}" in lines
        cfgloc = next(line for line in lines if line.startswith("cfgloc="))
        assert cfgloc.endswith(f"|{lab.location.user}")
        secret = lab.location.password.reveal()
        assert secret not in "".join(lines) + daemon.log() + daemon.errors()


def test_a_service_node_answers_from_its_own_tables(lab: OnServer) -> None:
    typed(lab.mn, "nodeadd cn[1-4] groups=all,compute", "chtab key=colour site.value=green")
    for daemon in lab.cluster.services:
        until(lambda d=daemon: site(d, "colour") == "green", "the value")
        done = daemon.run("tabdump", "site", "-V", XCATSHOWSVR="1")
        assert done.returncode == 0
        assert '"colour","green",,' in done.stdout
        assert typed(daemon, "nodels compute") == "cn1\ncn2\ncn3\ncn4\n"
    answered = {line["command"] for line in log_lines(lab.mn, "request of a daemon")}
    assert not answered & {"tabdump", "nodels", "gettab"}


def test_who_has_written_sees_it_at_once(lab: OnServer) -> None:
    for number, daemon in enumerate(lab.cluster.all):
        typed(daemon, f"chtab key=mine{number} site.value={daemon.name}")
        assert site(daemon, f"mine{number}") == daemon.name
    for number, daemon in enumerate(lab.cluster.all):
        until(lambda n=number, d=daemon: site(lab.mn, f"mine{n}") == d.name, daemon.name)


def test_what_a_foreign_program_writes_is_seen_by_all(lab: OnServer) -> None:
    key, value, table = (quoted(lab, name) for name in ("key", "value", "site"))
    database = lab.location.database
    lab.server.sql(database, f"INSERT INTO {table} ({key}, {value}) VALUES ('foreign', 'one')")
    for daemon in lab.cluster.all:
        until(lambda d=daemon: site(d, "foreign") == "one", daemon.name)
    lab.server.sql(database, f"UPDATE {table} SET {value} = 'two' WHERE {key} = 'foreign'")
    for daemon in lab.cluster.all:
        until(lambda d=daemon: site(d, "foreign") == "two", daemon.name)
    lab.server.sql(database, f"DELETE FROM {table} WHERE {key} = 'foreign'")
    for daemon in lab.cluster.all:
        until(lambda d=daemon: site(d, "foreign") == "", daemon.name)


def test_a_service_node_reads_the_logs_and_the_history(lab: OnServer) -> None:
    sn1 = lab.sn1
    typed(sn1, "chtab key=audited site.value=1")
    until(lambda: "key=audited" in typed(sn1, "tabdump auditlog"), "the record")
    assert "chtab key=audited site.value=1" in typed(sn1, "xcathist")


def test_copies_go_from_one_daemon_to_another(lab: OnServer) -> None:
    copy = lab.mn.root / "copy"
    typed(lab.sn1, f"dumpxCATdb -p {copy}")
    typed(lab.mn, "chtab key=colour site.value=red", f"restorexCATdb -p {copy}")
    assert site(lab.mn, "colour") == "green"


def test_a_service_node_changes_over_to_its_link_and_back(lab: OnServer) -> None:
    sn2 = lab.cluster.services[1]
    line = (sn2.root / "etc/xcat/cfgloc").read_text()
    (sn2.root / "etc/xcat/cfgloc").unlink()
    sn2.stop()
    sn2.start()
    until(lambda: "dbengine=SQLite" in sn2.run("lsxcatd", "-d").stdout and site(sn2, "colour") == "green", "the tables")
    typed(sn2, "chtab key=link site.value=yes")
    assert site(sn2, "link") == site(lab.mn, "link") == "yes"
    (sn2.root / "etc/xcat/cfgloc").write_text(line)
    sn2.stop()
    sn2.start()
    assert f"dbengine={lab.location.engine}" in typed(sn2, "lsxcatd -d")
    assert site(sn2, "link") == "yes"
