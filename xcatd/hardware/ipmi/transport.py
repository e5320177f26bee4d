"""UDP to all BMCs: one socket per address family, however many nodes there are.

One socket keeps 10,000 BMCs within the limit on open files and costs no system calls for opening and closing. What it
gives up is the kernel's word about ports that nobody listens on, which only connected sockets get by themselves: so
the kernel is asked to queue those errors, each with the address it belongs to (IP_RECVERR, ip(7)).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from typing import Final, Protocol

from xcatd.hardware.ipmi.rmcp import LONGEST_DATAGRAM
from xcatd.hardware.limits import Limits

Address = tuple[str, int] | tuple[str, int, int, int]
"""As getaddrinfo gives it: four members for IPv6."""

BATCH = 64
"""Datagrams read before other work of the loop gets its turn."""
RECEIVE_BUFFER = 8 << 20
"""Octets of answers that may wait while the loop is busy: several thousand, by the kernel's accounting."""

_SO_RCVBUFFORCE: Final = 33
_ERROR_QUEUES = {
    socket.AF_INET: (socket.IPPROTO_IP, 11),  # IP_RECVERR
    socket.AF_INET6: (socket.IPPROTO_IPV6, 25),  # IPV6_RECVERR
}
_EXTENDED_ERROR = struct.Struct("=I")
"""The beginning of struct sock_extended_err: errno."""


class Receiver(Protocol):
    """Who waits for datagrams from an address. Several may: each takes what is its own."""

    def received(self, datagram: bytes) -> None: ...

    def failed(self, error: OSError) -> None: ...


class Transport:
    """Sends datagrams and hands each that arrives to those who talk with its sender. Strangers are not heard.

    `window` bounds the questions that wait for their first answer, so that the answers fit in the receive buffer.
    `repeat_after`: as in Limits, for those who ask through it.
    """

    def __init__(self, limits: Limits) -> None:
        self.window = asyncio.Semaphore(limits.in_flight)
        self.repeat_after = limits.repeat_after
        self._sockets: dict[socket.AddressFamily, socket.socket] = {}
        self._receivers: dict[Address, list[Receiver]] = {}

    def attach(self, address: Address, receiver: Receiver) -> None:
        self._receivers.setdefault(address, []).append(receiver)

    def detach(self, address: Address, receiver: Receiver) -> None:
        receivers = self._receivers.get(address, [])
        if receiver in receivers:
            receivers.remove(receiver)
        if not receivers:
            self._receivers.pop(address, None)

    def send(self, address: Address, datagram: bytes) -> None:
        """Send, or let it be lost when the kernel has no room. What the kernel refuses, the receivers are told."""
        channel = self._socket(address)
        try:
            channel.sendto(datagram, address)
        except BlockingIOError:
            return
        except OSError as error:
            # The error may be an answer to an earlier datagram, to anybody: then it is in the queue, and this
            # datagram has not been sent. If it fails again, it counts as lost, and will be repeated.
            if self._read_errors(channel):
                with contextlib.suppress(OSError):
                    channel.sendto(datagram, address)
            else:
                self._tell(address, error)

    def catch_up(self, address: Address) -> bool:
        """Hand over what has arrived; False when there was so much that more may be waiting. For those who are about to
        believe that they have got no answer, while the loop may only have been busy."""
        return self._read(self._socket(address))

    def close(self) -> None:
        """Close the sockets. Nobody is told: there must be no receivers left."""
        loop = asyncio.get_running_loop()
        for channel in self._sockets.values():
            loop.remove_reader(channel)
            channel.close()
        self._sockets.clear()

    def _socket(self, address: Address) -> socket.socket:
        family = socket.AF_INET if len(address) == 2 else socket.AF_INET6
        channel = self._sockets.get(family)
        if channel is None:
            channel = self._sockets[family] = _open(family)
            asyncio.get_running_loop().add_reader(channel, self._read, channel)
        return channel

    def _read(self, channel: socket.socket) -> bool:
        """Hand over a batch of datagrams; whether no more are waiting."""
        for count in range(BATCH):
            try:
                datagram, address = channel.recvfrom(LONGEST_DATAGRAM)
            except BlockingIOError:
                if count == 0:  # woken, but not by a datagram
                    self._read_errors(channel)
                return True
            except OSError:  # the same error waits in the queue, with its address
                self._read_errors(channel)
                continue
            for receiver in tuple(self._receivers.get(address, ())):
                receiver.received(datagram)
        return False

    def _read_errors(self, channel: socket.socket) -> int:
        """Empty the socket's error queue; returns how many errors it held."""
        count = 0
        kind = _ERROR_QUEUES[channel.family]
        with contextlib.suppress(BlockingIOError):
            while True:
                _, notes, _, address = channel.recvmsg(LONGEST_DATAGRAM, 512, socket.MSG_ERRQUEUE)
                count += 1
                for level, note, data in notes:
                    if (level, note) == kind:
                        (number,) = _EXTENDED_ERROR.unpack_from(data)
                        self._tell(address, OSError(number, os.strerror(number)))
        return count

    def _tell(self, address: Address, error: OSError) -> None:
        for receiver in tuple(self._receivers.get(address, ())):
            receiver.failed(error)


def _open(family: socket.AddressFamily) -> socket.socket:
    channel = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    channel.setsockopt(*_ERROR_QUEUES[family], 1)
    try:
        channel.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:  # without CAP_NET_ADMIN: as much as the system allows everybody
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    return channel
