"""Where in an answer file a value stands, and how it is written there so that it is a value and nothing else.

A place is known by the lines before it: sections of kickstart files, CDATA of XML, blocks of YAML, commands of debconf.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import Final, Protocol

from xcatd.services.autoinst.form import Form
from xcatd.services.postscripts.quoting import Around, around, plain, quoted

_WORD = re.compile(r"[A-Za-z0-9_./@%+=:,~-]*")
_YAML_PART = re.compile(r"(?:[A-Za-z0-9_./@%+=~-]|:(?!$))*")
_YAML_BARE = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_./][A-Za-z0-9_./-]*")
_YAML_WORDS = frozenset(["true", "false", "yes", "no", "on", "off", "null", "y", "n"])
_BLOCK = re.compile(r"(?:^|[:\-]\s+)[|>][+-]?\d?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*(?:- )?([A-Za-z0-9_-]+):(?:\s|$)")
_COMMANDS = re.compile(r".*-commands|runcmd|bootcmd|error-commands")
_ANSWER = re.compile(r"\s*\S+\s+(\S+)\s+\S+\s?(.*)", re.DOTALL)
_CLOSES: Final = {"<!--": "-->", "<![CDATA[": "]]>"}
_XML = re.compile(r"<!\[CDATA\[|\]\]>|<!--|-->|</?source>")


class CannotStand(ValueError):
    """A value that cannot be written at a place. The message ends a sentence: `... because`."""


Write = Callable[[str], str]
"""Gives a value as it is written at a place. Raises CannotStand."""


class Places(Protocol):
    """Follows the lines of a text."""

    def place(self, before: str, after: str) -> Write:
        """The place between these parts of the next line."""

    def passed(self, line: str) -> None:
        """The next line is over."""


class ShellPlaces:
    """A script."""

    def place(self, before: str, after: str) -> Write:
        return partial(quoted, state=around(before))

    def passed(self, line: str) -> None:
        """No line says anything about others."""


class KickstartPlaces:
    """Commands, which are split as a shell splits words; sections with scripts; names of packages."""

    def __init__(self) -> None:
        self._section = ""

    def place(self, before: str, after: str) -> Write:
        return _word if self._section == "%packages" else partial(quoted, state=around(before))

    def passed(self, line: str) -> None:
        if line.startswith("%") and not line.startswith(("%include", "%ksappend")):
            word = line.split()[0]
            self._section = "" if word == "%end" else word


class PreseedPlaces:
    """The rest of a line is the answer, whatever stands there; answers called ..._command are run by a shell."""

    def __init__(self) -> None:
        self._so_far = ""

    def place(self, before: str, after: str) -> Write:
        answer = _ANSWER.match(self._so_far + before)
        if answer and answer[1].endswith("_command"):
            return partial(quoted, state=around(answer[2]))
        return _answer if after.strip() else _last_answer

    def passed(self, line: str) -> None:
        self._so_far = f"{self._so_far}{line[:-1]}" if line.endswith("\\") else ""


class AutoyastPlaces:
    """XML 1.0; what is within <source> is a script too."""

    def __init__(self) -> None:
        self._open = ""
        self._is_script = False

    def place(self, before: str, after: str) -> Write:
        open_, is_script, rest = self._follow(before)
        if open_ == "<!--":
            return _xml_comment
        if open_ == "<![CDATA[":
            return partial(_cdata, state=around(rest))
        return partial(_xml_script, state=around(rest)) if is_script else _xml

    def passed(self, line: str) -> None:
        self._open, self._is_script, _ = self._follow(line)

    def _follow(self, text: str) -> tuple[str, bool, str]:
        """What is open behind the text, whether it is a script, and the text behind the last mark."""
        open_, is_script, start = self._open, self._is_script, 0
        for mark in _XML.finditer(text):
            if open_:
                if mark[0] == _CLOSES[open_]:
                    open_, start = "", mark.end()
            elif mark[0] in _CLOSES:
                open_, start = mark[0], mark.end()
            elif mark[0].endswith("source>"):
                is_script, start = mark[0] == "<source>", mark.end()
        return open_, is_script, text[start:]


class AutoinstallPlaces:
    """YAML 1.1, as far as answer files need it: blocks (`|`), quoted and bare scalars. What commands have is a script."""

    def __init__(self) -> None:
        self._block: int | None = None
        self._commands: int | None = None

    def place(self, before: str, after: str) -> Write:
        block, commands = self._within(before)
        key = _KEY.match(before)
        is_script = commands is not None or (key is not None and _COMMANDS.fullmatch(key[1]) is not None)
        if block is not None:
            return partial(quoted, state=around(before)) if is_script else plain
        return _yaml_command if is_script else _scalar(before, after)

    def passed(self, line: str) -> None:
        if not line.strip():
            return
        block, self._commands = self._within(line)
        if block is not None:
            return
        self._block = _depth(line) if _BLOCK.search(line) else None
        key = _KEY.match(line)
        if key and _COMMANDS.fullmatch(key[1]):
            self._commands = _depth(line)

    def _within(self, line: str) -> tuple[int | None, int | None]:
        """How deep the block and the list of commands begin in which this line is; None: it is in none."""
        depth, commands = _depth(line), self._commands
        if self._block is not None and depth > self._block:
            return self._block, commands
        is_item = line.lstrip().startswith("-")
        if commands is not None and (depth < commands or (depth == commands and not is_item)):
            commands = None
        return None, commands


PLACES: Final[Mapping[Form, Callable[[], Places]]] = {
    Form.KICKSTART: KickstartPlaces,
    Form.AUTOYAST: AutoyastPlaces,
    Form.PRESEED: PreseedPlaces,
    Form.AUTOINSTALL: AutoinstallPlaces,
    Form.SHELL: ShellPlaces,
}


def yaml_text(value: str) -> str:
    """A text as a whole scalar of YAML."""
    text = plain(value)
    if _YAML_BARE.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _scalar(before: str, after: str) -> Write:
    match around(before):
        case Around.SINGLE:
            return _yaml_single
        case Around.DOUBLE:
            return _yaml_double
        case Around.COMMENT:
            return plain
    is_whole = re.search(r"(^|[\s\[{,])$", before) and re.match(r"\s*($|[\],}]|\s#)", after)
    return yaml_text if is_whole else _yaml_part


def _yaml_single(value: str) -> str:
    return plain(value).replace("'", "''")


def _yaml_double(value: str) -> str:
    return json.dumps(plain(value), ensure_ascii=False)[1:-1]


def _yaml_part(value: str) -> str:
    return _safe(value, _YAML_PART, "the whole of it has to stand in quotes")


def _yaml_command(value: str) -> str:
    return _safe(value, _WORD, "a command is written as a block (|)")


def _word(value: str) -> str:
    return _safe(value, _WORD, "only one word can stand there")


def _answer(value: str) -> str:
    return plain(value)


def _last_answer(value: str) -> str:
    text = plain(value)
    if text.endswith("\\"):
        raise CannotStand("a line that ends with a backslash would go on with the next one")
    return text


def _xml(value: str) -> str:
    return escape(plain(value))


def _xml_script(value: str, state: Around) -> str:
    return escape(quoted(value, state))


def _cdata(value: str, state: Around) -> str:
    return quoted(value, state).replace("]]>", "]]]]><![CDATA[>")


def _xml_comment(value: str) -> str:
    return plain(value).replace("-", "_")


def _safe(value: str, pattern: re.Pattern[str], reason: str) -> str:
    if pattern.fullmatch(value) is None:
        raise CannotStand(reason)
    return value
