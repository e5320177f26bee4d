"""Command lines without their secrets, for logs and the auditlog table.

A word that might hold a secret is cut too early rather than too late: from the first secret on, the rest of the word
is masked, because a password may contain any character that could end it. The quantifiers are possessive or bounded:
words come from callers, and no word may keep the daemon busy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

MASK = "xxxxxxxx"

_SECRET = re.compile(
    r"passw|passphrase|secret|token(?!expire)|credential|community|privkey|authkey|apikey|private_?key|productkey"
    r"|^prodkey\.key$",
    re.IGNORECASE,
)
_PUBLIC = frozenset(
    f"passwd.{column}" for column in ("key", "username", "cryptmethod", "authdomain", "comments", "disable")
)
_ASSIGNMENT = re.compile(r"(?<![\w.-])([\w.-]++)(?:[,^+]?=[=~@]?|![=~])")
_OPTION = re.compile(r"(?<![\w-])--?([\w-]++)(?:\s++|$)")
_ADDRESS = re.compile(r"(?<!\w)(\w{1,20}+://[^/@\s:]{1,200}+:)[^@\s]{1,200}+(?=@)")
_OF_COMMAND: Mapping[str, frozenset[str]] = {
    "bmcdiscover": frozenset({"-p", "-n"}),
    "rspconfig": frozenset({"userid"}),
}

_KEY = re.compile(r"(?<![\w-])key=([^,]*+)")
_OF_KEY = frozenset({"site.value", "monsetting.value"})
"""Columns whose rows say by their key what they hold."""


def mask(argv: Sequence[str], command: str = "") -> str:
    """The words joined with blanks, every secret replaced by `xxxxxxxx`.

    Secrets are the values of attributes, columns and options whose names say so (password, community, privkey, ...),
    passwords in URLs, the value of a row whose key says so (`key=ldappassword site.value=...`), and what `command` is known
    to take as a secret under an innocent name.
    """
    own = _OF_COMMAND.get(command, frozenset())
    if any(_SECRET.search(key) for word in argv for key in _KEY.findall(word)):
        own |= _OF_KEY
    shown: list[str] = []
    follows = False
    for word in argv:
        cut = 0 if follows else _cut(word, own)
        shown.append(_ADDRESS.sub(rf"\1{MASK}", word) if cut is None else word[:cut] + MASK * (cut < len(word)))
        follows = cut == len(word) and not word.endswith("=")
    return " ".join(shown)


def _cut(word: str, own: frozenset[str]) -> int | None:
    """Where the secret of a word begins; the word's length when the next word is the secret; None without one."""
    cuts = [found.end() for found in _ASSIGNMENT.finditer(word) if _names_secret(found[1], own)]
    cuts += [found.end() for found in _OPTION.finditer(word) if _SECRET.search(found[1])]
    cuts += [len(flag) for flag in own if flag.startswith("-") and word.startswith(flag)]
    return min(cuts, default=None)


def _names_secret(name: str, own: frozenset[str]) -> bool:
    return name.lower() in own or (_SECRET.search(name) is not None and name.lower() not in _PUBLIC)
