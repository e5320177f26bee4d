"""A real `sushy-emulator` (sushy-tools) with fake systems, TLS and HTTP Basic, for one test run.

What it does not do: sessions, tags, tasks of its own, logs, accounts, network settings, thresholds below "Thermal". A power
change takes effect after 1 to 11 seconds at random, and a boot override is for ever.
"""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bcrypt

from xcat_certs.layout import Credentials

READY_WITHIN = 60.0
"""Seconds until it answers. A busy machine needs them, an idle one a few."""
USER, PASSWORD = "admin", "secret"


@dataclass(frozen=True, slots=True)
class Emulator:
    """Where it listens, and the ids of its systems."""

    host: str
    port: int
    systems: tuple[str, ...]

    def path(self, number: int) -> str:
        return f"/redfish/v1/Systems/{self.systems[number]}"


@contextmanager
def emulator(count: int, directory: Path, certificate: Credentials) -> Iterator[Emulator]:
    """It answers when the block begins, and is gone when it ends. Its files are below `directory`."""
    systems = tuple(str(uuid.UUID(int=number + 1)) for number in range(count))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host, port = probe.getsockname()
    process = _spawn(_configured(directory, systems), host, port, certificate, directory)
    try:
        _wait_until_ready(process, f"https://{host}:{port}/redfish/v1/", directory)
        yield Emulator(host, port, systems)
    finally:
        process.kill()
        process.wait()


def _configured(directory: Path, systems: tuple[str, ...]) -> Path:
    passwords = directory / "htpasswd"
    passwords.write_text(f"{USER}:{bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}\n")
    fakes = [
        {
            "uuid": system,
            "name": f"fake{number}",
            "power_state": "Off",
            "nics": [{"mac": f"02:00:00:00:00:{number:02x}"}],
        }
        for number, system in enumerate(systems)
    ]
    config = directory / "emulator.conf"
    config.write_text(
        f"SUSHY_EMULATOR_AUTH_FILE = {str(passwords)!r}\n"
        f"SUSHY_EMULATOR_STATE_DIR = {str(directory)!r}\n"
        f"SUSHY_EMULATOR_FAKE_SYSTEMS = {fakes!r}\n"
    )
    return config


def _spawn(config: Path, host: str, port: int, certificate: Credentials, directory: Path) -> subprocess.Popen[bytes]:
    program = Path(sys.executable).with_name("sushy-emulator")
    tls = ["--ssl-certificate", str(certificate.certificate), "--ssl-key", str(certificate.key)]
    words = [str(program), "--fake", "--config", str(config), "-i", host, "-p", str(port), *tls]
    with (directory / "output").open("wb") as output:
        return subprocess.Popen(words, cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, directory: Path) -> None:
    context = ssl._create_unverified_context()
    deadline = time.monotonic() + READY_WITHIN
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"sushy-emulator does not answer: {(directory / 'output').read_text()}")
        try:
            with urllib.request.urlopen(url, context=context, timeout=1):
                return
        except OSError:
            time.sleep(0.05)
