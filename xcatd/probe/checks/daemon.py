"""The daemon of this host: does it run, does it answer, on which doors, and is it the one that is installed?"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

from xcatd.daemon.version import version_line
from xcatd.errors import TrustError
from xcatd.probe import Failed, Finding, Here, Noted, NotNow, Warned, check
from xcatd.probe.ask import GAVE_UP
from xcatd.tls import explain, peer_context

_PATIENCE = 5.0


@check("xcatmn", "xcatd runs and answers", rank=60)
def answers(here: Here) -> Iterator[Finding]:
    """At its Unix socket, as a command that is typed on this host would ask."""
    if not _listens(here.paths.socket):
        yield Failed(f"Nobody listens at {here.paths.socket}: start it with systemctl start xcatd, or xcatd")
        return
    answer = here.ask("lsxcatd", "-v")
    if answer.status == GAVE_UP:
        yield Failed(f"xcatd does not answer: look into {here.paths.log}/xcatd.log, then systemctl restart xcatd")
    elif answer.status:
        yield Failed(f"xcatd answers with an error ({answer.reason}): look into {here.paths.log}/xcatd.log")


@check("xcatmn", "the xcatd that runs is the one that is installed", rank=61)
def is_current(here: Here) -> Iterator[Finding]:
    """After an update the old program goes on until it is told to reload."""
    _must_answer(here)
    running, installed = here.ask("lsxcatd", "-v").stdout.strip(), version_line()
    if running != installed:
        yield Warned(f"{running} runs and {installed} is installed: systemctl reload xcatd")
    else:
        yield Noted(running)


@check("xcatmn", "the command port is open", rank=62)
def port_is_open(here: Here) -> Iterator[Finding]:
    """A handshake on each address, with the certificate of this daemon on both sides."""
    _must_answer(here)
    for address in here.settings.addresses or ("127.0.0.1",):
        port = here.settings.port or _site_port(here)
        if trouble := handshake(here, address, port):
            yield Failed(f"{address} port {port}: {trouble}")
        else:
            yield Noted(f"{address} port {port} answers")


def handshake(here: Here, host: str, port: int) -> str:
    """Dial a daemon as this one would; why that does not work, "" when it does."""
    try:
        context = peer_context(here.paths.tls)
        context.maximum_version = (
            ssl.TLSVersion.TLSv1_2
        )  # there the other side's verdict on us is part of the handshake
        with (
            socket.create_connection((host, port), _PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return ""
    except (OSError, TrustError) as error:
        return explain(error)


def _must_answer(here: Here) -> None:
    if not here.answers:
        raise NotNow("xcatd does not answer")


def _site_port(here: Here) -> int:
    text = here.tables.site("xcatdport")
    return int(text) if text.isdecimal() and 0 < int(text) < 65536 else 3001


def _listens(path: Path) -> bool:
    """By way of a descriptor of the folder, because a socket's path may have 107 bytes at the most."""
    try:
        folder = os.open(path.parent, os.O_PATH | os.O_CLOEXEC)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.settimeout(_PATIENCE)
                probe.connect(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
    except OSError:
        return False
    return True
