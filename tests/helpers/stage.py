"""What integration tests put around daemons: BMCs that misbehave, in a thread of the test; plugins; processes at a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

from tests.helpers.cluster import CLIENT, PATIENCE, Daemon, environment
from tests.simulators.badredfish import Service, serving
from tests.simulators.miniature import Miniature
from tests.simulators.responder import Responder, responder

LAB_PLUGIN = Path(__file__).with_name("labplugin.py")


def give_plugin(daemon: Daemon, plugin: Path = LAB_PLUGIN) -> None:
    """Put a plugin file into the site's folder of a daemon that does not run yet."""
    folder = daemon.root / "etc/xcat/plugins"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(plugin, folder)


class Bench:
    """Misbehaving BMCs, each on a port of its own, in a thread with a loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._stack = contextlib.AsyncExitStack()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stack.aclose(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def bmc(self, bmc: Miniature | None = None, host: str = "127.0.0.1", port: int = 0) -> Responder:
        """One more BMC. Its fields may be set from the test: plain attributes, read for each datagram."""
        made = self._stack.enter_async_context(responder(bmc, host, port))
        return asyncio.run_coroutine_threadsafe(made, self._loop).result(PATIENCE)

    def redfish(self, service: Service, context: ssl.SSLContext) -> Service:
        """A Redfish service, on a port of its own. Its fields may be set from the test, too."""
        serves = self._stack.enter_async_context(serving(service, context))
        return asyncio.run_coroutine_threadsafe(serves, self._loop).result(PATIENCE)


def place(bmc: Responder) -> str:
    """As ipmi.bmc."""
    host, port = bmc.place
    return f"{host}:{port}"


class Typed:
    """A command that runs while the test goes on. Its output is read when asked for."""

    def __init__(self, daemon: Daemon, *argv: str, tls: bool = False, stdout: int = subprocess.PIPE) -> None:
        where = {"XCAT_ROOT": str(daemon.root), "XCAT_CREDENTIALS": str(daemon.credentials)}
        where |= {"XCATHOST": daemon.host} if tls else {}
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", CLIENT, *argv],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=environment(**where),
        )
        self._read = b""
        """What was read of standard output and not given yet."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def end(self, timeout: float = 2 * PATIENCE) -> tuple[int, str, str]:
        """Its status, standard output and errors, once it has ended."""
        out, err = self.process.communicate(timeout=timeout)
        return self.process.returncode, (self._read + (out or b"")).decode(), err.decode()

    def line(self) -> str:
        """The next line of standard output, as soon as there is one."""
        assert self.process.stdout is not None
        while b"\n" not in self._read and (more := self.process.stdout.read(1 << 16)):
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return f"{line.decode()}\n"


def journal(folder: Path) -> list[str]:
    """What `labwork` noted there."""
    path = folder / "journal"
    return path.read_text().splitlines() if path.exists() else []
