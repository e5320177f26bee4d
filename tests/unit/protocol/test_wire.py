"""Nouns cross a link between daemons unchanged; anything else is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.protocol.replies import everything
from xcatd.errors import Malformed
from xcatd.model import (
    Block,
    Caller,
    Done,
    Ended,
    Failure,
    Line,
    NodeBlock,
    Progress,
    Raw,
    Reply,
    Request,
    Role,
    Verdict,
)
from xcatd.protocol.wire import (
    replies_from_json,
    replies_to_json,
    request_from_json,
    request_to_json,
)

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF))
lists = st.lists(texts, max_size=3).map(tuple)
callers = st.builds(Caller, texts, st.sampled_from(Role), texts, texts)
requests = st.builds(
    Request,
    id=texts,
    command=texts,
    caller=callers,
    argv=lists,
    whole=st.booleans(),
    noderange=st.none() | texts,
    nodes=st.none() | lists,
    stdin=st.none() | texts,
    cwd=texts,
    env=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    client_type=texts,
    remote_clients=lists,
    via=lists,
    down=st.booleans(),
    progress=st.booleans(),
    screen=st.booleans(),
)
REQUEST = Request("r1", "rpower", Caller("ann", Role.USER, "mn", "127.0.0.1"), ("stat",), nodes=("n1", "n2"))


@given(requests)
def test_a_request_arrives_as_it_was_sent(request: Request) -> None:
    assert request_from_json(request_to_json(request)) == request


@given(st.lists(everything(texts), max_size=8))
def test_replies_arrive_as_they_were_sent(replies: list[Reply]) -> None:
    assert replies_from_json(replies_to_json(replies)) == replies


def test_replies_are_short_on_the_wire() -> None:
    replies: list[Reply] = [Line("on", "n1", source="sn1"), Failure("no answer", "n2"), Ended("n1", Verdict.OK)]
    assert replies_to_json(replies) == (
        b'[["L","on","n1",null,"data","sn1"],["F","no answer","n2",1,"error","",true],["E","n1","ok"]]'
    )


def test_a_nodes_end_has_its_seconds_where_they_were_measured() -> None:
    data = replies_to_json([Ended("n1", Verdict.OK, 1.23456), Ended("n2", Verdict.FAILED)])
    assert data == b'[["E","n1","ok",1.235],["E","n2","failed"]]'
    assert [reply.seconds for reply in replies_from_json(data) if isinstance(reply, Ended)] == [1.235, 0.0]


def test_blocks_cost_little_more_than_their_lines() -> None:
    replies: list[Reply] = [Block(("a", "b"), source="mn"), NodeBlock((("n1", None, "on"),), "mn")]
    assert replies_to_json(replies) == b'[["B",["a","b"],"data","mn"],["N",[["n1",null,"on"]],"mn"]]'


def test_bytes_of_file_names_survive() -> None:
    request = replace(REQUEST, argv=("caf\udce9",))
    assert b'"caf\\udce9"' in request_to_json(request)
    assert request_from_json(request_to_json(request)).argv == ("caf\udce9",)


def changed(**fields: Any) -> bytes:
    return json.dumps({**json.loads(request_to_json(REQUEST)), **fields}).encode()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        changed(id=None),
        changed(argv="stat"),
        changed(argv=[1]),
        changed(whole=1),
        changed(nodes=[None]),
        changed(env=[["A"]]),
        changed(env={"A": "1"}),
        changed(caller=["ann", "user", "mn"]),
        changed(caller=["ann", "king", "mn", ""]),
        changed(caller={"name": "ann"}),
        changed(down=0),
        changed(progress=None),
        request_to_json(REQUEST).replace(b'"whole":false,', b""),
    ],
)
def test_what_is_no_request_is_refused(payload: bytes) -> None:
    with pytest.raises(Malformed, match="no request: run the same version"):
        request_from_json(payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b"[1]",
        b"[[]]",
        b'[["?"]]',
        b'[["L","a",null,null,"data"]]',
        b'[["L","a",null,null,"shout",""]]',
        b'[["L",1,null,null,"data",""]]',
        b'[["F",null,null,1,"error","",true]]',
        b'[["F","a",null,true,"error","",true]]',
        b'[["F","a",null,1.5,"error","",true]]',
        b'[["F","a",null,1,"error","",1]]',
        b'[["F","a",null,1,"error","",true,""]]',
        b'[["F","a",null,1,"error","",true,1]]',
        b'[["B",["a"],"data"]]',
        b'[["B",["a",1],"data",""]]',
        b'[["B","a","data",""]]',
        b'[["N",[["n1",null]],""]]',
        b'[["N",[[null,null,"a"]],""]]',
        b'[["N",["n1"],""]]',
        b'[["P",1,true]]',
        b'[["E","n1","perhaps"]]',
        b'[["E","n1","ok",-1]]',
        b'[["E","n1","ok",true]]',
        b'[["E","n1","ok","1"]]',
        b'[["E","n1","ok",NaN]]',
        b'[["E",null,"ok"]]',
        b'[["D","0"]]',
        b'[["D",' + b"9" * 5000 + b"]]",
    ],
)
def test_what_is_no_reply_is_refused(payload: bytes) -> None:
    with pytest.raises(Malformed, match="no list of replies"):
        replies_from_json(payload)


def test_what_a_newer_version_has_more_is_left_out() -> None:
    assert request_from_json(changed(more=1, others={"a": [None]})) == REQUEST
    newer = (
        b'[["Z",1],["L","on","n1",null,"data","sn1","more"],["F","a",null,1,"error","",true,"busy",1],["E","n1","ok",1,2],'
        b'["B",["a"],"data","mn",1],["N",[["n1",null,"on"]],"mn",{}],["R","YQ==",1],["P",1,2,3],["D",0,1]]'
    )
    assert replies_from_json(newer) == [
        Line("on", "n1", source="sn1"),
        Failure("a", code=1, cause="busy"),
        Ended("n1", Verdict.OK, 1.0),
        Block(("a",), source="mn"),
        NodeBlock((("n1", None, "on"),), "mn"),
        Raw(b"a"),
        Progress(1, 2),
        Done(0),
    ]


@pytest.mark.parametrize("read", [request_from_json, replies_from_json])
@given(payload=st.binary(max_size=50))
def test_any_bytes_are_read_or_refused(read: Callable[[bytes], object], payload: bytes) -> None:
    try:
        read(payload)
    except Malformed as error:
        assert "A daemon sent something" in str(error)
