"""What our own client shows: the print rules of xCAT's client (protocol.md 1.7), applied by the daemon.

Wanted differences: a line "0" and an empty line are printed, and a node's lines stay on standard output whatever
was printed before them.
"""

from __future__ import annotations

from collections.abc import Iterable

from xcatd.model import Block, Channel, Done, Ended, Failure, Line, NodeBlock, NodeLine, Progress, Raw, Reply
from xcatd.protocol.xml.request import XmlRequest, request_bytes
from xcatd.protocol.xml.response import ResponseWriter, flat

Output = tuple[bytes, bytes]
"""What goes to standard output and what to standard error."""

NOTHING: Output = (b"", b"")

_WORDS = {Channel.ERROR: "Error: ", Channel.WARNING: "Warning: "}


class Traced:
    """What XCATXMLTRACE adds on standard output: the request and each response, as XML on the wire would look."""

    def __init__(self, printer: Printer, request: XmlRequest) -> None:
        self._printer = printer
        self._writer = ResponseWriter("")
        self._head = request_bytes(request)

    def out(self, reply: Reply) -> Output:
        out, err = self._printer.out(reply)
        head, self._head = self._head, b""
        return (head + self._writer.write([reply]) + out, err)


class Printer:
    """Replies in, bytes for the two streams out.

    `show_source` (XCATSHOWSVR, -V): each line on standard output names the daemon that said it.
    `as_xml` (XCATSHOWXML): instead of the texts the responses are printed, as the XML that an old client would get,
    with an empty line after each.
    """

    def __init__(self, show_source: bool = False, as_xml: bool = False) -> None:
        self._show_source = show_source
        self._writer = ResponseWriter("") if as_xml else None
        self._progress = ""

    def out(self, reply: Reply) -> Output:
        """What a reply prints. Progress stands in the terminal's last line, and whatever comes next erases it."""
        if isinstance(reply, Progress):
            return (b"", self._advance(reply))
        if isinstance(reply, Raw):
            return (reply.octets, b"")
        out, err = self._printed(reply)
        if self._progress and (out or err or isinstance(reply, Done)):
            err = b"\r" + b" " * len(self._progress) + b"\r" + err
            self._progress = ""
        return (out, err)

    def _advance(self, progress: Progress) -> bytes:
        if self._writer is not None:
            return b""
        share = 100 * progress.done // max(1, progress.total)
        text = f"{progress.done} of {progress.total} ({share}%)".ljust(len(self._progress))
        self._progress = text
        return b"\r" + text.encode()

    def _printed(self, reply: Line | Block | NodeBlock | Failure | Ended | Done) -> Output:
        if self._writer is not None:
            xml = self._writer.write([reply])
            return (xml.replace(b"</xcatresponse>\n", b"</xcatresponse>\n\n"), b"")
        if isinstance(reply, Block | NodeBlock):
            return self._block(reply)
        if isinstance(reply, Ended | Done):
            return NOTHING
        if reply.text is None and reply.node is None and _label(reply) is None:
            return NOTHING
        if reply.channel in _WORDS:
            return (b"", _encode(_trouble(reply) + "\n"))
        return (_encode(self._line(reply)), b"")

    def _block(self, block: Block | NodeBlock) -> Output:
        """As the lines one by one; the common shapes at the price of a join."""
        source = f"[{block.source}]" if self._show_source and block.source else None
        if isinstance(block, NodeBlock):
            return (_encode_all(_node_lines(block.lines, source)), b"")
        if block.channel is Channel.DATA or block.channel is Channel.INFO:
            return (_encode_all(block.texts if source is None else (f"{source}: {text}" for text in block.texts)), b"")
        shown = [self.out(Line(text, channel=block.channel, source=block.source)) for text in block.texts]
        return (b"".join(out for out, _ in shown), b"".join(err for _, err in shown))

    def _line(self, reply: Line | Failure) -> str:
        source = f"[{reply.source}]" if self._show_source and reply.source else None
        if reply.channel is Channel.SINFO:
            return flat(reply.node, _label(reply), reply.text) + "\r"
        if reply.channel is Channel.DATA and reply.node is not None:
            if reply.text is None and _label(reply) is None:
                return reply.node + "\n"
            return flat(reply.node, source, _label(reply), reply.text) + "\n"
        return flat(source, reply.node, _label(reply), reply.text) + "\n"


def _node_lines(lines: Iterable[NodeLine], source: str | None) -> Iterable[str]:
    """The lines of nodes, without their ends."""
    for node, label, text in lines:
        if label is None and text is None:
            yield node
        elif source is not None:
            yield flat(node, source, label, text)
        elif label is None:
            yield f"{node}: {text}"
        else:
            yield f"{node}: {label}" if text is None else f"{node}: {label}: {text}"


def _trouble(reply: Line | Failure) -> str:
    """An error or a warning. With the word, a node's begins with its name; without it, with the source."""
    source = f"[{reply.source}]" if reply.source else None
    prefix = reply.prefix if isinstance(reply, Failure) else True
    text = flat(_label(reply), reply.text)
    if not prefix:
        return flat(source, reply.node, text)
    word = _WORDS[reply.channel]
    if reply.node is not None:
        return flat(reply.node, source, word + text)
    return word + (flat(source, text) if text else text)


def _label(reply: Line | Failure) -> str | None:
    return reply.label if isinstance(reply, Line) else None


def _encode_all(lines: Iterable[str]) -> bytes:
    """Each line with its end; what is odd in one leaves the others as they are."""
    lines = tuple(lines)
    text = "\n".join((*lines, ""))
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return b"".join(_encode(line + "\n") for line in lines)


def _encode(text: str) -> bytes:
    """UTF-8; bytes that came in as lone surrogates go out as they were."""
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="replace")
