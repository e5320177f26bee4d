"""What rsync takes for a remote shell: a program that gives its own standard input and output to the daemon, and waits.

Run by rsync as `python -I -S relay.py DESCRIPTOR HOST WORD...`. The descriptor is a socket whose other end the daemon has. The
words, which rsync wants to run on the host, go there together with both ends of the talk, so that no octet of it passes through
here. What comes back is one octet, the exit status for rsync; without it the daemon has gone. One whose rsync was killed ends by
itself: it has rsync's standard error, for whose end the daemon waits.
"""

from __future__ import annotations

import os
import select
import socket
import sys

_GONE = 255
"""What ssh(1) ends with when its connection broke."""


def main(words: list[str]) -> int:
    """Give the ends away, and give the status that comes back."""
    daemon = socket.socket(fileno=int(words[0]))
    command = "\0".join(words[2:]).encode("utf-8", "surrogateescape")
    socket.send_fds(daemon, [command], [0, 1])
    watched = select.poll()
    watched.register(daemon, select.POLLIN)
    ends = {0, 1}
    for end in ends:
        watched.register(end, 0)  # hears only that the other side has gone
    while ends:
        for descriptor, _ in watched.poll():
            if descriptor == daemon.fileno():
                return (daemon.recv(1) or bytes((_GONE,)))[0]
            watched.unregister(descriptor)
            ends.remove(descriptor)
    return _GONE


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
