"""What the daemon says to old clients: in the layout of xCAT, and printed by them as it was meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.perlprint import Printed, perlprint
from tests.unit.protocol.chunks import cut, cuts
from tests.unit.protocol.recorded import Exchange, exchanges
from tests.unit.protocol.replies import lines, replies
from xcatd.errors import Malformed, TooLarge
from xcatd.model import Channel, Done, Ended, Failure, Line, NodeBlock, Reply, Verdict
from xcatd.protocol.limits import Limits
from xcatd.protocol.text import Printer
from xcatd.protocol.xml import ResponseReader, ResponseWriter, Tree

RECORDED = {exchange.name: exchange for exchange in exchanges()}
DONE = "<xcatresponse>\n  <serverdone></serverdone>\n</xcatresponse>\n"

NODES = {f"n{number:02}": f"127.7.9.{number}" for number in range(1, 4)}
SSH = "ssh: Could not resolve hostname n01: Name or service not known\n"
FROBNICATE = "bmc1: Error: Unsupported command: rpower frobnicate when using mgt=ipmi."
RUNNING = "Running command: cat /etc/xcat/hostkeys/ssh_host_rsa_key.pub"

SAID: dict[str, list[Reply]] = {
    "gettab": [Line("127.0.0.1", source="vm")],
    "nodels-regex": [Line(None, node, source="vm") for node in NODES],
    "nodels-attr": [
        Line(value, node, label, source="vm")
        for node, bmc in NODES.items()
        for label, value in (("nodehm.mgt", "ipmi"), ("ipmi.bmc", bmc))
    ],
    "rpower-stat": [Line("off", "bmc1", source="vm"), Ended("bmc1", Verdict.OK)],
    "rpower-badarg": [Failure(FROBNICATE, channel=Channel.DATA, source="vm")],
    "rvitals": [Failure("Not present", "BADCODE", source="vm"), Ended("BADCODE", Verdict.FAILED), Done(1)],
    "tabdump-bad": [Failure("No such table: nosuchtable", source="vm"), Done(1)],
    "nodeset-bad": [
        *(
            Line(f"Error: /install/postscripts/{name} is missing.", channel=Channel.INFO, source="vm")
            for name in ("_xcat", "ca", "_ssh")
        ),
        Failure("Cannot find the OS image nosuch in the osimage table.", source="vm"),
    ],
    "makeknownhosts": [
        Line(RUNNING, channel=Channel.INFO, source="vm"),
        Failure("Can not resolve n01", source="vm"),
        Failure("Error building known_hosts file.", source="vm"),
    ],
    "xdsh-unreach": [Failure(SSH, "n01", 0, source="vm", prefix=False), Done(1)],
}
"""What our side would say in place of the recorded answers."""


def said(replies: Sequence[Reply], status: int = 0, transid: str = "") -> bytes:
    """The whole answer, in one go."""
    writer = ResponseWriter("vm", transid)
    finished = any(isinstance(reply, Done) for reply in replies)
    return writer.write(replies) + (b"" if finished else writer.finish(status))


def in_lines(answer: bytes) -> list[bytes]:
    """The answer without the count for xCAT's own log, without codes of 0, and not cut into responses."""
    rest = rb" *</?xcatresponse>\n| *<numofnodes>.*\n| *<errorcode>0</errorcode>\n| *<xcatdsource>vm</xcatdsource>\n"
    return re.sub(rest, b"", answer).splitlines()


@pytest.mark.parametrize("name", ["gettab", "nodels-regex", "rpower-stat", "rpower-badarg", "rvitals", "tabdump-bad"])
def test_an_answer_has_the_bytes_of_the_recorded_one(name: str) -> None:
    counted = b"<xcatresponse>\n  <numofnodes>3</numofnodes>\n  <xcatdsource>vm</xcatdsource>\n</xcatresponse>\n"
    assert said(SAID[name]) == RECORDED[name].answer.replace(counted, b"")


@pytest.mark.parametrize("name", [name for name in SAID if name != "makeknownhosts"])
def test_an_answer_has_the_elements_of_the_recorded_one_in_its_layout(name: str) -> None:
    assert in_lines(said(SAID[name])) == in_lines(RECORDED[name].answer)


@pytest.mark.parametrize("name", SAID)
def test_an_answer_prints_like_the_recorded_one(name: str) -> None:
    recorded = RECORDED[name]
    printed = perlprint(said(SAID[name], recorded.status), show_source=recorded.show_source)
    assert printed == Printed(recorded.stdout, recorded.stderr, recorded.status)


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("joe-nodels", Failure("Permission denied for request")),
        ("nodels-bad", Failure("Invalid nodes and/or groups in noderange: nosuchnode")),
        ("nosuchcmd", Failure("Unsupported request", code=0)),
    ],
)
def test_a_refusal_is_one_response_with_the_bytes_of_the_recorded_one(name: str, failure: Failure) -> None:
    assert ResponseWriter("vm").refuse(failure) == RECORDED[name].answer


def test_the_answer_to_a_program_is_one_response() -> None:
    warning = "Invalid nodes in noderange:localhost"
    assert ResponseWriter("vm").answer({"warning": [warning]}) == RECORDED["psh-local"].answer
    token = ResponseWriter("vm", "7").answer({"data": [{"token": [{"id": ["x"], "expire": ["never"]}]}]})
    assert token == (
        b"<xcatresponse>\n  <data>\n    <token>\n      <expire>never</expire>\n      <id>x</id>\n    </token>\n"
        b"  </data>\n  <serverdone></serverdone>\n  <transid>7</transid>\n</xcatresponse>\n"
    )


def test_the_transaction_s_name_comes_back() -> None:
    assert said([], transid="42").endswith(b"  <serverdone></serverdone>\n  <transid>42</transid>\n</xcatresponse>\n")


def test_replies_of_one_kind_share_a_response_and_others_do_not() -> None:
    answer = said(
        [
            *(Line("d", source="a"), Line("d", source="a"), Line("d", source="b"), Line("d", label="l", source="b")),
            *(Line("i", channel=Channel.INFO), Ended("n1", Verdict.OK), Line("i", channel=Channel.INFO)),
            *(Failure("e"), Failure("e", code=2), Failure("e", prefix=False), Failure("w", channel=Channel.WARNING)),
            *(Line("x", "n1"), Line("x", "n2"), Failure("e", "n1"), Failure("e", "n2"), Line("x", "n3")),
        ]
    )
    responses = [tree for tree in ResponseReader().feed(answer) if "serverdone" not in tree]
    assert [{name: len(values) for name, values in tree.items() if name != "xcatdsource"} for tree in responses] == [
        {"data": 2},
        {"data": 2},
        {"info": 2},
        {"error": 2, "errorcode": 1},
        {"NoErrorPrefix": 1, "error": 1, "errorcode": 1},
        {"errorcode": 1, "warning": 1},
        {"node": 2},
        {"node": 1},
        {"node": 1},
        {"node": 1},
    ]
    assert responses[3]["errorcode"] == ["3"]


def test_a_node_s_error_does_not_take_its_neighbours_to_standard_error() -> None:
    replies: list[Reply] = [
        Line("on", "n1"),
        Failure("no answer", "n2"),
        Line("off", "n3"),
        Failure("slow", "n4", 4, Channel.WARNING),
    ]
    printed = perlprint(said([*replies, Line("on", "n5")]))
    assert printed == Printed(b"n1: on\nn3: off\nn5: on\n", b"n2: Error: no answer\nn4: Warning: slow\n", 5)


def test_only_what_the_status_has_beyond_the_failures_is_added() -> None:
    assert said([Failure("e", code=1)], 1).count(b"<errorcode>") == 1
    assert b"<errorcode>1</errorcode>\n  <xcatdsource>vm</xcatdsource>" in said([], 1)
    both = said([Failure("e", "n1", code=2)], 3)
    assert both.endswith(
        b"  <errorcode>1</errorcode>\n  <xcatdsource>vm</xcatdsource>\n</xcatresponse>\n" + DONE.encode()
    )
    assert perlprint(both).status == 3


def test_done_ends_the_answer() -> None:
    assert ResponseWriter("vm").write([Line("x"), Done()]) == said([Line("x")])
    assert ResponseWriter("vm").write([Ended("n1", Verdict.OK), Line(None)]) == b""


def test_an_empty_text_of_a_node_is_not_the_absence_of_one() -> None:
    printed = perlprint(
        said([Line("", "n1"), Line(None, "n2"), Line(None, "n3", "l"), Line("t", label="l"), Line(None, label="l")])
    )
    assert printed.stdout == b"n1: \nn2\nn3: l\nl: t\nl\n"


def test_what_xml_cannot_carry() -> None:
    line = Line("\x1b[1m \x00\x07 \udce9 \uffff \r <&>\" ' é €", channel=Channel.INFO)
    assert "<info>\x1b[1m ?? ? ? &#13; &lt;&amp;&gt;&quot; ' é €</info>".encode() in said([line])
    [tree, _] = ResponseReader().feed(said([line]))
    assert tree["info"] == ["\x1b[1m ?? ? ? \r <&>\" ' é €"]


plain = st.text(st.characters(min_codepoint=32, max_codepoint=126, include_characters="\n\t\r"), max_size=8)
solid = plain.filter(lambda text: text.strip() not in ("", "0"))
"""Texts that Perl thinks to be true."""


@given(st.lists(replies(solid), max_size=10), cuts, st.integers(0, 255), st.booleans())
def test_old_clients_print_what_ours_prints(said: list[Reply], sizes: list[int], more: int, show_source: bool) -> None:
    writer, printer = ResponseWriter("mn"), Printer(show_source)
    at, answer = 0, b""
    while at < len(said):
        for size in sizes:
            answer += writer.write(said[at : at + size])
            at += size
    status = more
    for reply in said:
        status |= reply.code if isinstance(reply, Failure) else 0
    printed = perlprint(answer + writer.finish(status), show_source=show_source)
    outputs = [printer.out(reply) for reply in said]
    assert printed.stdout == b"".join(out for out, _ in outputs)
    assert printed.stderr == b"".join(err for _, err in outputs)
    assert printed.status == status


any_text = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r\x1b"), max_size=20).filter(
    lambda text: "\ufffe" not in text and "\uffff" not in text
)


@given(st.lists(lines(any_text), max_size=8), cuts)
def test_every_text_is_read_back(sent: list[Line], sizes: list[int]) -> None:
    reader = ResponseReader()
    trees = [tree for piece in cut(said(sent), sizes) for tree in reader.feed(piece)]
    assert reader.done
    found = sorted(text for tree in trees for text in texts_of(tree))
    assert found == sorted(text for line in sent for text in texts_expected(line))


def texts_of(tree: Tree) -> list[str]:
    """The texts in a response that were said, without the source."""
    found: list[str] = []
    for name, values in tree.items():
        for value in values if name not in ("xcatdsource", "serverdone") else ():
            found += [value] if isinstance(value, str) else texts_of(value)
    return found


def texts_expected(line: Line) -> list[str]:
    """With a node or a label the parts are apart, where the protocol has a place for them; else they are one text."""
    parts = [part for part in (line.node, line.label, line.text) if part is not None]
    if not parts:
        return []
    if line.channel is Channel.DATA:
        return parts
    if line.channel in (Channel.ERROR, Channel.WARNING) and line.node is not None:
        return [line.node, ": ".join(parts[1:])]
    return [": ".join(parts)]


@pytest.mark.parametrize("exchange", RECORDED.values(), ids=RECORDED)
def test_recorded_answers_are_read_until_they_are_done(exchange: Exchange) -> None:
    reader = ResponseReader()
    early = reader.feed(exchange.answer[:-2])
    assert not reader.done
    assert "serverdone" in reader.feed(exchange.answer[-2:] + b"<xcatresponse><late></late></xcatresponse>")[-1]
    assert reader.done
    assert len(early) == exchange.answer.count(b"<xcatresponse>") - 1


def test_the_reader_has_limits_too() -> None:
    with pytest.raises(TooLarge):
        ResponseReader(Limits(bytes=50)).feed(b"<xcatresponse>" + b"x" * 50)
    with pytest.raises(Malformed):
        ResponseReader().feed(b"HTTP/1.1 400 Bad Request\r\n")


def test_what_nodes_say_may_be_lines_that_begin_with_their_names() -> None:
    """As xCAT has it for xdsh. Then an old client brings ESC back, which inside of nodes it does not."""
    lines = (("n1", None, "\x1b[1mbold"), ("n2", None, ""), ("n3", "a", "b"))
    writer = ResponseWriter("mn", as_data=True)
    replies: list[Reply] = [
        NodeBlock(lines, "mn"),
        *(Line(text, node, label, source="mn") for node, label, text in lines),
    ]
    answer = writer.write([*replies, Failure("lost", "n1", source="mn"), Done(1)])
    assert (answer.count(b"<node>"), answer.count(b"  <data>")) == (1, 6)
    printed = perlprint(answer)
    assert printed == Printed(b"n1: \x1b[1mbold\nn2: \nn3: a: b\n" * 2, b"n1: [mn]: Error: lost\n", 1)
