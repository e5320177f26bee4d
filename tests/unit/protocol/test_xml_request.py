"""What old clients send is understood; what nobody should send is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.protocol.chunks import cut, cuts
from tests.unit.protocol.recorded import Exchange, exchanges
from xcatd.errors import Malformed, TooLarge
from xcatd.model import Secret
from xcatd.protocol.limits import Limits
from xcatd.protocol.xml import Login, RequestReader, XmlRequest, request_bytes

NODELS = b"<xcatrequest>\n  <command>nodels</command>\n</xcatrequest>\n"

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r\x1b"), max_size=20).filter(
    lambda text: "\ufffe" not in text and "\uffff" not in text
)
words = st.text("abcXYZ_019.-", min_size=1, max_size=8)
logins = st.none() | st.builds(Login, texts, st.builds(Secret, texts))
requests = st.builds(
    XmlRequest,
    command=words,
    noderange=st.none() | texts,
    nodes=st.none() | st.lists(words, min_size=1, max_size=3).map(tuple),
    args=st.lists(texts, max_size=4).map(tuple),
    stdin=st.none() | texts,
    cwd=texts,
    environment=st.dictionaries(st.sampled_from(["XCAT_A", "XCAT_B"]), texts).map(
        lambda found: tuple(sorted(found.items()))
    ),
    env=st.lists(texts, max_size=3).map(tuple),
    client_type=words,
    username=texts,
    become=logins,
    gettoken=logins,
    token=st.none() | st.builds(Secret, texts),
    remote_client=st.lists(words, max_size=3).map(tuple),
    transid=texts,
    sequential=st.booleans(),
    abort=st.booleans(),
    extra=st.dictionaries(st.sampled_from(["csr", "table", "_xcatdest"]), st.lists(texts, min_size=1, max_size=2)),
)


def read(data: bytes, limits: Limits | None = None) -> XmlRequest:
    [request] = RequestReader(limits or Limits()).feed(data)
    return request


@pytest.mark.parametrize("exchange", exchanges(), ids=lambda exchange: exchange.name)
def test_a_recorded_request_is_read_and_written_byte_for_byte(exchange: Exchange) -> None:
    request = read(exchange.request)
    assert request.command
    assert request.extra == {}
    assert request_bytes(request) == exchange.request


def test_the_elements_of_a_request() -> None:
    request = read(
        b"<xcatrequest><command>xdsh</command><noderange></noderange><arg>-t</arg><arg></arg><stdin></stdin><cwd>/tmp</cwd>"
        b"<environment><XCAT_X>1</XCAT_X><XCAT_Y></XCAT_Y></environment><env>DSH_FANOUT=2</env><clienttype>webui</clienttype>"
        b"<username>ann</username><becomeuser><username>bob</username><password>pw</password></becomeuser>"
        b"<gettoken><username>eve</username></gettoken><tokens><tokenid>t1</tokenid></tokens>"
        b"<remote_client>a, b,</remote_client><transid>7</transid><sequential>1</sequential>"
        b"<node>n1</node><node>n2</node><csr>---</csr><data><row>1</row></data></xcatrequest>"
    )
    assert request == XmlRequest(
        command="xdsh",
        noderange="",
        nodes=("n1", "n2"),
        args=("-t", ""),
        stdin="",
        cwd="/tmp",
        environment=(("XCAT_X", "1"), ("XCAT_Y", "")),
        env=("DSH_FANOUT=2",),
        client_type="webui",
        username="ann",
        become=Login("bob", Secret("pw")),
        gettoken=Login("eve", Secret("")),
        token=Secret("t1"),
        remote_client=("a", "b"),
        transid="7",
        sequential=True,
        extra={"csr": ["---"], "data": [{"row": ["1"]}]},
    )
    assert "pw" not in repr(request)
    assert "t1" not in repr(request)


def test_what_is_missing_is_not_the_same_as_what_is_empty() -> None:
    request = read(NODELS)
    assert (request.noderange, request.nodes, request.stdin, request.transid) == (None, None, None, "")
    assert not request.sequential
    assert not request.abort


def test_an_abort_is_told_from_a_command() -> None:
    assert read(b"<xcatrequest><abortcommand>1</abortcommand></xcatrequest>").abort


def test_a_request_without_anything_has_no_command() -> None:
    for empty in (b"<xcatrequest></xcatrequest>", b"<xcatrequest/>", b"<xcatrequest>text</xcatrequest>"):
        assert read(empty) == XmlRequest()


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"  \r\n\t\n",
        b'<?xml version="1.0"?>',
        b"\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1' standalone='yes'?>\r\n",
    ],
)
def test_what_may_stand_before_a_request(before: bytes) -> None:
    assert read(before + NODELS).command == "nodels"


def test_attributes_comments_and_line_ends_do_no_harm() -> None:
    request = read(
        b'<xcatrequest version="2"\r\n>\r\n<!-- hi --><command a="b">\r\nnodels\r\n</command>\r\n'
        b"<arg>a<!-- -->b</arg><arg><![CDATA[<c>]]></arg></xcatrequest>\r\n"
    )
    assert (request.command, request.args) == ("nodels", ("ab", "<c>"))


def test_requests_follow_each_other_on_a_connection() -> None:
    reader = RequestReader()
    three = NODELS + b"\n \n" + NODELS.strip() + b'<?xml version="1.0"?>' + NODELS
    assert [request.command for request in reader.feed(three)] == ["nodels"] * 3
    assert not reader.partial
    assert reader.feed(b"<xcat") == []
    assert reader.partial


def test_colours_reach_the_command() -> None:
    request = read(b"<xcatrequest><command>x</command><arg>\x1b[1mred \xee\x80\x801\x1b</arg></xcatrequest>")
    assert request.args == ("\x1b[1mred \ue0001\x1b",)


def test_bytes_that_are_not_utf8_are_read_as_latin1() -> None:
    request = read("<xcatrequest><arg>é</arg>".encode() + b"<arg>caf\xe9</arg><arg>\xed\xa0\x80</arg></xcatrequest>")
    assert request.args == ("é", "café", "\xed\xa0\x80")


def test_other_control_characters_become_question_marks() -> None:
    assert read(b"<xcatrequest><arg>a\x00b\x07\xef\xbf\xbf</arg></xcatrequest>").args == ("a?b??",)


def test_a_closing_tag_inside_a_text_is_no_end() -> None:
    request = XmlRequest("chdef", stdin="</xcatrequest> & <xcatrequest>")
    assert read(request_bytes(request)) == request


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<xcatrequest><command>&c;</command></xcatrequest>"""
FILE = b'<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><xcatrequest><arg>&f;</arg></xcatrequest>'


@pytest.mark.parametrize("document", [BOMB, FILE])
def test_entities_cannot_be_defined(document: bytes) -> None:
    with pytest.raises(Malformed, match="entity declarations are not accepted"):
        RequestReader().feed(document)


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "does not begin with <xcatrequest>"),
        (b"<xcatrequestor><a></a></xcatrequestor>", "does not begin with <xcatrequest>"),
        (b"<?xml " + b"x" * 300, "declaration has no proper end"),
        (b"<?xml version='1.0'><xcatrequest/>", "declaration has no proper end"),
        (b"<xcatrequest><command>nodels</xcatrequest>", r"not well-formed XML \(line 1, column 30\): mismatched tag"),
        (b"<xcatrequest><arg>&undefined;</arg></xcatrequest>", "undefined entity"),
        (b"<xcatrequest><arg>&#0;</arg></xcatrequest>", "invalid character number"),
        (b"<xcatrequest><!DOCTYPE a></xcatrequest>", "not well-formed"),
        (b"<xcatrequest><command><x>1</x></command></xcatrequest>", "<command> holds elements where a text belongs"),
        (b"<xcatrequest><arg><x>1</x></arg></xcatrequest>", "<arg> holds elements where a text belongs"),
    ],
)
def test_what_is_no_request_is_refused_with_a_reason(sent: bytes, complaint: str) -> None:
    reader = RequestReader()
    with pytest.raises(Malformed, match=complaint):
        reader.feed(sent)
    with pytest.raises(Malformed, match=complaint):
        reader.feed(NODELS)


def test_a_request_before_rubbish_still_counts() -> None:
    reader = RequestReader()
    assert [request.command for request in reader.feed(NODELS + b"rubbish that goes on")] == ["nodels"]
    with pytest.raises(Malformed, match="does not begin"):
        reader.feed(b"")


def test_no_more_bytes_than_allowed() -> None:
    limits = Limits(bytes=100)
    assert read(NODELS, limits).command == "nodels"
    long = b"<xcatrequest><stdin>" + b"x" * 100 + b"</stdin></xcatrequest>"
    for data in (long, long[:-5]):
        with pytest.raises(TooLarge, match="longer than the 100 bytes"):
            RequestReader(limits).feed(data)


def test_no_deeper_than_allowed() -> None:
    def nested(depth: int) -> bytes:
        inner = depth - 1
        return b"<xcatrequest>" + b"<a>" * inner + b"</a>" * inner + b"</xcatrequest>"

    assert read(nested(16)).command == ""
    with pytest.raises(TooLarge, match="more than 16 deep"):
        RequestReader().feed(nested(17))


def test_no_more_elements_than_allowed() -> None:
    document = b"<xcatrequest>" + b"<arg>a</arg>" * 5 + b"</xcatrequest>"
    assert len(read(document, Limits(elements=6)).args) == 5
    with pytest.raises(TooLarge, match="more than 5 elements"):
        RequestReader(Limits(elements=5)).feed(document)


def test_a_megabyte_of_standard_input_in_small_pieces() -> None:
    stdin = "n1:\n    objtype=node & <more>\n" * 35_000
    data = request_bytes(XmlRequest("mkdef", args=("-z",), stdin=stdin))
    reader = RequestReader()
    found = [request for at in range(0, len(data), 1000) for request in reader.feed(data[at : at + 1000])]
    assert [request.stdin for request in found] == [stdin]


@given(requests, cuts)
def test_what_is_written_is_read_back(request: XmlRequest, sizes: list[int]) -> None:
    reader = RequestReader()
    sent = request_bytes(request) * 2
    assert [found for piece in cut(sent, sizes) for found in reader.feed(piece)] == [request] * 2


tokens = (
    b"<xcatrequest>|</xcatrequest>|<xcatrequest/>|<arg>|</arg>|<command>nodels</command>|&lt;|&x;|"
    b"<?xml version='1.0'?>|<!DOCTYPE a>|<!--|-->|<![CDATA[|]]>|\x1b| \n|\xff"
).split(b"|")
pieces = st.lists(st.sampled_from(tokens) | st.binary(max_size=6), max_size=12).map(b"".join)


@given(pieces, cuts)
def test_any_bytes_give_requests_or_are_refused_alike_however_cut(data: bytes, sizes: list[int]) -> None:
    def outcome(pieces: list[bytes]) -> tuple[list[XmlRequest], str]:
        reader, found = RequestReader(), list[XmlRequest]()
        try:
            for piece in [*pieces, b""]:
                found += reader.feed(piece)
        except Malformed as error:
            return found, type(error).__name__
        return found, ""

    assert outcome([data]) == outcome(list(cut(data, sizes)))
