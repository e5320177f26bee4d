"""Where one document ends and the next begins: xCAT sends no lengths, the closing tag of the root is the end."""

from __future__ import annotations

import re

from xcatd.errors import Malformed, TooLarge
from xcatd.protocol.limits import Limits

PATIENCE = 15
"""Characters that may arrive before the opening tag has been seen (protocol.md 1.4)."""

_DECLARATION_BYTES = 256
"""The longest XML declaration, `<?xml` and `?>` included, that is waited for."""

_OPENING_TAG_BYTES = 4096
_BEFORE = re.compile(rb"(?:\s|\xef\xbb\xbf|<\?xml\s[^>]{0,%d}\?>)+" % (_DECLARATION_BYTES - len("<?xml ?>")))
"""What may stand before a document: blanks, the mark of UTF-8, an XML declaration."""


class Framer:
    """Cuts a stream of bytes into documents with the root `name`.

    Between them there may be white space, and before each an XML declaration; the opening tag may have attributes.
    """

    def __init__(self, name: str, limits: Limits) -> None:
        root = re.escape(name).encode()
        self._name = name
        self._limit = limits.bytes
        self._closing = b"</" + name.encode() + b">"
        self._opening = re.compile(rb"<" + root + rb"(?=[\s>/])")
        self._empty = re.compile(rb"<" + root + rb"(?:\s[^<>]{0,%d})?/>" % _OPENING_TAG_BYTES)
        self._held = bytearray()
        self._searched = 0

    @property
    def partial(self) -> bool:
        """Whether the beginning of a document is waiting for its rest."""
        return bool(self._held)

    def add(self, data: bytes) -> None:
        self._held += data

    def next(self) -> bytes | None:
        """The next whole document, None while more is needed. After Malformed or TooLarge the stream is lost."""
        if not self._searched and not self._has_opened():
            return None
        end = self._end()
        if (len(self._held) if end < 0 else end) > self._limit:
            raise TooLarge(f"The document is longer than the {self._limit} bytes allowed: send less at once.")
        if end < 0:
            self._searched = len(self._held)
            return None
        document = bytes(self._held[:end])
        del self._held[:end]
        self._searched = 0
        return document

    def _has_opened(self) -> bool:
        """Drops what may stand before a document, and says whether its opening tag has begun."""
        if before := _BEFORE.match(self._held):
            del self._held[: before.end()]
        if self._opening.match(self._held):
            return True
        if self._held.startswith(b"<?xml"):
            if b">" in self._held or len(self._held) >= _DECLARATION_BYTES:
                raise Malformed("The XML declaration has no proper end: send the request without it.")
            return False
        if self._held.startswith(b"<!DOCTYPE"):
            raise Malformed("Document type and entity declarations are not accepted: send the request without them.")
        if len(self._held) > PATIENCE:
            raise Malformed(f"This does not begin with <{self._name}>: speak to this port with an xCAT client.")
        return False

    def _end(self) -> int:
        """Where the document ends, -1 while that is unknown."""
        if (empty := self._empty.match(self._held)) is not None:
            return empty.end()
        found = self._held.find(self._closing, max(0, self._searched - len(self._closing)))
        return found + len(self._closing) if found >= 0 else -1
