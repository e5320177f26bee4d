"""What the client tells the daemon: the words as typed, where, and the XCAT* and DSH_* variables. Nothing else leaves the host.

The JSON is written by hand because `import json` would cost more than the whole request.
"""

from __future__ import annotations

import os

from xcat_client.frames import MAX_REQUEST
from xcat_client.trouble import Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def encode(
    words: Iterable[str], env: Mapping[str, str], *, cwd: str, tty: bool, progress: bool = False, screen: bool = False
) -> bytes:
    """The payload of a `Q` frame. `words` start with the command's name; `tty`: is standard input a terminal, `screen`: is
    standard output one, `progress`: is standard error one, so that long changes may show how far they are.

    Bytes of the command line that are not UTF-8 arrive here as lone surrogates (PEP 383) and leave as `\\udcXX`.
    """
    argv = ",".join(map(quoted, words))
    variables = ",".join(f"{quoted(name)}:{quoted(env[name])}" for name in env if _is_told(name))
    payload = (
        f'{{"argv":[{argv}],"cwd":{quoted(cwd)},"env":{{{variables}}},'
        f'"tty":{_truth(tty)},"progress":{_truth(progress)},"screen":{_truth(screen)}}}'
    ).encode()
    if len(payload) > MAX_REQUEST:
        raise Trouble(
            f"The command line is longer than the {MAX_REQUEST >> 20} MiB that xcatd takes: "
            "name the nodes by a range or a group, or give the values in a file."
        )
    return payload


def _is_told(name: str) -> bool:
    """What changes answers, and what xdsh and its like heed; a password goes another way."""
    return name.startswith(("XCAT", "DSH_")) and name != "DSH_REMOTE_PASSWORD"


def _truth(value: bool) -> str:
    return "true" if value else "false"


def directory() -> str:
    """Where relative file names start; / when the working directory has been removed."""
    try:
        return os.getcwd()  # noqa: PTH109 - pathlib costs 10 ms at start
    except FileNotFoundError:
        return "/"


def quoted(text: str) -> str:
    """`text` as a JSON string; other characters than ASCII stay as they are, lone surrogates are escaped."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    if letter < " " or "\ud800" <= letter <= "\udfff":
        return f"\\u{ord(letter):04x}"
    return letter
