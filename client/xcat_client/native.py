"""The C halves of socket and signal, without the Python halves.

Measured with CPython 3.11: `import socket` 8 ms, `_socket` 0.5 ms; `signal` 5 ms, `_signal` nothing (it is always
loaded). The names used here are the same in both; should an interpreter not have them, the public module serves.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

SOCKET_NAMES = (
    *("AF_UNIX", "IPPROTO_TCP", "SOCK_STREAM", "SOL_SOCKET", "SO_KEEPALIVE", "SO_SNDTIMEO", "TCP_NODELAY"),
    *("TCP_KEEPCNT", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_USER_TIMEOUT"),
    *("gaierror", "getaddrinfo", "socket"),
)
SIGNAL_NAMES = ("SIGINT", "SIGTERM", "SIG_IGN", "getsignal", "set_wakeup_fd", "signal")


def sockets() -> ModuleType:
    """`_socket`, or `socket` where that one is not as expected."""
    try:
        import _socket
    except ImportError:
        pass
    else:
        if all(hasattr(_socket, name) for name in SOCKET_NAMES):
            return _socket
    import socket

    return socket


def signals() -> ModuleType:
    """`_signal`, or `signal` where that one is not as expected."""
    try:
        import _signal  # type: ignore[import-not-found]
    except ImportError:
        pass
    else:
        if all(hasattr(_signal, name) for name in SIGNAL_NAMES):
            return _signal  # type: ignore[no-any-return]
    import signal

    return signal
