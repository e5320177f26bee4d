"""The answers of many nodes in other forms: in order, folded, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from tests.unit.dispatch.reader import Reader
from xcatd.dispatch.forms import Form, form_of
from xcatd.errors import UsageError
from xcatd.model import (
    Caller,
    Channel,
    Ended,
    Failure,
    Line,
    NodeBlock,
    Progress,
    Reply,
    Request,
    Role,
    Verdict,
)

REQUEST = Request("r1", "rpower", Caller("root", Role.USER), whole=True)
NODES = ("n1", "n2", "n3")
OK = Verdict.OK


def made(reader: Reader, *given: str) -> Form:
    return form_of(frozenset(given), REQUEST, NODES, reader)


async def said(form: Form, replies: Sequence[Reply]) -> None:
    for reply in replies:
        await form.send(reply)


def test_two_forms_that_exclude_each_other_are_refused() -> None:
    with pytest.raises(UsageError, match="rpower: --fold and --json exclude each other"):
        made(Reader(), "--fold", "--json")


@pytest.mark.parametrize("given", [(), ("--ordered",), ("--fold",), ("--json",), ("--ordered", "--json")])
@pytest.mark.parametrize("lazy", [True, False])
def test_it_flows_as_the_reader_does(given: tuple[str, ...], lazy: bool) -> None:
    assert made(Reader(lazy=lazy), *given).flowing is not lazy


async def test_by_default_everything_comes_as_it_comes() -> None:
    reader = Reader()
    form = made(reader)
    replies: list[Reply] = [Line("on", "n2"), Ended("n2", OK), Line("off", "n1"), Progress(1, 2)]
    await said(form, replies)
    await form.close()
    assert reader.replies == replies


# -- in order -----------------------------------------------------------------------------------------------------------


async def test_the_first_node_speaks_at_once_and_the_others_when_those_before_have_ended() -> None:
    reader = Reader()
    form = made(reader, "--ordered")
    await said(form, [Line("on", "n3"), Ended("n3", OK), Line("a", "n1")])
    assert reader.replies == [Line("a", "n1")]
    await said(form, [Line("on", "n2"), Line("b", "n1"), Ended("n1", OK)])
    assert [(reply.node, reply.text) for reply in reader.replies if isinstance(reply, Line)] == [
        ("n1", "a"),
        ("n1", "b"),
        ("n2", "on"),
    ]
    await said(form, [Ended("n2", OK)])
    assert [reply.node for reply in reader.replies if isinstance(reply, Ended)] == ["n1", "n2", "n3"]


async def test_what_is_about_no_node_waits_for_nobody() -> None:
    reader = Reader()
    form = made(reader, "--ordered")
    replies: list[Reply] = [Failure("sn1 is away"), Progress(1, 3), Line("x", "stranger")]
    await said(form, replies)
    assert reader.replies == replies


async def test_blocks_are_put_in_order_line_by_line() -> None:
    reader = Reader()
    form = made(reader, "--ordered")
    await said(form, [NodeBlock((("n2", "Fan", "1"), ("n1", None, "x"), ("n2", "Fan", "2")), "sn1")])
    await said(form, [Ended("n1", OK), Ended("n2", OK)])
    assert [reply for reply in reader.replies if isinstance(reply, Line)] == [
        Line("x", "n1", source="sn1"),
        Line("1", "n2", "Fan", source="sn1"),
        Line("2", "n2", "Fan", source="sn1"),
    ]


async def test_nodes_without_an_end_speak_when_it_is_closed() -> None:
    reader = Reader()
    form = made(reader, "--ordered")
    await said(form, [Line("on", "n3"), Line("on", "n2")])
    await form.close()
    assert reader.replies == [Line("on", "n2"), Line("on", "n3")]


# -- folded -------------------------------------------------------------------------------------------------------------


async def test_nodes_that_said_the_same_stand_together_as_xcoll_shows_them() -> None:
    reader = Reader()
    form = made(reader, "--fold")
    await said(form, [Line("off", "n10"), Line("on", "n2"), Line("on", "n3"), Line("on", "n1"), Ended("n1", OK)])
    await form.close()
    texts = [reply.text for reply in reader.replies if isinstance(reply, Line)]
    rule = "=" * 36
    assert texts == [rule, "n[1-3]", rule, "on", "", rule, "n10", rule, "off", ""]


async def test_labels_belong_to_what_was_said() -> None:
    reader = Reader()
    form = made(reader, "--fold")
    await said(form, [NodeBlock((("n1", "Fan", "1"), ("n2", "Fan", "1"), ("n1", "Temp", "2"), ("n2", "Temp", "2")))])
    await form.close()
    texts = [reply.text for reply in reader.replies if isinstance(reply, Line)]
    assert texts[1:5] == ["n[1-2]", "=" * 36, "Fan: 1", "Temp: 2"]


async def test_what_goes_to_standard_error_comes_at_once() -> None:
    reader = Reader()
    form = made(reader, "--fold")
    replies: list[Reply] = [Failure("no answer", "n1"), Line("look", "n2", channel=Channel.WARNING), Progress(1, 3)]
    await said(form, replies)
    assert reader.replies == replies


# -- JSON ---------------------------------------------------------------------------------------------------------------


async def items(reader: Reader, form: Form, replies: Sequence[Reply]) -> list[dict[str, object]]:
    await said(form, replies)
    await form.close()
    texts = [reply.text or "" for reply in reader.replies if isinstance(reply, Line) and reply.channel is Channel.DATA]
    found = json.loads("\n".join(texts))
    assert isinstance(found, list)
    return found


async def test_each_node_is_an_item_with_its_verdict_and_what_it_said() -> None:
    reader = Reader()
    found = await items(
        reader,
        made(reader, "--json"),
        [
            *(Line("on", "n2"), Ended("n2", OK)),
            *(Line("31 C", "n1", "CPU Temp"), Line("x", "n1"), Line("y", "n1"), Ended("n1", OK)),
            *(Failure("no answer", "n3", cause="unreachable"), Ended("n3", Verdict.UNREACHABLE)),
        ],
    )
    assert found == [
        {"type": "node", "name": "n2", "attributes": {"verdict": "ok", "output": "on"}},
        {"type": "node", "name": "n1", "attributes": {"verdict": "ok", "CPU Temp": "31 C", "output": "x\ny"}},
        {"type": "node", "name": "n3", "attributes": {"verdict": "unreachable", "error": "no answer"}},
    ]
    assert reader.failures == [Failure("no answer", "n3", cause="unreachable")]


async def test_a_failure_that_xcat_says_on_standard_output_goes_to_the_other_one() -> None:
    reader = Reader()
    found = await items(
        reader, made(reader, "--json"), [Failure("bad word", "n1", 1, Channel.DATA), Ended("n1", Verdict.FAILED)]
    )
    assert found == [{"type": "node", "name": "n1", "attributes": {"verdict": "failed", "error": "bad word"}}]
    assert reader.failures == [Failure("bad word", "n1", 1, Channel.ERROR)]


async def test_without_nodes_it_is_an_empty_array() -> None:
    reader = Reader()
    assert await items(reader, made(reader, "--json"), [Line("about nobody"), Failure("sn1 is away")]) == []
    assert reader.failures == [Failure("sn1 is away")]


async def test_items_may_come_in_order() -> None:
    reader = Reader()
    form = made(reader, "--json", "--ordered")
    found = await items(reader, form, [Ended("n2", OK), Ended("n3", OK), Ended("n1", OK)])
    assert [item["name"] for item in found] == ["n1", "n2", "n3"]


@pytest.mark.parametrize("given", [(), ("--ordered",), ("--fold",), ("--json",)])
async def test_the_slowest_nodes_are_named_on_standard_error_in_whatever_form(given: tuple[str, ...]) -> None:
    reader = Reader()
    form = made(reader, "--slowest", *given)
    await said(form, [Line("on", "n1"), Ended("n1", OK, 0.204), Ended("n2", OK, 3.0), Ended("n3", Verdict.FAILED, 0.1)])
    await form.close()
    (told,) = [reply for reply in reader.replies if isinstance(reply, Failure)]
    assert (told.text, told.code, told.prefix) == ("slowest: n2 3.00 s, n1 0.20 s, n3 0.10 s", 0, False)


async def test_ten_of_them_are_enough() -> None:
    reader = Reader()
    form = form_of(frozenset({"--slowest"}), REQUEST, [f"n{number}" for number in range(50)], reader)
    await said(form, [Ended(f"n{number}", OK, number / 10) for number in range(50)])
    await form.close()
    assert isinstance(reader.replies[-1], Failure)
    assert reader.replies[-1].text.startswith("slowest: n49 4.90 s, n48 4.80 s, ")
    assert reader.replies[-1].text.count(",") == 9
