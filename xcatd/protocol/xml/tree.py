"""Text <-> small trees: the shape in which xCAT 2 writes XML (protocol.md 1.4).

There are no attributes; every value is an element, an array is an element repeated, and keys come in alphabetical
order. So a tree is a dictionary from an element's name to its values in order; a value is a text or a tree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from xml.parsers.expat import ErrorString, ExpatError, ParserCreate

from xcatd.errors import Malformed, TooLarge
from xcatd.protocol.limits import Limits

Tree: TypeAlias = Mapping[str, Sequence["Value"]]
Value: TypeAlias = str | Tree

ESC = "\x1b"
_MARK = "\ue000"
_MARKED_ESC = _MARK + "1"
_MARKED_MARK = _MARK + "0"

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 (section 2.2) forbids, except ESC, which xCAT sends all the same."""

_LATIN1 = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}


def escape(text: str) -> str:
    """The text as it stands inside an element. What XML cannot carry becomes `?`; ESC stays, as in xCAT."""
    text = _without_marks(text)
    return text if text.isprintable() else _ILLEGAL.sub("?", text)


def escape_all(texts: Sequence[str]) -> Sequence[str]:
    """Each text as `escape` gives it; quick for many that are plain."""
    if not "".join(texts).isprintable():
        return [escape(text) for text in texts]
    return _without_marks("\n".join(texts)).split("\n")


def _without_marks(text: str) -> str:
    """What has a meaning in XML, in other words."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    if "\r" in text:  # a bare one would reach the reader as a line feed (XML 1.0, section 2.11)
        text = text.replace("\r", "&#13;")
    return text


def render(name: str, value: Value, indent: str = "") -> str:
    """An element in the layout of xCAT: two blanks a level, a line an element, keys in alphabetical order."""
    if isinstance(value, str):
        return f"{indent}<{name}>{escape(value)}</{name}>\n"
    inner = indent + "  "
    body = "".join(render(key, item, inner) for key in sorted(value) for item in value[key])
    return f"{indent}<{name}>\n{body}{indent}</{name}>\n" if body else f"{indent}<{name}></{name}>\n"


def parse(document: bytes, limits: Limits) -> Tree:
    """The tree below the root of a document. A root with text only, or with nothing, is an empty tree.

    Bytes that are not UTF-8 are taken for ISO-8859-1. Raises Malformed, also for any document type declaration (so no
    entity can be defined), and TooLarge beyond the limits.
    """
    text = _decode(document)
    marked = ESC in text
    if marked:
        text = text.replace(_MARK, _MARKED_MARK).replace(ESC, _MARKED_ESC)
    builder = _Builder(limits, marked)
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.StartElementHandler = builder.start
    parser.CharacterDataHandler = builder.text
    parser.EndElementHandler = builder.end
    try:
        parser.Parse(_ILLEGAL.sub("?", text), True)
    except ExpatError as error:
        raise Malformed(
            f"This is not well-formed XML (line {error.lineno}, column {error.offset}): {ErrorString(error.code)}."
        ) from error
    return builder.root


def _decode(document: bytes) -> str:
    try:
        return document.decode()
    except UnicodeDecodeError:
        return document.decode(errors="surrogateescape").translate(_LATIN1)


class _Builder:
    """Hears a document's events, builds its tree. An open element is its name, its children, its pieces of text."""

    def __init__(self, limits: Limits, marked: bool) -> None:
        self.root: Tree = {}
        self._limits = limits
        self._marked = marked
        self._elements = 0
        self._open: list[tuple[str, dict[str, list[Value]], list[str]]] = []

    def doctype(self, name: str, system: str | None, public: str | None, subset: bool) -> None:
        raise Malformed("Document type and entity declarations are not accepted: send the request without them.")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > self._limits.elements:
            raise TooLarge(
                f"The document has more than {self._limits.elements} elements: ask for fewer things at once."
            )
        if len(self._open) >= self._limits.depth:
            raise TooLarge(f"The document's elements are nested more than {self._limits.depth} deep: flatten it.")
        self._open.append((name, {}, []))

    def text(self, piece: str) -> None:
        self._open[-1][2].append(piece)

    def end(self, name: str) -> None:
        _, children, pieces = self._open.pop()
        if not self._open:
            self.root = children
            return
        value: Value = children
        if not children:
            value = "".join(pieces)
            if self._marked:
                value = value.replace(_MARKED_ESC, ESC).replace(_MARKED_MARK, _MARK)
        self._open[-1][1].setdefault(name, []).append(value)
