"""`xdsh`: sends the daemon what it cannot read by itself: the caller's script, his environment file, a password."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from typing import TYPE_CHECKING

from xcat_client.interrupts import Interrupts
from xcat_client.main import ask
from xcat_client.programs import asked
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PASSWORD = "DSH_REMOTE_PASSWORD"  # noqa: S105 - the name of a variable
_SHOWN = (
    *("DCP_DEVICE_OPTS", "DCP_DEVICE_RCP", "DCP_NODE_OPTS", "DCP_NODE_RCP", "DSH_CONTEXT", "DSH_DEVICE_LIST"),
    *("DSH_DEVICE_OPTS", "DSH_DEVICE_RCP", "DSH_DEVICE_RSH", "DSH_ENVIRONMENT", "DSH_FANOUT", "DSH_LOG"),
    *("DSH_NODEGROUP_PATH", "DSH_NODE_LIST", "DSH_NODE_OPTS", "DSH_NODE_RCP", "DSH_NODE_RSH", "DSH_OUTPUT"),
    *("DSH_PATH", "DSH_REPORT", "DSH_SYNTAX", "DSH_TIMEOUT", "DSH_VERIFY", "RSYNC_RSH"),
)
_LONG = {
    "--execute": "e",
    "--environment": "E",
    "--fanout": "f",
    "--user": "l",
    "--timeout": "t",
    "--rootimg": "i",
    "--devicetype": "d",
    "--show-config": "q",
    "--ssh-setup": "K",
    "--bypass": "B",
    "--ignore-env": "X",
    "--node-options": "o",
    "--node-rsh": "r",
    "--syntax": "S",
    "--ignore-sig": "I",
    "--exit-status": "z",
    "--silent": "Q",
    "--version": "V",
}
_VALUED = "EfltidorSI"
"""Letters of options that have a value; d stands for --devicetype, which has no letter."""
_STARTS = ("DSH_", "DCP_", "DEVICETYPE", "RSYNC_RSH")
"""How names of variables begin, which -X takes from behind a blank."""
_BESIDE_IMAGE = "izQ"
_AS_OPTIONS = (
    ("E", "--environment", "DSH_ENVIRONMENT"),
    ("o", "--node-options", "DSH_NODE_OPTS"),
    ("d", "--devicetype", "DEVICETYPE"),
)
"""Variables that change what is run, or where: the policy, which sees words only, must know of them."""


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status. Raises Trouble."""
    given, command = parse(words)
    if "q" in given:
        show_settings(env)
        return 0
    if "B" in given:
        raise Trouble("xdsh -B: commands run only in the daemon: start xcatd, or use psh.")
    if "V" in given and not command:
        return asked.shown(["nodels", "--version"], env)
    if "i" in given:
        return _in_image(given, command, env)
    heeded = _heeded(given, env)
    sent = _sent(given, command, heeded)
    words = [words[0], *_said(given, heeded), *words[1:]]
    interrupts = Interrupts()
    try:
        return ask(words, env, interrupts, (0 if sent is None else _memory(sent), 1, 2))
    finally:
        interrupts.close()


def _in_image(given: Mapping[str, str], command: Sequence[str], env: Mapping[str, str]) -> int:
    from xcat_client.programs import imaged

    if given.keys() - set(_BESIDE_IMAGE):
        raise Trouble("xdsh -i takes a command, -z and -Q, and no noderange: it runs on this host only.")
    return imaged.run(given["i"], command, env, status_shown="z" in given, silent="Q" in given)


def _heeded(given: Mapping[str, str], env: Mapping[str, str]) -> Mapping[str, str]:
    """The variables that count: all of them, or those that -X names."""
    if "X" not in given:
        return env
    named = given["X"].split(",")
    return {name: value for name, value in env.items() if name in named}


def _said(given: Mapping[str, str], env: Mapping[str, str]) -> list[str]:
    """Options for variables. Keys and cleaning up need no environment file."""
    wanted = _AS_OPTIONS[1:] if given.keys() & {"K", "c"} else _AS_OPTIONS
    return [f"{flag}={env[name]}" for letter, flag, name in wanted if letter not in given and env.get(name)]


def parse(words: Sequence[str]) -> tuple[dict[str, str], Sequence[str]]:
    """The options by letter, and the words of the command for the nodes; `words` start with our name. With a noderange and -i,
    which do not go together, there is also "noderange"."""
    given: dict[str, str] = {}
    has_noderange = False
    place = 1
    while place < len(words):
        word = words[place]
        place += 1
        if word == "--":
            return given, words[place + (not has_noderange) :]
        if not word.startswith("-") or word == "-":
            if has_noderange or "i" in given:
                return given, words[place - 1 :]
            has_noderange = True
            continue
        for letter, value in _options(word):
            if letter == "i" and has_noderange:
                given["noderange"] = ""
            if value is None and place < len(words) and (letter != "X" or _are_variables(words[place])):
                given[letter] = words[place]
                place += 1
            else:
                given[letter] = value or ""
    return given, ()


def _options(word: str) -> list[tuple[str, str | None]]:
    """The options in a word, each with its value: "" when it has none, None when the next word is it (of -X: may be it)."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        near = {letter for long, letter in _LONG.items() if long.startswith(name)}
        letter = _LONG.get(name) or (near.pop() if len(near) == 1 else "")
        return [(letter, value if equals or letter not in f"{_VALUED}X" else None)] if letter else []
    found: list[tuple[str, str | None]] = []
    for place, letter in enumerate(word[1:], 2):
        if letter == "X" and word[place : place + 1] in (":", "=", ""):
            return [*found, (letter, word[place + 1 :] if word[place:] else None)]
        if letter in _VALUED and letter != "d":
            return [*found, (letter, word[place:].removeprefix("=") or None)]
        found.append((letter, ""))
    return found


def _are_variables(word: str) -> bool:
    names = word.split(",")
    return all(name.startswith(_STARTS) and name.isupper() and name.replace("_", "").isalpha() for name in names)


def show_settings(env: Mapping[str, str]) -> None:
    """Print the variables that count, as xCAT does."""
    for name in _SHOWN:
        print(f"DSH:{name}={env.get(name, '')}")
    print("XCAT:RemoteCopyCmd=/usr/bin/scp\nXCAT:RemoteShell=/usr/bin/ssh", flush=True)


def _sent(given: Mapping[str, str], command: Sequence[str], env: Mapping[str, str]) -> bytes | None:
    """What goes along with the request; None when its words are enough."""
    environment = given.get("E") or env.get("DSH_ENVIRONMENT", "")
    if not (environment or given.keys() & {"e", "K"}):
        return None
    script = b64encode(_content(command[0])).decode() if "e" in given and command else None
    password = (
        _password(given.get("l") or env.get("DSH_TO_USERID") or "root", env) if "K" in given and not command else ""
    )
    text = b64encode(_content(environment)).decode() if environment else ""
    return json.dumps({"script": script, "environment": text, "password": password}).encode()


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs 10 ms at start
            return file.read()
    except OSError as error:
        raise Trouble(f"xdsh: {path} cannot be read: {(error.strerror or str(error)).lower()}.") from error


def _password(user: str, env: Mapping[str, str]) -> str:
    """Typed once, without echo, or from the environment. Raises Trouble."""
    if PASSWORD in env:
        return env[PASSWORD]
    if not os.isatty(0):
        raise Trouble(f"xdsh -K needs a password: type it at a terminal, or give it in {PASSWORD}.")
    from getpass import getpass

    try:
        return getpass(f"Enter the password of {user} on the nodes: ")
    except EOFError:
        raise Trouble("xdsh -K: no password was typed, so nothing was done.") from None


def _memory(content: bytes) -> int:
    """A descriptor from which this can be read; it is gone with the program."""
    memory = os.memfd_create("xdsh")
    left = memoryview(content)
    while left:
        left = left[os.write(memory, left) :]
    os.lseek(memory, 0, os.SEEK_SET)
    return memory
