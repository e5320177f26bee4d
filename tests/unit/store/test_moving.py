"""A database is moved into another one of each kind: nothing is lost, and what fails half-way leaves the old one in use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.unit.store.contract import audit, master, node
from tests.unit.store.foreign import Foreign
from tests.unit.store.grounds import Ground, Grounds
from xcatd.errors import Away, StoreError
from xcatd.store import Append, Delete, Put, SqlStore, open_store
from xcatd.store.changes import Once
from xcatd.store.location import Engine, Location
from xcatd.store.moving import Moved, abandon, copy_database, is_empty, moving, reopen

pytestmark = pytest.mark.servers

ENGINES = list(Engine)
TEXT = 'it\'s "q" \\ % $1 🦀 grüße\n'


class Room:
    """Gives out databases of any kind."""

    def __init__(self, request: pytest.FixtureRequest, folder: Path, stack: ExitStack) -> None:
        self._request, self._folder, self._stack = request, folder, stack
        self._files = 0

    def of(self, engine: Engine) -> Ground:
        """A database without rows; a file is made by whoever opens it first."""
        return self._stack.enter_context(self._file() if engine is Engine.SQLITE else self._server(engine).lent())

    def _server(self, engine: Engine) -> Grounds:
        name = "postgres_grounds" if engine is Engine.POSTGRES else "mariadb_grounds"
        found = self._request.getfixturevalue(name)
        assert isinstance(found, Grounds)
        return found

    @contextmanager
    def _file(self) -> Iterator[Ground]:
        self._files += 1
        ground = Ground(Location.of_file(self._folder / f"{self._files}.sqlite"))
        try:
            yield ground
        finally:
            ground.close()


@pytest.fixture
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    for name in ("postgres_grounds", "mariadb_grounds"):  # before a test runs a loop
        request.getfixturevalue(name)
    with ExitStack() as stack:
        yield Room(request, tmp_path, stack)


async def fill(ground: Ground) -> None:
    """Rows, logs with gaps, a history with gaps, and marks of writers."""
    store = await open_store(ground.location)
    await store.write([master("10.0.0.1"), node("gone")], author="root")
    assert await store.history.prune("9999") == 1
    nodes = [node(f"cn{number:03}", groups="", comments=TEXT, status=None) for number in range(120)]
    await store.write([*nodes, Delete("nodelist", {"node": "gone"})], author="ann", once=Once("sn1", 7))
    await store.write(
        [Put("switch", {"node": TEXT.strip(), "switch": "", "port": "1"}, {"vlan": "x" * 102_400})], author="a"
    )
    await store.write([audit(TEXT), audit("b"), Append("auditlog", {"recid": "70", "args": "c"})], author="root")
    await store.write([Delete("auditlog", {"recid": "2"})], author="root")
    await store.close()


async def content(ground: Ground) -> object:
    """All that is in a database, as far as a move carries it; the order of rows is a matter of the kind."""
    store = await open_store(ground.location)
    tables = {name: dict(store.snapshot.table(name).by_ident) for name in store.snapshot}
    logs = {name: [row.cells() for row in await store.scan(name)] for name in ("auditlog", "eventlog", "performance")}
    entries = await store.history.entries()
    changes = [await store.history.changes(entry.id) for entry in entries]
    await store.close()
    marks = ground.sql('SELECT "name", "revision" FROM "xcatd_revision"')
    writers = ground.sql("""SELECT "serial" FROM "xcatd_writer" WHERE "name" = 'sn1'""")
    return tables, logs, entries, changes, {pair for pair in marks if pair[0] == "@history"}, writers


async def numbers_go_on(ground: Ground) -> None:
    store = await open_store(ground.location)
    await store.write([audit("new"), node("new")], author="root")
    assert (await store.scan("auditlog", last=1))[0]["recid"] == "71"
    assert (await store.history.entries())[-1].id == 4
    await store.write([audit("again")], author="root", once=Once("sn1", 7))
    assert len(await store.scan("auditlog")) == 3
    await store.close()


async def refuses(store: SqlStore) -> str:
    with pytest.raises(StoreError) as caught:
        await store.write([master("too late")], author="root")
    return str(caught.value)


@pytest.mark.parametrize("target", ENGINES)
@pytest.mark.parametrize("source", ENGINES)
async def test_everything_arrives(room: Room, source: Engine, target: Engine) -> None:
    old, new = room.of(source), room.of(target)
    await fill(old)
    before = await content(old)
    daemon = await open_store(old.location)
    assert await is_empty(new.location)
    async with moving(old.location, new.location) as moved:
        assert moved == Moved(tables=4, rows=1 + 120 + 1 + 2)
        assert await content(new) == before
    assert await content(new) == before
    assert "cfgloc names another database now" in await refuses(daemon)
    assert daemon.snapshot.site("master") == "10.0.0.1"
    await daemon.close()
    assert await is_empty(old.location)
    assert not await is_empty(new.location)
    await numbers_go_on(new)


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_database_is_not_copied_into_itself(room: Room, engine: Engine) -> None:
    old = room.of(engine)
    await fill(old)
    before = await content(old)
    for copy in (copy_database(old.location, old.location), _moved(old.location)):
        with pytest.raises(StoreError, match="cannot be copied into itself: name another database"):
            await copy
    assert await content(old) == before


async def _moved(location: Location) -> None:
    async with moving(location, location):
        pass


@pytest.mark.parametrize("engine", ENGINES)
async def test_nobody_writes_to_the_old_one_meanwhile(room: Room, engine: Engine) -> None:
    """A daemon and a foreign program that want to write wait; what the foreign one writes then is in the old one only."""
    old, new = room.of(engine), room.of(Engine.SQLITE)
    await fill(old)
    daemon = await open_store(old.location, patience=60)
    async with asyncio.TaskGroup() as tasks:
        async with moving(old.location, new.location):
            late = tasks.create_task(refuses(daemon))
            theirs = tasks.create_task(asyncio.to_thread(_insert, old.foreign()))
            for _ in range(200):
                await asyncio.sleep(0)
            assert not late.done()
            assert not theirs.done()
        assert "cfgloc names another database now" in await late
    await daemon.close()
    store = await open_store(new.location)
    assert not store.snapshot.table("nodelist").find("foreign")
    await store.close()


def _insert(foreign: Foreign) -> None:
    foreign.run("""INSERT INTO "nodelist" ("node") VALUES ('foreign')""")


@pytest.mark.parametrize("target", ENGINES)
@pytest.mark.parametrize("source", ENGINES)
async def test_a_failure_before_the_new_one_counts(room: Room, source: Engine, target: Engine) -> None:
    """What is in the new one is abandoned, the old one goes on, and the next move succeeds."""
    old, new = room.of(source), room.of(target)
    await fill(old)
    before = await content(old)
    daemon = await open_store(old.location)
    with pytest.raises(OSError, match="no room for cfgloc"):
        async with moving(old.location, new.location):
            raise OSError("no room for cfgloc")
    await daemon.write([node("later")], author="root")
    await daemon.write([Delete("nodelist", {"node": "later"})], author="root")
    await daemon.close()
    assert await is_empty(new.location)
    assert await content(old) != before  # the history goes on
    async with moving(old.location, new.location):
        pass
    assert await content(new) == await content(old)


@pytest.mark.parametrize("target", ENGINES)
async def test_a_new_one_with_rows_is_refused_and_left_alone(room: Room, target: Engine) -> None:
    old, new = room.of(Engine.SQLITE), room.of(target)
    await fill(old)
    store = await open_store(new.location)
    await store.write([node("mine")], author="root")
    await store.close()
    before, mine = await content(old), await content(new)
    with pytest.raises(
        StoreError, match="has rows already, in nodelist: name it in cfgloc to use them, or make it empty"
    ):
        async with moving(old.location, new.location):
            raise AssertionError
    assert (await content(old), await content(new)) == (before, mine)
    await numbers_of_old_go_on(old)


async def numbers_of_old_go_on(ground: Ground) -> None:
    store = await open_store(ground.location)
    await store.write([node("goes on")], author="root")
    await store.close()


@pytest.mark.parametrize("engine", ENGINES)
async def test_marks_of_a_move(room: Room, engine: Engine) -> None:
    old, new = room.of(engine), room.of(Engine.SQLITE)
    await fill(old)
    async with moving(old.location, new.location):
        pass
    for _ in range(2):
        await reopen(old.location)
        assert not await is_empty(old.location)
    store = await open_store(old.location)
    await store.write([node("again")], author="root")
    await store.close()
    for _ in range(2):
        await abandon(new.location)
        assert await is_empty(new.location)
    async with moving(old.location, new.location):
        pass
    assert await content(new) == await content(old)


@pytest.mark.parametrize("target", ENGINES)
@pytest.mark.parametrize("source", ENGINES)
async def test_a_copy_leaves_the_old_one_in_use(room: Room, source: Engine, target: Engine) -> None:
    old, new = room.of(source), room.of(target)
    await fill(old)
    before = await content(old)
    assert await copy_database(old.location, new.location) == Moved(tables=4, rows=124)
    assert await content(old) == await content(new) == before
    await numbers_of_old_go_on(old)


@pytest.mark.parametrize("target", [Engine.POSTGRES, Engine.MYSQL])
async def test_rows_that_a_server_cannot_have_are_named(room: Room, target: Engine) -> None:
    old, new = room.of(Engine.SQLITE), room.of(target)
    await (await open_store(old.location)).close()
    old.sql("INSERT INTO nodelist (node, comments) VALUES ('cn01', CAST(x'67FC' AS TEXT))")
    with pytest.raises(
        StoreError, match="Row node='cn01' of table nodelist has text that is not UTF-8: correct it first"
    ):
        await copy_database(old.location, new.location)
    old.sql("DELETE FROM nodelist")
    old.sql("INSERT INTO nodelist (node) VALUES (?)", "n" * 129)
    with pytest.raises(StoreError, match=new.location.database):
        await copy_database(old.location, new.location)
    old.sql("DELETE FROM nodelist")
    for password in ("a", "b"):
        old.sql("INSERT INTO passwd (key, password) VALUES ('ipmi', ?)", password)
    with pytest.raises(StoreError, match=new.location.database):
        await copy_database(old.location, new.location)
    assert await is_empty(new.location)
    old.sql("DELETE FROM passwd WHERE password = 'b'")
    await copy_database(old.location, new.location)
    assert new.sql('SELECT "username" FROM "passwd"') == [("",)]


async def test_other_letters_are_another_key_in_a_file_only(room: Room) -> None:
    old, new = room.of(Engine.SQLITE), room.of(Engine.MYSQL)
    store = await open_store(old.location)
    await store.write([node("cn01"), node("CN01")], author="root")
    await store.close()
    with pytest.raises(StoreError, match="has a row with this key already, perhaps in other letters"):
        await copy_database(old.location, new.location)
    assert await is_empty(new.location)


async def test_a_server_that_is_not_there(room: Room) -> None:
    old = room.of(Engine.SQLITE)
    await fill(old)
    nowhere = Location(Engine.POSTGRES, database="x", host="127.0.0.1", port=1, user="u")
    with pytest.raises(Away, match=r"x on 127\.0\.0\.1 port 1 cannot be reached"):
        async with moving(old.location, nowhere):
            raise AssertionError
    await numbers_of_old_go_on(old)
