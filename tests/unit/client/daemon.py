"""A tiny daemon that speaks the client's frames over a real socket, and says what a test tells it to say."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Frame = tuple[bytes, bytes]


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(4, "big") + kind + b"\0\0\0\1" + payload


class Call:
    """One caller's connection, seen from the daemon."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._stream = sock.makefile("rb")

    def receive(self) -> Frame | None:
        """The next frame, or None when the caller has hung up."""
        head = self._stream.read(9)
        if len(head) < 9:
            return None
        return head[4:5], self._stream.read(int.from_bytes(head[:4], "big"))

    def request(self) -> dict[str, Any]:
        """The request, which must come first."""
        received = self.receive()
        assert received is not None
        kind, payload = received
        assert kind == b"Q"
        request: dict[str, Any] = json.loads(payload)
        return request

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        self.sock.sendall(frame(kind, payload))

    def close(self) -> None:
        self._stream.close()
        self.sock.close()


Script = Callable[[Call], None]


def answer(text: bytes = b"", status: bytes = b"0") -> Script:
    """A script: take the request, say `text`, end."""

    def script(call: Call) -> None:
        call.request()
        call.send(b"O", text)
        call.send(b"X", status)

    return script


class Daemon:
    """Serves callers one after the other with `script`, until the `with` block ends.

    `requests` need no lock: the test looks at them after its caller has ended. `refusals` are failed handshakes.
    A script's own errors come out at the end of the block.
    """

    def __init__(self, script: Script, listener: socket.socket, context: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._listener = listener
        self._context = context
        self._thread = threading.Thread(target=self._serve)
        self._closing = False
        self.refusals: list[ssl.SSLError] = []
        self.failures: list[BaseException] = []

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def __enter__(self) -> Daemon:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        if self.failures:
            raise self.failures[0]

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                assert self._closing
                return
            with sock:
                self._converse(sock)

    def _converse(self, sock: socket.socket) -> None:
        try:
            if self._context:
                sock = self._context.wrap_socket(sock, server_side=True)
            call = Call(sock)
            with contextlib.closing(call):
                self._script(call)
        except ssl.SSLError as error:
            self.refusals.append(error)
        except OSError:
            return  # the caller has hung up, as some tests want it to
        except Exception as error:  # noqa: BLE001 - shown by the test that uses this daemon
            self.failures.append(error)


def local_listener(root: Path) -> socket.socket:
    """Where the client looks for the daemon of its own host."""
    path = root / "run/xcat/xcatd.sock"
    path.parent.mkdir(parents=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(8)
    return listener


def network_listener(address: str = "127.0.0.1", backlog: int = 8) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listener.bind((address, 0))
    listener.listen(backlog)
    return listener


def server_context(folder: Path, credentials: bytes, ca: bytes, *, alpn: bool = True) -> ssl.SSLContext:
    """As xcatd's port: a client certificate is verified if it is presented."""
    (folder / "server-cred.pem").write_bytes(credentials)
    (folder / "server-ca.pem").write_bytes(ca)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server-cred.pem")
    context.load_verify_locations(folder / "server-ca.pem")
    context.verify_mode = ssl.CERT_OPTIONAL
    if alpn:
        context.set_alpn_protocols(["xcat/1"])
    if context.cert_store_stats()["crl"]:
        context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    return context
