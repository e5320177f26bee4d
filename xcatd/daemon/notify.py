"""Telling systemd how it stands (sd_notify(3)); nothing happens when systemd did not ask."""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger(__name__)


def notify(*words: str) -> None:
    """Send assignments such as `READY=1` to the socket that systemd named."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        try:
            channel.connect(address)
            channel.sendall("\n".join(words).encode())
        except OSError as error:
            log.warning("nobody listens at NOTIFY_SOCKET=%s: %s", address, error.strerror)


def given_sockets() -> list[socket.socket]:
    """The listening sockets of socket activation (sd_listen_fds(3)): those are ours, later children must not see them."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(os.environ.pop("LISTEN_FDS", "0"))
    os.environ.pop("LISTEN_PID")
    return [socket.socket(fileno=3 + number) for number in range(count)]
