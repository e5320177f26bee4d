"""TLS as a translation of bytes, and the handshake. The daemon's certificate is always verified, and so is its name.

`import ssl` costs 13-20 ms, mostly for enums and re; the C module underneath, `_ssl`, 3 ms. `_native` uses that one,
`_public` is what happens where its private interface is not as expected. Both end in the same OpenSSL calls.
"""

from __future__ import annotations

from time import monotonic

from xcat_client import blame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Callable
    from typing import Any

    from xcat_client.place import Place

    Wrapped = tuple[Any, Callable[[], object]]
    Toolkit = tuple[Any, Any, Any, Callable[[Any, Any, str], Wrapped]]

PROTOCOL = "xcat/1"
_TLS_1_2 = 0x0303
_CRL_CHECK_LEAF = 4
_PIECE = 1 << 16


def secure(sock: socket, place: Place, folder: str, deadline: float) -> Channel:
    """The TLS channel over `sock`, once `place` has proved who it is. Raises Trouble."""
    channel = Channel(place, folder)
    try:
        while not channel.shake():
            sock.settimeout(max(0.001, deadline - monotonic()))
            sock.sendall(channel.outgoing())
            channel.incoming(sock.recv(_PIECE))
    except TimeoutError as error:
        raise blame.unreachable(place, error) from error
    except OSError as error:
        _send_alert(sock, channel)
        raise blame.handshake(place, folder, error) from error
    if channel.protocol != PROTOCOL:
        raise blame.other_protocol(place)
    return channel


def _send_alert(sock: socket, channel: Channel) -> None:
    """Tell the daemon why, so that its log can say it; nobody waits for that."""
    try:
        sock.sendall(channel.outgoing())
    except OSError:
        return


class Channel:
    """One TLS connection without its socket: `seal` what is to be sent, `open` what has arrived."""

    __slots__ = ("_engine", "_fault", "_folder", "_goodbye", "_in", "_out", "_place", "_ssl")

    def __init__(self, place: Place, folder: str) -> None:
        self._place = place
        self._folder = folder
        self._fault: OSError | None = None
        self._ssl, memory, context, wrap = _toolkit()
        _trust(context, folder)
        self._in, self._out = memory(), memory()
        name = place.name if place.name.isascii() else place.name.encode("idna").decode()
        self._engine, self._goodbye = wrap(self._in, self._out, name)

    @property
    def protocol(self) -> str | None:
        chosen: str | None = self._engine.selected_alpn_protocol()
        return chosen

    def shake(self) -> bool:
        """Go on with the handshake; True when it is done."""
        try:
            self._engine.do_handshake()
        except self._ssl.SSLWantReadError:
            return False
        return True

    def incoming(self, data: bytes) -> None:
        """What the network brought; nothing means that it will bring no more."""
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()

    def outgoing(self) -> bytes:
        """What is to be put on the network."""
        sealed: bytes = self._out.read()
        return sealed

    def seal(self, data: bytes) -> bytes:
        if data:
            self._engine.write(data)
        return self.outgoing()

    def open(self, data: bytes) -> bytes:
        """The text in `data` (empty at the connection's end). Raises Trouble when the daemon refuses us."""
        self.incoming(data)
        pieces = []
        while self._fault is None and (piece := self._read()):
            pieces.append(piece)
        if self._fault is not None and not pieces:
            raise blame.refused(self._place, self._folder, self._fault)
        return b"".join(pieces)

    def _read(self) -> bytes:
        """One piece, or nothing for now. A fault is kept until what came before it has been handed out."""
        try:
            piece: bytes = self._engine.read(_PIECE)
        except (self._ssl.SSLWantReadError, self._ssl.SSLEOFError, self._ssl.SSLZeroReturnError):
            return b""
        except self._ssl.SSLError as error:
            self._fault = error
            return b""
        return piece

    def farewell(self) -> bytes:
        """The TLS words for goodbye; we do not wait for theirs."""
        try:
            self._goodbye()
        except OSError:  # it wants to wait for theirs
            return self.outgoing()
        return self.outgoing()


def _toolkit() -> Toolkit:
    try:
        return _native()
    except (ImportError, AttributeError, TypeError):
        return _public()


def _native() -> Toolkit:
    """(module with the errors, MemoryBIO, context, how to get an engine and its goodbye), without `import ssl`."""
    import _ssl

    context: Any = _ssl._SSLContext(_ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = _TLS_1_2
    context._set_alpn_protocols(bytes((len(PROTOCOL),)) + PROTOCOL.encode())
    if not (context.check_hostname and context.verify_mode == _ssl.CERT_REQUIRED):
        raise AttributeError("this interpreter's _ssl does not verify by default")

    def wrap(incoming: _ssl.MemoryBIO, outgoing: _ssl.MemoryBIO, name: str) -> Wrapped:
        engine = context._wrap_bio(incoming, outgoing, False, server_hostname=name)
        return engine, engine.shutdown

    wrap(_ssl.MemoryBIO(), _ssl.MemoryBIO(), "localhost")
    return _ssl, _ssl.MemoryBIO, context, wrap


def _public() -> Toolkit:
    """The same by the documented interface."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([PROTOCOL])

    def wrap(incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, name: str) -> Wrapped:
        engine = context.wrap_bio(incoming, outgoing, server_hostname=name)
        return engine, engine.unwrap

    return ssl, ssl.MemoryBIO, context, wrap


def _trust(context: Any, folder: str) -> None:
    """Our authority, its revocation list if ca.pem has one, and our own certificate if there is one."""
    try:
        context.load_verify_locations(folder + "/ca.pem")
    except OSError as error:
        raise blame.authority(folder, error) from error
    if context.cert_store_stats()["crl"]:
        context.verify_flags |= _CRL_CHECK_LEAF
    try:
        context.load_cert_chain(folder + "/client-cred.pem", None, _no_password)
    except FileNotFoundError:
        return  # the policy decides what the anonymous may do
    except OSError as error:
        raise blame.own_certificate(folder, error) from error


def _no_password() -> bytes:
    """Keys are not encrypted; without this, OpenSSL would ask at the terminal."""
    return b""
