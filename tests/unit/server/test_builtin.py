"""Log-ins by password and token, as front ends of xCAT 2 use them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.tables import snapshot_of
from tests.unit.server.conftest import Room
from xcatd.errors import Denied
from xcatd.model import Caller, Request, Role, Secret
from xcatd.protocol.xml import Login, XmlRequest
from xcatd.server.builtin import BUILTIN, authenticate, note_use
from xcatd.store import Put, open_store

PEER = Caller("web", Role.NODE, host="frontend", peer="192.0.2.9")
SNAPSHOT = snapshot_of(
    passwd=[{"key": "xcat", "username": "joe", "password": "sesame"}],
    token=[
        {"tokenid": "good", "username": "ann", "expire": "never", "access": "2020-01-01 00:00:00"},
        {"tokenid": "old", "username": "ann", "expire": "2020-01-01 00:00:00"},
    ],
)


def test_who_does_not_log_in_is_the_peer() -> None:
    assert authenticate(XmlRequest("nodels"), PEER, SNAPSHOT) == (PEER, ())


def test_a_password_makes_a_user_of_the_same_host() -> None:
    asked = XmlRequest("nodels", become=Login("joe", Secret("sesame")))
    assert authenticate(asked, PEER, SNAPSHOT) == (Caller("joe", Role.USER, "frontend", "192.0.2.9"), ())


def test_a_token_makes_a_user_and_its_use_is_to_be_kept() -> None:
    caller, changes = authenticate(XmlRequest("nodels", token=Secret("good")), PEER, SNAPSHOT)
    assert caller == Caller("ann", Role.USER, "frontend", "192.0.2.9")
    [change] = changes
    assert isinstance(change, Put)
    assert (change.table, change.key, list(change.values)) == ("token", {"tokenid": "good"}, ["access"])


@pytest.mark.parametrize(
    "asked",
    [
        XmlRequest("nodels", become=Login("joe", Secret("Sesame"))),
        XmlRequest("nodels", become=Login("joe", Secret(""))),
        XmlRequest("nodels", become=Login("root", Secret("sesame"))),
        XmlRequest("nodels", become=Login("", Secret(""))),
        XmlRequest("nodels", token=Secret("old")),
        XmlRequest("nodels", token=Secret("none")),
        XmlRequest("nodels", token=Secret("")),
        XmlRequest("nodels", become=Login("joe", Secret("wrong")), token=Secret("good")),
    ],
)
def test_a_wrong_password_or_token_lets_nobody_in(asked: XmlRequest) -> None:
    with pytest.raises(Denied, match=r"^Authentication failure$"):
        authenticate(asked, PEER, SNAPSHOT)


async def test_the_use_of_a_token_is_kept_or_the_log_says_that_it_was_not(
    empty_database: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "xcat.sqlite"
    path.write_bytes(empty_database.read_bytes())
    store = await open_store(path, patience=0.01)
    change = Put("token", {"tokenid": "t1"}, {"username": "ann"})
    try:
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await note_use(store, [change], "ann")
        assert caplog.messages[0].startswith("the use of a token of ann was not kept: ")
        assert not store.snapshot.table("token").rows
        await note_use(store, [change], "ann")
        assert store.snapshot.table("token").find("t1")[0]["username"] == "ann"
    finally:
        await store.close()


async def test_tables_answer_the_questions_of_programs(room: Room) -> None:
    await room.desk.fill(
        nodelist=[{"node": f"n{number}", "groups": "all,even" if number % 2 == 0 else "all"} for number in (1, 2, 3)],
        site=[{"key": "excludenodes", "value": "n3"}],
        passwd=[{"key": "xcat", "username": "joe", "password": "sesame"}],
    )

    async def ask(asked: XmlRequest, user: str = "root") -> dict[str, object]:
        name = "gettoken" if asked.gettoken else asked.command
        request = Request("r1", name, Caller(user, Role.USER), asked.args, noderange=asked.noderange)
        return dict(await BUILTIN[name](room.desk.hall, asked, request))

    assert await ask(XmlRequest("noderange", noderange="all")) == {"node": ["n1", "n2"]}
    assert await ask(XmlRequest("noderange", noderange="n9")) == {"warning": ["Invalid nodes in noderange:n9"]}
    assert await ask(XmlRequest("noderange")) == {}
    assert await ask(XmlRequest("extnoderange", noderange="n2", args=("subgroups",))) == {
        "node": ["n2"],
        "intersectinggroups": ["all", "even"],
    }
    assert await ask(XmlRequest("extnoderange", noderange="n2")) == {"node": ["n2"]}
    assert await ask(XmlRequest("authcheck")) == {"username": ["root"], "data": ["Authenticated"]}
    assert await ask(XmlRequest("authcheck"), "eve") == {"data": ["Unauthenticated"]}
    with pytest.raises(Denied, match=r"^Permission denied for request$"):
        await ask(XmlRequest("noderange", noderange="all"), "eve")
    assert [decision.allowed for _, decision in room.desk.audit] == [True] * 5 + [False]
    with pytest.raises(Denied, match=r"^Authentication failure$"):
        await ask(XmlRequest(gettoken=Login("joe", Secret("wrong"))))
    await ask(XmlRequest(gettoken=Login("joe", Secret("sesame"))))
    [token] = room.desk.store.snapshot.table("token").rows
    assert token["username"] == "joe"
    caller, _ = authenticate(XmlRequest("nodels", token=Secret(token["tokenid"])), PEER, room.desk.store.snapshot)
    assert caller.name == "joe"
