"""The words of ssh(1) that an option -o and DSH_NODE_OPTS take: a port and a time, and those that change nothing here."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from xcatd.errors import UsageError

_IDLE = frozenset("aknqTx")
"""Letters of ssh: no agent, no Kerberos, no standard input, quiet, no terminal, no X11. All of that is so anyhow."""
_SO_ANYHOW = frozenset({"batchmode=yes", "stricthostkeychecking=yes", "forwardx11=no", "forwardagent=no"})
_PORTS = 65535


@dataclass(frozen=True, slots=True)
class SshWords:
    """`port` 0: as root's ssh configuration says. `patience`: seconds for a login, 0 as usual."""

    port: int = 0
    patience: int = 0


def read_ssh_words(text: str, given_by: str) -> SshWords:
    """What the words ask for. `given_by`: the command, and the option or variable, for sentences. Raises UsageError."""
    try:
        words = shlex.split(text)
    except ValueError:
        raise UsageError(f"{given_by}: its quotes do not close: {text!r}") from None
    found: dict[str, int] = {}
    while words:
        word = words.pop(0)
        if word.startswith("-") and len(word) > 1 and set(word[1:]) <= _IDLE:
            continue
        setting = _setting(word, words)
        name, _, value = setting.replace(" ", "=", 1).partition("=")
        if name.lower() in ("port", "connecttimeout") and value.isascii() and value.isdigit():
            found[name.lower()] = int(value)
        elif setting.lower() not in _SO_ANYHOW and name.lower() != "loglevel":
            raise UsageError(_refusal(setting if "=" in setting else word, given_by))
    if not 0 < found.get("port", 1) <= _PORTS or found.get("connecttimeout", 1) < 1:
        raise UsageError(f"{given_by} gives a port from 1 to {_PORTS} and a time of a second at least, not {text!r}")
    return SshWords(found.get("port", 0), found.get("connecttimeout", 0))


def _setting(word: str, rest: list[str]) -> str:
    """A word as a line of ssh_config(5); what is none comes back as it is."""
    if not word.startswith(("-o", "-p")):
        return word
    value = word[2:] or (rest.pop(0) if rest else "")
    return value if word[1] == "o" else f"Port={value}"


def _refusal(word: str, given_by: str) -> str:
    if word.lower().startswith(("stricthostkeychecking", "userknownhostsfile")):
        return f"{given_by} cannot have {word!r}: host keys are always checked; makeknownhosts says which are believed"
    return (
        f"{given_by} does not take {word!r}, but -p PORT and -o ConnectTimeout=SECONDS; the rest may stand in root's .ssh/config "
        "on the daemon's host"
    )
