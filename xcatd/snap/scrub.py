"""Taking secrets out of texts: those that are known, wherever they stand, and what looks like one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from os.path import commonprefix
from urllib.parse import quote

from xcatd.policy import mask
from xcatd.store.secret import MASK

SHORTEST = 4
"""Characters: a shorter secret is taken out of its own cell only, as it stands in every other word too."""

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_CFGLOC = re.compile(r"((?:Pg|mysql|DB2):[^|\s]{0,1000}\|[^|\s]{0,200}\|)\S+")
"""A line of cfgloc, also one that counts no more."""
_SQL = re.compile(
    r"\b(PASSWORD|IDENTIFIED BY|IDENTIFIED VIA \w+ USING)(\s*[(=]?\s*)'(?:[^'\\]|\\.|'')*+(?:'|\Z)", re.IGNORECASE
)
"""Statements that give a user of a database a password, as the log of its server may have them."""


class Scrubber:
    """Knows the secrets of a cluster. Each is found also as CSV, JSON and URLs write it."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spelled = {way for secret in set(secrets) if len(secret) >= SHORTEST for way in _spellings(secret)}
        self._known = re.compile(_alternatives(sorted(spelled))) if spelled else None
        self.cell = lru_cache(100_000)(self.log)
        """As `log`, for texts of which many are the same."""

    def clean(self, text: str) -> str:
        """The text without known secrets, private keys and what gives a database's password away."""
        if "PRIVATE KEY-----" in text:
            text = _PRIVATE_KEY.sub(MASK, text)
        if "|" in text:
            text = _CFGLOC.sub(rf"\1{MASK}", text)
        if "'" in text:
            text = _SQL.sub(rf"\1\2'{MASK}'", text)
        return self._known.sub(MASK, text) if self._known else text

    def log(self, text: str) -> str:
        """Lines of a log, or of a file with settings: also values of words that name a password are taken out."""
        return self.clean("\n".join(map(masked, text.split("\n"))))


def masked(line: str) -> str:
    """A line without the values of options and assignments whose names say that they are secret. A JSON object stays one."""
    if line.startswith("{"):
        try:
            return json.dumps(_masked_json(json.loads(line)), ensure_ascii=False)
        except ValueError:
            pass  # a line that was cut off
    return mask(line.split(" "))


def _masked_json(value: object, name: str = "") -> object:
    if isinstance(value, dict):
        return {key: _masked_json(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked_json(each, name) for each in value]
    if isinstance(value, str):
        named = mask([f"{name}={value}"]).removeprefix(f"{name}=") if name else value
        return MASK if named == MASK and value else mask(value.split(" "))
    return value


def _spellings(secret: str) -> Iterator[str]:
    yield secret
    yield secret.replace('"', '""')
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="", errors="replace")


def _alternatives(words: list[str]) -> str:
    """A pattern for any of these sorted words, the longest that fits, with what they share written once: with many words a
    plain list would be tried from end to end at each character."""
    pieces = []
    start = 0
    while start < len(words):
        end = start + 1
        while end < len(words) and words[end][:1] == words[start][:1]:
            end += 1
        group = words[start:end]
        shared = commonprefix(group)  # noqa: RUF071 - of words, not of paths
        rests = [word[len(shared) :] for word in group if len(word) > len(shared)]
        optional = "?" if len(rests) < len(group) else ""
        pieces.append(re.escape(shared) + (f"{_alternatives(rests)}{optional}" if rests else ""))
        start = end
    return f"(?:{'|'.join(pieces)})"
