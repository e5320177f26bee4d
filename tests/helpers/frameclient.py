"""A client of our own wire format in a few lines: what takes a process each with the real one, thousands of times in a test."""

from __future__ import annotations

import json
import os
import socket
import ssl
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.helpers.cluster import Daemon

_HEADER = struct.Struct(">IcI")
PATIENCE = 60.0
"""Seconds for which an answer is waited for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, up to the exit status."""

    stdout: str
    stderr: str
    status: int


class FrameClient:
    """One connection, by the socket or, with `tls`, by the port."""

    def __init__(self, daemon: Daemon, *, tls: bool = False) -> None:
        self.socket = _through_the_port(daemon) if tls else _through_the_socket(daemon.root / "run/xcat/xcatd.sock")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, *argv: str) -> Answer:
        """Run a command. Raises ConnectionError when the answer does not come to its end."""
        self.send(*argv)
        texts = {b"O": b"", b"E": b"", b"X": b""}
        for kind, payload in self.answer():
            texts[kind] += payload
        return Answer(texts[b"O"].decode(), texts[b"E"].decode(), int(texts[b"X"]))

    def send(self, *argv: str) -> None:
        """Ask for a command, and do not wait."""
        payload = json.dumps({"argv": argv, "cwd": "/", "env": {}, "tty": False}).encode()
        self.socket.sendall(_HEADER.pack(len(payload), b"Q", 1) + payload)

    def answer(self) -> Iterator[tuple[bytes, bytes]]:
        """Kinds and payloads as they come, up to the exit status."""
        held = b""
        while data := self.socket.recv(1 << 16):
            held += data
            while len(held) >= _HEADER.size:
                size, kind, _ = _HEADER.unpack_from(held)
                if len(held) < _HEADER.size + size:
                    break
                yield kind, held[_HEADER.size : _HEADER.size + size]
                if kind == b"X":
                    return
                held = held[_HEADER.size + size :]
        raise ConnectionError("the daemon hung up")


def _through_the_socket(path: Path) -> socket.socket:
    channel = socket.socket(socket.AF_UNIX)
    channel.settimeout(PATIENCE)
    folder = os.open(path.parent, os.O_PATH)
    try:
        channel.connect(f"/proc/self/fd/{folder}/{path.name}")
    except OSError:
        channel.close()
        raise
    finally:
        os.close(folder)
    return channel


def _through_the_port(daemon: Daemon) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(daemon.credentials / "ca.pem")
    context.load_cert_chain(daemon.credentials / "client-cred.pem")
    context.set_alpn_protocols(["xcat/1"])
    bare = socket.create_connection((daemon.address, daemon.port), timeout=PATIENCE)
    try:
        return context.wrap_socket(bare, server_hostname=daemon.address)
    except OSError:
        bare.close()
        raise
