"""The program behind every command name: ask the daemon, show what it says, exit as it says."""

from __future__ import annotations

import os
import sys
from time import monotonic

from xcat_client import connect, place, request
from xcat_client.interrupts import Interrupts
from xcat_client.session import BROKEN_PIPE, Session
from xcat_client.trouble import FAILED, Elsewhere, Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from xcat_client.session import Wire

OWN_NAMES = ("xcat", "xcatclient", "xcatclientnnr")
"""Called by one of these, the first word is the command; xCAT 2 has the last two."""

USAGE = "No command is given: say `xcat COMMAND [WORD ...]`, or call a command by its own name, such as `nodels`."


def main() -> NoReturn:
    """Run as a program. Ends without the interpreter's clean-up, which would cost 2 ms: nothing is buffered."""
    os._exit(run(sys.argv, os.environ))


def run(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status of the command `argv`; what went wrong is said on standard error."""
    interrupts = None
    try:
        _fill_closed_streams()
        words = _words(argv)
        if module := _own(words[0]):
            return _run_here(module, words, env)
        interrupts = Interrupts()
        return ask(words, env, interrupts)
    except Trouble as trouble:
        _complain(str(trouble))
        return trouble.status
    except KeyboardInterrupt:  # in a program of ours, or before Interrupts stood
        return 130
    except BrokenPipeError:
        return BROKEN_PIPE
    finally:
        if interrupts:
            interrupts.close()


def _fill_closed_streams() -> None:
    """With `command >&-` the connection would become descriptor 1, and output would go to the daemon."""
    for stream in (0, 1, 2):
        try:
            os.fstat(stream)
        except OSError:
            os.open("/dev/null", os.O_RDONLY)  # read-only: writing there is an error, as it was before


def _words(argv: Sequence[str]) -> Sequence[str]:
    """The command and its arguments."""
    name = argv[0].rpartition("/")[2]
    words = list(argv[1:]) if name in OWN_NAMES else [name, *argv[1:]]
    if not words:
        raise Trouble(USAGE)
    return words


def _own(name: str) -> str:
    """The module of a program of the client's own, "" for a command of the daemon.

    Such a module has the name of its command, in small letters and without dashes: to look for it costs less than an import.
    """
    try:
        os.stat(f"{__file__.rpartition('/')[0]}/programs/{name.lower().replace('-', '_')}.py")  # noqa: PTH116 - pathlib costs 10 ms
    except (OSError, ValueError):
        return ""
    from xcat_client.programs import program

    return program(name)


def _run_here(module: str, words: Sequence[str], env: Mapping[str, str]) -> int:
    """A command that is a program of the client's own."""
    name = f"xcat_client.programs.{module}"
    __import__(name)
    status: int = sys.modules[name].run(words, env)
    return status


def ask(
    words: Sequence[str],
    env: Mapping[str, str],
    interrupts: Interrupts,
    streams: tuple[int, int, int] = (0, 1, 2),
) -> int:
    """Have the daemon run a command; `streams` are descriptors. Its exit status. Raises Trouble."""
    if env.get("XCATBYPASS"):
        raise Trouble("XCATBYPASS is set, but commands run only in the daemon: unset it and start xcatd.", FAILED)
    tty, screen, progress = map(os.isatty, streams)
    payload = request.encode(words, env, cwd=request.directory(), tty=tty, progress=progress, screen=screen)
    host = env.get("XCATHOST", "").strip()

    def attempt(sock: socket, wire: Wire) -> int:
        interrupts.sent = False
        return Session(sock, wire, interrupts, streams).run(payload)

    pointed = None
    if "," not in host:
        sock, wire = _connect(host, env, connect.CONNECT_SECONDS)
        try:
            return attempt(sock, wire)
        except Elsewhere as elsewhere:
            pointed = elsewhere
        finally:
            sock.close()
    from xcat_client.several import Several

    return Several(place.several(host), lambda text, seconds: _connect(text, env, seconds), attempt).run(pointed)


def _connect(host: str, env: Mapping[str, str], seconds: float) -> tuple[socket, Wire]:
    """The host by TLS; "": the daemon of this host, by its socket, or by TLS where it has none."""
    if not host and (sock := connect.local(place.socket_path(env), seconds)):
        return sock, connect.Clear()
    return _connect_tls(place.parse(host or "localhost"), env, seconds)


def _connect_tls(target: place.Place, env: Mapping[str, str], seconds: float) -> tuple[socket, Wire]:
    from xcat_client import tls

    deadline = monotonic() + seconds
    sock = connect.remote(target, deadline)
    try:
        return sock, tls.secure(sock, target, place.credentials(env), deadline)
    except Trouble:
        sock.close()
        raise


def _complain(sentence: str) -> None:
    try:
        os.write(2, f"Error: {sentence}\n".encode(errors="surrogateescape"))
    except OSError:
        return
