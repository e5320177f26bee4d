"""A terminal by SSH: at a node, or at a controller that leads to the node's serial port. Loaded when it is first needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import asyncssh

from xcatd.errors import BadCredentials, NodeError, Unreachable, Untrusted
from xcatd.hardware.console import LEAVE_WITHIN, OPEN_WITHIN, Terminal
from xcatd.hardware.endpoint import NO_SECRET
from xcatd.model import Secret

KINDS = ("id_ed25519", "id_ecdsa", "id_rsa")
"""Private keys that are tried, in this order."""
ALIVE_EVERY, ALIVE_TRIES = 8, 2
"""Seconds between questions whether the other side is there, and how many of them may stay unanswered."""
CHUNK = 1 << 16
_BREAK = 500
"""Milliseconds (RFC 4335)."""
_SIZE = 80, 24

asyncssh.set_log_level("WARNING")  # it would tell each step of each connection

Process: TypeAlias = "asyncssh.SSHClientProcess[bytes]"


@dataclass(frozen=True, slots=True)
class Login:
    """Where to, and as whom. `name`: under which its key stands in the files `known`; None: any key is believed.

    `password` empty: the private keys in the folder `keys` are shown. `command`: instead of a shell. `remedy`: how the key of the
    host becomes known. `place` and `account`: how sentences call the host, and say where its account stands.
    """

    host: str
    port: int
    user: str
    name: str
    place: str
    remedy: str
    account: str
    known: tuple[Path, ...] | None
    keys: Path | None = None
    password: Secret = NO_SECRET
    command: str = ""


@asynccontextmanager
async def terminal(login: Login) -> AsyncIterator[Terminal]:
    """A terminal there. Raises NodeError of every kind."""
    try:
        async with asyncio.timeout(OPEN_WITHIN):
            connection = await _connect(login)
    except TimeoutError:
        raise Unreachable(
            f"{login.place} does not answer by SSH within {OPEN_WITHIN:.3g} s: check that it is up"
        ) from None
    try:
        try:
            async with asyncio.timeout(OPEN_WITHIN):
                process: Process = await connection.create_process(
                    login.command or None, term_type="xterm", term_size=_SIZE, encoding=None
                )
        except (TimeoutError, OSError, asyncssh.Error) as error:
            raise NodeError(f"{login.place} gives no terminal by SSH ({_said(error)}): look at its sshd") from None
        yield SshTerminal(process, login.place)
    finally:
        connection.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN):
                await connection.wait_closed()


async def _connect(login: Login) -> asyncssh.SSHClientConnection:
    known = None if login.known is None else await asyncio.to_thread(_known_hosts, login.known)
    keys = await asyncio.to_thread(_private_keys, login.keys) if login.keys is not None else []
    try:
        return await asyncssh.connect(
            login.host,
            login.port,
            config=None,
            known_hosts=known,
            host_key_alias=login.name,
            username=login.user,
            password=login.password.reveal() or None,
            client_keys=keys or None,
            agent_path=None,
            gss_host=None,
            x509_trusted_certs=None,
            keepalive_interval=ALIVE_EVERY,
            keepalive_count_max=ALIVE_TRIES,
        )
    except asyncssh.HostKeyNotVerifiable:
        raise Untrusted(f"the host key of {login.place} is not known here, or another one: {login.remedy}") from None
    except asyncssh.PermissionDenied:
        raise BadCredentials(f'{login.place} does not let in the user "{login.user}" by SSH: {login.account}') from None
    except OSError as error:
        raise Unreachable(
            f"{login.place} cannot be reached by SSH ({_said(error)}): check that it is up, and its sshd"
        ) from None
    except asyncssh.Error as error:
        raise NodeError(f"{login.place} ends the SSH connection ({_said(error)}): look at its sshd") from None


def _known_hosts(files: Sequence[Path]) -> asyncssh.SSHKnownHosts:
    """What these files say, of which some may be missing. Untrusted: one cannot be read."""
    there = [str(file) for file in files if file.is_file()]
    try:
        return asyncssh.read_known_hosts(there) if there else asyncssh.import_known_hosts("")
    except (OSError, ValueError) as error:
        raise Untrusted(f"{' or '.join(there)} cannot be read ({_said(error)}): run makeknownhosts") from None


def _private_keys(folder: Path) -> list[asyncssh.SSHKeyPair]:
    """Those that can be used without somebody who types a passphrase."""
    found: list[asyncssh.SSHKeyPair] = []
    for kind in KINDS:
        with suppress(OSError, ValueError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            found += asyncssh.load_keypairs(str(folder / kind))
    return found


class SshTerminal(Terminal):
    """A process at the other side, on a terminal there."""

    def __init__(self, process: Process, place: str) -> None:
        self._process = process
        self._place = place

    async def read(self) -> bytes:
        try:
            return await self._process.stdout.read(CHUNK)
        except (OSError, asyncssh.Error) as error:
            raise self._lost(error) from None

    async def write(self, octets: bytes) -> None:
        try:
            self._process.stdin.write(octets)
            await self._process.stdin.drain()
        except (OSError, asyncssh.Error) as error:
            raise self._lost(error) from None

    async def send_break(self) -> None:
        try:
            self._process.send_break(_BREAK)
        except (OSError, asyncssh.Error) as error:
            raise self._lost(error) from None

    def resize(self, rows: int, columns: int) -> None:
        with suppress(OSError, asyncssh.Error):
            self._process.change_terminal_size(columns, rows)

    def _lost(self, error: Exception) -> Unreachable:
        return Unreachable(f"the SSH connection to {self._place} was lost ({_said(error)}): look what has become of it")


def _said(error: Exception) -> str:
    """The cause in few words, on one line."""
    strerror = error.strerror if isinstance(error, OSError) else ""
    return " ".join((strerror or str(error) or type(error).__name__).split()).rstrip(".")
