"""What the daemon says to a caller of xCAT 2: `<xcatresponse>`s, the last with `<serverdone>` (protocol.md 1.6).

An old client prints, within one response, first errors, then warnings, info, nodes, data, and after a node's error
puts the later nodes of that response on standard error, too (protocol.md 1.7). So one response holds consecutive
replies of one kind, and a node's error or warning is alone in its own: what is printed is then what was said, in that
order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from xcatd.model import Block, Channel, Done, Failure, Line, NodeBlock, Raw, Reply
from xcatd.protocol.limits import ANSWER, Limits
from xcatd.protocol.xml.framing import Framer
from xcatd.protocol.xml.tree import Tree, Value, escape, escape_all, parse, render

ROOT: Final = "xcatresponse"

_BARE = {Channel.ERROR: "NoErrorPrefix", Channel.WARNING: "NoWarnPrefix"}


def flat(*parts: str | None) -> str:
    """`node: label: text`, of which each may be missing."""
    return ": ".join(part for part in parts if part is not None)


class ResponseWriter:
    """Replies in, bytes out, in the layout of xCAT. One writer serves one request.

    `source` is this daemon's short host name, for what it has to add itself; a reply carries its own. `as_data`: what nodes
    say is no `<node>`, but `<data>` that begins with the node's name.
    """

    def __init__(self, source: str, transid: str = "", *, as_data: bool = False) -> None:
        self._source = source
        self._transid = transid
        self._as_data = as_data
        self._status = 0

    def write(self, replies: Sequence[Reply]) -> bytes:
        """The responses for these replies, as few as print the same in an old client. `Done` finishes."""
        if self._as_data:
            replies = list(map(_without_node, replies))
        out: list[str] = []
        for kind, group in groupby(_pieces(replies), key=_kind):
            out.append(self._response(kind, list(group)))
        out += [self._end(reply.status) for reply in replies if isinstance(reply, Done)]
        return "".join(out).encode()

    def finish(self, status: int = 0) -> bytes:
        """The end of the answer. Bits of `status` that no failure carried are sent before it."""
        return self._end(status).encode()

    def refuse(self, failure: Failure) -> bytes:
        """The whole answer in one response: the request is not carried out."""
        [piece] = _pieces([failure])
        return _document(_elements(_kind(piece), [piece]) | self._farewell()).encode()

    def answer(self, elements: Mapping[str, Sequence[Value]]) -> bytes:
        """The whole answer in one response with these elements: for requests that programs make, as `noderange`."""
        body = {name: "".join(render(name, value, "  ") for value in values) for name, values in elements.items()}
        return _document(body | self._farewell()).encode()

    def _response(self, kind: _Kind, pieces: list[_Piece]) -> str:
        for piece in pieces:
            self._status |= piece.code
        return _document(_elements(kind, pieces))

    def _end(self, status: int) -> str:
        untold = status & ~self._status
        self._status |= status
        told = ""
        if untold:
            told = _document({"errorcode": _element("errorcode", str(untold)), **_source(self._source)})
        return told + _document(self._farewell())

    def _farewell(self) -> dict[str, str]:
        farewell = {"serverdone": _element("serverdone", "")}
        if self._transid:
            farewell["transid"] = _element("transid", self._transid)
        return farewell


class ResponseReader:
    """The client's side: bytes in, responses out as trees, until one has `serverdone`."""

    def __init__(self, limits: Limits = ANSWER) -> None:
        self._framer = Framer(ROOT, limits)
        self._limits = limits
        self.done = False

    def feed(self, data: bytes) -> list[Tree]:
        """The responses that `data` completes; what follows `serverdone` is left. Raises Malformed or TooLarge."""
        self._framer.add(data)
        responses: list[Tree] = []
        while not self.done and (document := self._framer.next()) is not None:
            responses.append(parse(document, self._limits))
            self.done = "serverdone" in responses[-1]
        return responses


class _Kind(NamedTuple):
    """What replies must share to stand in one response. `number` keeps those apart that must be alone."""

    element: str
    source: str
    bare: str
    number: int


class _Piece(NamedTuple):
    """One reply as an element. `code` is its part of the exit status, `inside` whether the element carries it."""

    kind: _Kind
    xml: str
    code: int
    inside: bool


def _kind(piece: _Piece) -> _Kind:
    return piece.kind


def _pieces(replies: Sequence[Reply]) -> Iterator[_Piece]:
    for number, reply in enumerate(replies, 1):
        if isinstance(reply, Failure):
            yield _failure(reply, number)
        elif isinstance(reply, Line) and not (reply.text is None and reply.node is None and reply.label is None):
            yield _line(reply, number)
        elif isinstance(reply, Block) and reply.texts:
            yield _block(reply)
        elif isinstance(reply, NodeBlock) and reply.lines:
            yield _node_block(reply)
        elif isinstance(reply, Raw):
            yield _line(Line(reply.octets.decode(errors="replace")), number)


def _without_node(reply: Reply) -> Reply:
    """What a node says, as a line that nobody says."""
    match reply:
        case Line(node=str(), channel=Channel.DATA):
            return Line(flat(reply.node, reply.label, reply.text), source=reply.source)
        case NodeBlock():
            return Block(tuple(flat(*line) for line in reply.lines), source=reply.source)
    return reply


def _line(line: Line, number: int) -> _Piece:
    channel, node = line.channel, line.node
    if node is not None and channel is Channel.DATA:
        return _Piece(_Kind("node", line.source, "", 0), _node_data(node, line.label, line.text), 0, True)
    if node is not None and channel in (Channel.WARNING, Channel.ERROR):
        xml = _node_trouble(node, channel, flat(line.label, line.text), 0)
        return _Piece(_Kind("node", line.source, "", number), xml, 0, True)
    if channel is Channel.DATA and line.label is not None:
        tree = {"desc": [line.label], "contents": [] if line.text is None else [line.text]}
        return _Piece(_Kind("data", line.source, "", 0), render("data", tree, "  "), 0, False)
    xml = _element(channel, flat(node, line.label, line.text))
    return _Piece(_Kind(channel, line.source, "", 0), xml, 0, False)


def _block(block: Block) -> _Piece:
    name = block.channel
    begin, end = f"  <{name}>", f"</{name}>\n"
    xml = begin + f"{end}{begin}".join(escape_all(block.texts)) + end
    return _Piece(_Kind(name, block.source, "", 0), xml, 0, False)


def _node_block(block: NodeBlock) -> _Piece:
    xml = "".join([_node_data(node, label, text) for node, label, text in block.lines])
    return _Piece(_Kind("node", block.source, "", 0), xml, 0, True)


def _failure(failure: Failure, number: int) -> _Piece:
    channel, node = failure.channel, failure.node
    bare = "" if failure.prefix else _BARE.get(channel, "")
    if node is not None and channel is Channel.DATA:
        xml = _node_data(node, None, failure.text, failure.code)
        return _Piece(_Kind("node", failure.source, "", 0), xml, failure.code, True)
    if node is not None and channel in _BARE and not bare:
        xml = _node_trouble(node, channel, failure.text, failure.code)
        return _Piece(_Kind("node", failure.source, "", number), xml, failure.code, True)
    xml = _element(channel, flat(node, failure.text))
    return _Piece(_Kind(channel, failure.source, bare, 0), xml, failure.code, False)


def _element(name: str, text: str) -> str:
    return f"  <{name}>{escape(text)}</{name}>\n"


def _node_data(node: str, label: str | None, text: str | None, code: int = 0) -> str:
    """A node with a text, with a label and a text, or with nothing but its name."""
    data = ""
    if text is not None or label is not None:
        contents = "" if text is None else f"      <contents>{escape(text)}</contents>\n"
        desc = "" if label is None else f"      <desc>{escape(label)}</desc>\n"
        data = f"    <data>\n{contents}{desc}    </data>\n"
    return f"  <node>\n{data}{_node_code(code)}    <name>{escape(node)}</name>\n  </node>\n"


def _node_trouble(node: str, channel: Channel, text: str, code: int) -> str:
    trouble = f"    <{channel}>{escape(text)}</{channel}>\n"
    before, after = (trouble, "") if channel is Channel.ERROR else ("", trouble)
    return f"  <node>\n{before}{_node_code(code)}    <name>{escape(node)}</name>\n{after}  </node>\n"


def _node_code(code: int) -> str:
    return f"    <errorcode>{code}</errorcode>\n" if code else ""


def _elements(kind: _Kind, pieces: list[_Piece]) -> dict[str, str]:
    elements = {kind.element: "".join(piece.xml for piece in pieces), **_source(kind.source)}
    code = 0
    for piece in pieces:
        code |= 0 if piece.inside else piece.code
    if code:
        elements["errorcode"] = _element("errorcode", str(code))
    if kind.bare:
        elements[kind.bare] = _element(kind.bare, "1")
    return elements


def _source(source: str) -> dict[str, str]:
    return {"xcatdsource": _element("xcatdsource", source)} if source else {}


def _document(elements: Mapping[str, str]) -> str:
    body = "".join(elements[name] for name in sorted(elements))
    return f"<{ROOT}>\n{body}</{ROOT}>\n"
