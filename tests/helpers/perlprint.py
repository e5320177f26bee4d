"""What xCAT 2's Perl client would print for an answer: the print rules of protocol.md 1.7, written a second time.

Nothing of xcatd is used here, so that the daemon's answers are judged by something that does not share its mistakes.
It does as the Perl client does, its oddities too: a top-level data line "0", "" or of blanks vanishes, a node's error
sends the later nodes of the same response to standard error, ESC comes back only outside of nodes, and text is
written as ISO-8859-1 unless it has a character beyond that.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from xml.etree import ElementTree

ENDED_EARLY = "ERROR/WARNING: communication with the xCAT server seems to have been ended prematurely\n"

_STAND_IN = "xxxxESCxxxx"
_CLOSING = b"</xcatresponse>"


@dataclass(frozen=True, slots=True)
class Printed:
    """What a user sees of one command."""

    stdout: bytes
    stderr: bytes
    status: int


def perlprint(answer: bytes, *, show_source: bool = False) -> Printed:
    """What is printed for the whole answer of a daemon. `show_source`: XCATSHOWSVR is set, or -V was given."""
    whole = answer[: answer.rfind(_CLOSING) + len(_CLOSING)] if _CLOSING in answer else b""
    swapped = whole.replace(b"\x1b", _STAND_IN.encode())
    client = _Client(show_source)
    for response in ElementTree.fromstring(b"<massresponse>" + swapped + b"</massresponse>"):
        client.show(response)
        if response.find("serverdone") is not None:
            return Printed(b"".join(client.stdout), b"".join(client.stderr), client.status & 0xFF)
    client.stderr.append(ENDED_EARLY.encode())
    return Printed(b"".join(client.stdout), b"".join(client.stderr), 1)


@dataclass(slots=True)
class _Client:
    show_source_always: bool
    stdout: list[bytes] = field(default_factory=list)
    stderr: list[bytes] = field(default_factory=list)
    status: int = 0

    def show(self, response: ElementTree.Element) -> None:
        source = _plain(response.find("xcatdsource")) or ""
        show_source = response.find("host") is not None or (
            self.show_source_always and response.find("NoSvrPrefix") is None
        )
        shown = source if show_source else ""
        for code in response.findall("errorcode"):
            self.status |= _number(_plain(code))
        for name, word, bare in (("error", "Error: ", "NoErrorPrefix"), ("warning", "Warning: ", "NoWarnPrefix")):
            prefix = "" if response.find(bare) is not None else word
            for text in _texts(response, name):
                self.stderr.append(_perl(prefix + _with_source(text, source) + "\n"))
        for text in _texts(response, "info"):
            self.stdout.append(_perl(_with_source(text, shown) + "\n"))
        for text in _texts(response, "sinfo"):
            self.stdout.append(_perl(text + "\r"))
        self._show_nodes(response.findall("node"), source, shown)
        for data in response.findall("data"):
            text = _data(data)
            if _true(text):
                self.stdout.append(_perl(_with_source(text, shown) + "\n"))

    def _show_nodes(self, nodes: list[ElementTree.Element], source: str, shown: str) -> None:
        trouble = False
        for node in nodes:
            for code in node.findall("errorcode"):
                self.status |= _number(_plain(code))
            text = _plain(node.find("name")) or ""
            for name, word in (("error", "Error"), ("warning", "Warning")):
                if (element := node.find(name)) is not None:
                    text = f"{_tagged(text, source)}: {word}: {_plain(element) or ''}"
                    trouble = True
            if (data := node.find("data")) is not None:
                text = _tagged(text, shown) + _node_data(data)
            if (encoded := node.find("base64_data")) is not None:
                text += ": " + base64.b64decode(_plain(encoded) or "").decode("latin-1")
            if _true(text) and text != f"[{source}]":
                (self.stderr if trouble else self.stdout).append(_perl(text + "\n"))


def _plain(element: ElementTree.Element | None) -> str | None:
    """The text of an element; the Perl client's parser makes blanks alone undefined."""
    if element is None or element.text is None or not element.text.strip(" \t\r\n\f\v"):
        return None
    return element.text


def _texts(response: ElementTree.Element, name: str) -> list[str]:
    return [(_plain(element) or "").replace(_STAND_IN, "\x1b") for element in response.findall(name)]


def _data(data: ElementTree.Element) -> str:
    if len(data) == 0:
        return (_plain(data) or "").replace(_STAND_IN, "\x1b")
    label, contents = data.find("desc"), data.find("contents")
    text = _plain(label) or ""
    if contents is None:
        return text
    return f"{text}: {_plain(contents) or ''}" if _true(text) else _plain(contents) or ""


def _node_data(data: ElementTree.Element) -> str:
    if len(data) == 0:
        return ": " + (_plain(data) or "")
    parts = [data.find("desc"), data.find("contents")]
    return "".join(": " + (_plain(part) or "") for part in parts if part is not None)


def _with_source(text: str, source: str) -> str:
    return f"[{source}]: {text}" if _true(text) and _true(source) else text


def _tagged(text: str, source: str) -> str:
    if not _true(source):
        return text
    return f"{text}: [{source}]" if _true(text) else f"[{source}]"


def _true(text: str) -> bool:
    return text not in ("", "0")


def _number(text: str | None) -> int:
    digits = re.match(r"\s*([0-9]+)", text or "")
    return int(digits[1]) if digits else 0


def _perl(text: str) -> bytes:
    """Characters as Perl writes them to a file handle without an encoding."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()
