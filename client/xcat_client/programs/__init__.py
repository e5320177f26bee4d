"""Commands that run in the client: filters, editors and windows. Each is a module here, imported only when it is called."""

from __future__ import annotations

PROGRAMS = {
    "dumpxCATdb": "dumpxcatdb",
    "pping": "pping",
    "ppping": "ppping",
    "prsync": "prsync",
    "pscp": "pscp",
    "psh": "psh",
    "rcons": "rcons",
    "restorexCATdb": "restorexcatdb",
    "tabedit": "tabedit",
    "tabrestore": "tabrestore",
    "tcons": "tcons",
    "wcons": "wcons",
    "wkill": "wkill",
    "xcat-inventory": "xcat_inventory",
    "xcoll": "xcoll",
    "xdcp": "xdcp",
    "xdsh": "xdsh",
    "xdshbak": "xdshbak",
}
"""A command's name -> its module, the same in small letters and with underscores for dashes.

It has `run(words, env) -> int`: `words` start with the name, `env` are the variables; it gives the exit status and may
raise Trouble. Streams 0, 1 and 2 are open.
"""


def program(name: str) -> str:
    """The module behind a command's name; "" when the daemon has it."""
    return PROGRAMS.get(name, "")
