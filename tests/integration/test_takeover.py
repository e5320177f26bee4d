"""A database that xCAT 2 made and used for years: the daemon starts on it and works, and xCAT's own programs still do.

What those programs do is typed at SQLite, psql and the mariadb client, in the statements that Perl's DBI would send.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, free_port, made
from tests.helpers.sqlclients import said
from tests.helpers.xcat2 import ROWS, OldTable, old_tables, run, write_folder
from xcatd.store.location import Engine, Location
from xcatd.store.schema.own import TABLES as OWN

if TYPE_CHECKING:
    from tests.helpers.dbserver import DatabaseServer

_OLDER = {
    "nodetype": ("supportedarchs",),
    "noderes": ("cmdinterface", "proxydhcp"),
    "osimage": ("environvar",),
}
"""Columns that an older xCAT did not have."""
_NEWER = ("kit", "kitcomponent", "pduoutlet", "token")
"""Tables that it did not have."""
_OLD_ENGINE = ("nodelist", "site", "mac", "auditlog")
"""Tables that MySQL kept without transactions."""


class Old(ABC):
    """A database of an older xCAT, with columns and tables of the site's own, and a daemon's root that leads to it."""

    engine: Engine

    @abstractmethod
    def sql(self, statement: str) -> str:
        """What a foreign program gets for a statement, in which names stand in double quotes: lines, columns between tabs."""

    @abstractmethod
    def shape(self) -> set[str]:
        """Tables, columns, their types and keys, a line each."""

    def column(self, statement: str) -> set[str]:
        """The same for a statement that selects one column."""
        return set(self.sql(statement).splitlines())


class OldFolder(Old):
    """xCAT's SQLite files, which become one when the daemon is set up."""

    engine = Engine.SQLITE

    def __init__(self, etc: Path) -> None:
        self.etc = etc
        write_folder(etc, without=_NEWER)
        for table, columns in _OLDER.items():
            for column in columns:
                run(etc / f"{table}.sqlite", f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
        run(etc / "nodelist.sqlite", "ALTER TABLE nodelist ADD COLUMN x_asset TEXT")
        run(etc / "nodelist.sqlite", "UPDATE nodelist SET x_asset = 'a7' WHERE node = 'n1'")
        run(etc / "x_bills.sqlite", 'CREATE TABLE "x_bills" ("bill" VARCHAR(128), "sum" TEXT, PRIMARY KEY ("bill"))')
        run(etc / "x_bills.sqlite", "INSERT INTO x_bills VALUES ('b1', '12.50')")
        # PostgreSQL and MySQL have no NULL in a key: SQLite lets it in.
        run(etc / "vpd.sqlite", "INSERT INTO vpd (node, serial) VALUES (NULL, 's1'), (NULL, 's2'), ('n1', 's3')")

    def sql(self, statement: str) -> str:
        path = self.etc / "xcat.sqlite"
        return "\n".join("\t".join("" if cell is None else str(cell) for cell in row) for row in run(path, statement))

    def shape(self) -> set[str]:
        places = [self.etc / "xcat.sqlite"]
        if not places[0].exists():
            places = sorted(self.etc.glob("*.sqlite"))
        query = 'SELECT t.name, c.name, c.type, c.pk, c."notnull" FROM sqlite_master t, pragma_table_info(t.name) c'
        return {repr(row) for place in places for row in run(place, f"{query} WHERE t.type = 'table'")}


class OldServer(Old):
    """A database of a server, as `pgsqlsetup` or `mysqlsetup` of xCAT had made it."""

    def __init__(self, server: DatabaseServer) -> None:
        self.engine = server.engine
        self.location: Location = server.create()
        if self.engine is Engine.MYSQL:
            server.sql("", f"ALTER DATABASE {self.location.database} CHARACTER SET latin1 COLLATE latin1_swedish_ci")
        script = [self._create(table) for table in old_tables().values() if table.name not in _NEWER]
        script.append('CREATE TABLE "x_bills" ("bill" VARCHAR(128), "sum" TEXT, PRIMARY KEY ("bill"))')
        script.append("INSERT INTO x_bills VALUES ('b1', '12.50')")
        script += (self._insert(name, row) for name, rows in ROWS.items() for row in rows)
        script.append("UPDATE nodelist SET x_asset = 'a7' WHERE node = 'n1'")
        self.sql(";\n".join([*script, ""]))

    def _create(self, table: OldTable) -> str:
        more = ['"x_asset" TEXT'] if table.name == "nodelist" else []
        without = _OLDER.get(table.name, ())
        tail = f"ENGINE={'MyISAM' if table.name in _OLD_ENGINE else 'InnoDB'}" if self.engine is Engine.MYSQL else ""
        return table.create(self.engine, without=without, more=more, tail=tail).replace("`", '"')

    def _insert(self, table: str, row: Mapping[str, str | None]) -> str:
        cells = ",".join(self.literal(text or "") for text in row.values())
        return f'INSERT INTO "{table}" ({",".join(map(self._name, row))}) VALUES ({cells})'

    @staticmethod
    def _name(column: str) -> str:
        return f'"{column}"'

    def literal(self, text: str) -> str:
        doubled = text.replace("'", "''")
        if self.engine is Engine.MYSQL:
            doubled = doubled.replace("\\", "\\\\").replace('"', '\\"')
        return f"'{doubled}'"

    def sql(self, statement: str) -> str:
        if self.engine is Engine.MYSQL:
            statement = re.sub(r'(?<!\\)"', "`", statement).replace('\\"', '"')
        return said(self.location, statement)

    def shape(self) -> set[str]:
        mine = "table_schema = current_schema()"
        more = "data_type, character_maximum_length, column_default"
        if self.engine is Engine.MYSQL:
            mine, more = "table_schema = database()", "column_type, character_set_name, column_key, extra"
        return self.column(
            f"SELECT table_name, column_name, is_nullable, {more} FROM information_schema.columns WHERE {mine}"
        )


@contextmanager
def _begun(folder: Path, old: Old, cfgloc: str) -> Iterator[tuple[Daemon, Old, set[str]]]:
    """A daemon that is set up on a database of old, and runs; with the shape that the database had before."""
    daemon = Daemon(folder / "root", "mn1", "127.0.0.1", free_port())
    (daemon.root / "etc/xcat").mkdir(parents=True, exist_ok=True)
    if cfgloc:
        (daemon.root / "etc/xcat/cfgloc").write_text(f"{cfgloc}\n")
        (daemon.root / "etc/xcat/cfgloc").chmod(0o600)
    before = old.shape()
    made(daemon).start()
    try:
        yield daemon, old, before
    finally:
        daemon.stop()


@pytest.fixture(scope="module", params=["SQLite", "Pg", "mysql"])
def begun(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Daemon, Old, set[str]]]:
    folder = tmp_path_factory.mktemp("takeover")
    if request.param == "SQLite":
        etc = folder / "root/etc/xcat"
        etc.mkdir(parents=True)
        with _begun(folder, OldFolder(etc), "") as all_of_it:
            yield all_of_it
        return
    server: DatabaseServer = request.getfixturevalue("postgres_server" if request.param == "Pg" else "mariadb_server")
    old = OldServer(server)
    with _begun(folder, old, old.location.line()) as all_of_it:
        yield all_of_it
    server.drop(old.location)


@pytest.fixture
def daemon(begun: tuple[Daemon, Old, set[str]]) -> Daemon:
    return begun[0]


@pytest.fixture
def old(begun: tuple[Daemon, Old, set[str]]) -> Old:
    return begun[1]


def shows(daemon: Daemon, line: str, wanted: str) -> None:
    """Wait until a command prints this line: a foreign program has written."""
    until(lambda: wanted in daemon.run(*line.split()).stdout.splitlines(), f"{wanted!r} in {line!r}")


def test_it_works_with_this_database(daemon: Daemon, old: Old) -> None:
    assert f"dbengine={old.engine}" in typed(daemon, "lsxcatd -d")


def test_tables_of_mysql_get_transactions(begun: tuple[Daemon, Old, set[str]]) -> None:
    daemon, old, _ = begun
    if old.engine is Engine.MYSQL:
        query = (
            "SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND engine <> 'InnoDB'"
        )
        assert old.sql(query) == ""
    assert '"n2","compute,all",,,,,,,,,,"two' in typed(daemon, "tabdump nodelist").splitlines()


def test_tables_show_what_xcat_had_stored(daemon: Daemon) -> None:
    assert typed(daemon, "tabdump policy").splitlines() == [
        "#priority,name,host,commands,noderange,parameters,time,rule,comments,disable",
        '"1","root",,,,,,"allow",,',
    ]
    lines = typed(daemon, "tabdump site").splitlines()
    assert '"domain","cluster.test","said ""so"", they did",' in lines
    assert '"excludenodes","n9",,"1"' in lines
    assert set(typed(daemon, "tabdump deps").splitlines()[1:]) == {'"n1","n2",,"on",,', '"n1","n10",,"off",,'}
    assert [row.split(",")[2] for row in typed(daemon, "tabdump -w 'command==rpower' auditlog").splitlines()[1:]] == [
        '"root"',
        '"joe"',
    ]


def test_rows_without_a_key_are_shown_and_stay(daemon: Daemon, old: Old) -> None:
    if old.engine is not Engine.SQLITE:
        done = daemon.run("tabdump", "vpd")
        assert (done.returncode, done.stdout) == (0, "#node,serial,mtm,side,asset,uuid,comments,disable\n")
        return
    typed(daemon, "chtab node=n1 vpd.serial=s4")
    assert typed(daemon, "tabdump vpd").splitlines()[1:] == [',"s1",,,,,,', ',"s2",,,,,,', '"n1","s4",,,,,,']
    assert old.sql("SELECT count(*) FROM vpd WHERE node IS NULL") == "2"


def test_nodes_inherit_and_patterns_are_worked_out(daemon: Daemon) -> None:
    assert typed(daemon, "nodels compute ipmi.bmc nodehm.power nodehm.mgt").splitlines() == [
        "n1: ipmi.bmc: 10.0.0.101",
        "n1: nodehm.power: ",
        "n1: nodehm.mgt: ipmi",
        "n2: ipmi.bmc: 10.0.0.102",
        "n2: nodehm.power: ipmi",
        "n2: nodehm.mgt: ipmi",
    ]
    shown = typed(daemon, "lsdef n10 -i arch,groups,mgt")
    assert ("arch=" in shown, "groups=all" in shown) == (True, True)
    assert "ppc64le" not in shown
    assert set(typed(daemon, "nodels dyn").split()) == {"n1", "n2"}


def test_commands_change_it(daemon: Daemon, old: Old) -> None:
    typed(
        daemon,
        "nodeadd m1-m3 groups=made,all ipmi.bmc=10.1.0.1",
        "chdef -t node -o m1 mac=00:11:22:33:44:55 serialport=0",
    )
    assert old.column('SELECT "node" FROM "nodelist" WHERE "groups" = \'made,all\'') == {"m1", "m2", "m3"}
    assert old.sql('SELECT "mac" FROM "mac" WHERE "node" = \'m1\'') == "00:11:22:33:44:55"
    typed(daemon, "chdef -t node -o m1 supportedarchs=x86,x86_64", "noderm m2,m3")
    assert old.sql('SELECT "supportedarchs" FROM "nodetype" WHERE "node" = \'m1\'') == "x86,x86_64"
    assert old.sql("SELECT count(*) FROM \"ipmi\" WHERE \"node\" IN ('m2', 'm3')") == "0"
    typed(daemon, "chdef -t group -o compute bmcusername=operator", "chtab key=domain site.value=new.test")
    assert old.sql('SELECT "value" FROM "site" WHERE "key" = \'domain\'') == "new.test"
    assert old.sql('SELECT "username", "bmc" FROM "ipmi" WHERE "node" = \'compute\'') == (
        "operator\t|n(\\d+)|10.0.0.($1+100)|".replace("\\", "\\\\" if old.engine is Engine.MYSQL else "\\")
    )
    typed(daemon, "noderm m1", "chtab key=domain site.value=cluster.test")


def test_a_table_is_restored_from_what_an_older_xcat_dumped(daemon: Daemon, old: Old, tmp_path: Path) -> None:
    file = tmp_path / "networks.csv"
    file.write_text('#netname,net,mask,comments,disable\n"mgt","10.0.0.0","255.255.255.0",,\n"new","10.9.0.0",,"é",\n')
    typed(daemon, f"tabrestore {file}")
    assert old.column('SELECT "netname" FROM "networks"') == {"mgt", "new"}
    file.write_text('#netname,net,x_colour\n"mgt","10.0.0.0","red"\n')
    done = daemon.run("tabrestore", str(file))
    assert (done.returncode, done.stderr) == (
        1,
        "Error: [mn1]: The header line indicates that column 'x_colour' should exist, which is not defined in the schema for "
        "'networks'\n",
    )
    assert old.column('SELECT "netname" FROM "networks"') == {"mgt", "new"}


def test_what_the_character_set_cannot_hold_is_refused(daemon: Daemon, old: Old) -> None:
    typed(daemon, "chtab key=latin passwd.comments='Größe'")
    assert old.sql('SELECT "comments" FROM "passwd" WHERE "key" = \'latin\'') == "Größe"
    done = daemon.run("chtab", "key=latin", "passwd.comments=漢")
    refused = old.engine is Engine.MYSQL
    assert done.returncode == (1 if refused else 0)
    assert ("has no room for a character of the text in its character set: change the text" in done.stderr) is refused
    wanted = "Größe" if refused else "漢"
    assert old.sql('SELECT "comments" FROM "passwd" WHERE "key" = \'latin\'') == wanted
    done = daemon.run("chtab", "key=LATIN", "passwd.comments=x")
    assert ("takes both for the same" in done.stderr) is refused
    typed(daemon, "chtab -d key=latin passwd", "chtab -d key=LATIN passwd")


def test_what_xcats_programs_write_is_seen(daemon: Daemon, old: Old) -> None:
    old.sql('INSERT INTO "nodelist" ("node","groups") VALUES (\'p1\',\'perl,all\')')
    old.sql('INSERT INTO "nodehm" ("node","mgt") VALUES (\'perl\',\'ipmi\')')
    shows(daemon, "nodels perl nodehm.mgt", "p1: ipmi")
    old.sql('UPDATE "nodelist" SET "groups" = \'pearl,all\',"status" = \'booted\' WHERE "node" = \'p1\'')
    shows(daemon, "nodels pearl nodelist.status", "p1: booted")
    old.sql('UPDATE "nodehm" SET "disable" = \'1\' WHERE "node" = \'perl\'')
    old.sql('UPDATE "nodelist" SET "groups" = \'perl,all\' WHERE "node" = \'p1\'')
    shows(daemon, "nodels perl nodehm.mgt", "p1: ")
    old.sql('DELETE FROM "nodelist" WHERE "node" = \'p1\'')
    old.sql('DELETE FROM "nodehm" WHERE "node" = \'perl\'')
    until(lambda: "Invalid nodes" in daemon.run("nodels", "p1").stderr, "the end of p1")


def test_records_are_numbered_by_both(daemon: Daemon, old: Old) -> None:
    typed(daemon, "tabdump site")
    until(lambda: "tabdump" in old.column('SELECT "command" FROM "auditlog"'), "the daemon's own record")
    last = int(old.sql('SELECT MAX("recid") FROM "auditlog"'))
    old.sql('INSERT INTO "auditlog" ("audittime","userid","command") VALUES (\'2024-02-03 04:05:06\',\'perl\',\'x\')')
    ours = old.column('SELECT "recid" FROM "auditlog" WHERE "userid" = \'perl\'')
    assert min(map(int, ours)) > last
    shown = typed(daemon, "tabdump -w 'userid==perl' auditlog").splitlines()
    assert [line.split(",")[5] for line in shown[1:]] == ['"x"']


def test_nothing_is_dropped_and_no_type_is_another(begun: tuple[Daemon, Old, set[str]]) -> None:
    _, old, before = begun
    after = old.shape()
    assert before <= after
    added = {line for line in after - before if "xcatd_" not in line}
    named = {line.strip("('").replace("', '", "\t").split("\t")[0] for line in added}
    assert named == {*_OLDER, *_NEWER, *(table.name for table in OWN)}
    assert old.sql('SELECT "bill", "sum" FROM "x_bills"') == "b1\t12.50"
    assert old.sql('SELECT "node" FROM "nodelist" WHERE "x_asset" = \'a7\'') == "n1"


def test_all_is_restored_from_its_own_dump(daemon: Daemon, old: Old, tmp_path: Path) -> None:
    if old.engine is Engine.SQLITE:  # rows without a key are dumped, and not let in again
        old.sql("DELETE FROM vpd WHERE node IS NULL")
        until(lambda: len(typed(daemon, "tabdump vpd").splitlines()) == 2, "the end of the rows without a key")
    before = {table: typed(daemon, f"tabdump {table}") for table in ROWS if table != "auditlog"}
    typed(daemon, f"dumpxCATdb -p {tmp_path}", "noderm n1", "chtab -d key=domain site", f"restorexCATdb -p {tmp_path}")
    assert {table: sorted(typed(daemon, f"tabdump {table}").splitlines()) for table in before} == {
        table: sorted(text.splitlines()) for table, text in before.items()
    }
    assert old.sql('SELECT "node" FROM "nodelist" WHERE "x_asset" = \'a7\'') == ""
