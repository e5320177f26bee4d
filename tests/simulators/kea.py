"""Real kea-dhcp4 processes, each in a network namespace and with files of its own below one root."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

READY_WITHIN = 60.0
"""Seconds for it to open its control socket. A busy machine needs them, an idle one a fraction."""


class Kea:
    """A server whose files are below a root, at the places that xcatd knows."""

    def __init__(self, root: Path, before: Sequence[str]) -> None:
        self.conf = root / "etc/kea/kea-dhcp4.conf"
        self.socket = root / "run/kea/kea4-ctrl-socket"
        self.log = root / "kea.log"
        self._before, self._run = before, root / "run/kea"
        self._leases = root / "var/lib/kea"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """It runs with the file that is there; without one, with none but its control socket."""
        for folder in (self.conf.parent, self._run, self._leases):
            folder.mkdir(parents=True, exist_ok=True)
        if not self.conf.exists():
            control = {"socket-type": "unix", "socket-name": str(self.socket)}
            leases = {"type": "memfile", "persist": False}
            self.conf.write_text(json.dumps({"Dhcp4": {"control-socket": control, "lease-database": leases}}))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._before, "kea-dhcp4", "-c", str(self.conf)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={
                    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                    "KEA_PIDFILE_DIR": str(self._run),
                    "KEA_LOCKFILE_DIR": str(self._run),
                },
            )
        deadline = time.monotonic() + READY_WITHIN
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()[-2000:]
            assert time.monotonic() < deadline, "kea-dhcp4 does not open its control socket"
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)

    def ask(self, command: str) -> dict[str, Any]:
        """What it answers to a command without arguments."""
        with socket.socket(socket.AF_UNIX) as talk:
            talk.connect(str(self.socket))
            talk.sendall(json.dumps({"command": command}).encode())
            with talk.makefile("rb") as answer:
                found: dict[str, Any] = json.loads(answer.read())
                return found

    def times_configured(self) -> int:
        """How often it has taken a configuration since its first start."""
        return self.log.read_text().count("DHCP4_CONFIG_COMPLETE")

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as talk:
            talk.connect(str(self.socket))
            return True
        return False


@contextlib.contextmanager
def kea(root: Path, before: Sequence[str]) -> Iterator[Kea]:
    """It runs when the block begins, and is gone when it ends."""
    server = Kea(root, before)
    try:
        server.start()
        yield server
    finally:
        server.stop()
