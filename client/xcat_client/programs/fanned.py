"""A program for each of many nodes, some of them at once, and their lines as they come."""

from __future__ import annotations

import os
import selectors
import subprocess
from typing import TYPE_CHECKING

from xcat_client.programs.streams import show
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Say = Callable[[str, bytes], None]
    """Takes a node and a line of it, with its end."""
    Ended = Callable[[str, int], None]
    """Takes a node and the exit status of its program."""

_PIECE = 1 << 16
_FANOUT = 64


def width_of(text: str | None, env: Mapping[str, str], program: str) -> int:
    """How many nodes at once: as typed, else XCATPSHFANOUT, else 64. Raises Trouble."""
    text = text or env.get("XCATPSHFANOUT") or str(_FANOUT)
    if not (text.isascii() and text.isdigit() and int(text)):
        raise Trouble(f"{program}: the fanout is a number of nodes, not {text!r}.")
    return int(text)


def say(node: str, line: bytes) -> None:
    """Show a line with the name of its node."""
    show(node.encode(errors="surrogateescape") + b": " + line)


def count_failed(statuses: Mapping[str, int], program: str) -> int:
    """Name the nodes whose program failed, and give the exit status: how many they are, never 0 when there is one."""
    failed = {node: status for node, status in statuses.items() if status}
    for node, status in failed.items():
        text = f"{node}: *** {program} exited with error code {status}.\n"
        os.write(2, text.encode(errors="surrogateescape"))
    return len(failed) % 256 or min(len(failed), 1)


class Fan:
    """Runs `program(node)` for nodes, `width` at once. `say` gets the lines of both streams of each."""

    def __init__(
        self, program: Callable[[str], Sequence[str]], width: int, say: Say, ended: Ended | None = None
    ) -> None:
        self._program = program
        self._width = width
        self._say = say
        self._ended = ended
        self._selector = selectors.DefaultSelector()
        self._running: dict[int, tuple[str, subprocess.Popen[bytes]]] = {}
        self._rest: dict[int, bytes] = {}
        self._statuses: dict[str, int] = {}

    def run(self, nodes: Iterable[str]) -> dict[str, int]:
        """The exit status of each node's program, in the order in which they ended; negative: the signal that ended it."""
        waiting = iter(nodes)
        try:
            while True:
                while len(self._running) < self._width and (node := next(waiting, None)) is not None:
                    self._start(node)
                if not self._running:
                    return self._statuses
                for key, _ in self._selector.select():
                    self._read(key.fd)
        finally:
            self._stop()

    def _start(self, node: str) -> None:
        words = self._program(node)
        try:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
            )
        except OSError as error:
            remedy = "install its package" if isinstance(error, FileNotFoundError) else "let fewer run at once"
            raise Trouble(f"The program {words[0]} cannot be run ({error.strerror}): {remedy}.") from error
        assert process.stdout is not None
        descriptor = process.stdout.fileno()
        self._running[descriptor] = (node, process)
        self._rest[descriptor] = b""
        self._selector.register(descriptor, selectors.EVENT_READ)

    def _read(self, descriptor: int) -> None:
        node, process = self._running[descriptor]
        piece = os.read(descriptor, _PIECE)
        *lines, rest = (self._rest[descriptor] + piece).split(b"\n")
        for line in lines:
            self._say(node, line + b"\n")
        self._rest[descriptor] = rest
        if piece:
            return
        if rest:
            self._say(node, rest + b"\n")
        self._selector.unregister(descriptor)
        del self._running[descriptor], self._rest[descriptor]
        assert process.stdout is not None
        process.stdout.close()
        self._statuses[node] = process.wait()
        if self._ended is not None:
            self._ended(node, self._statuses[node])

    def _stop(self) -> None:
        """End what still runs: somebody has typed Ctrl-C, or nobody reads what we say."""
        for _, process in self._running.values():
            process.terminate()
            assert process.stdout is not None
            process.stdout.close()
            process.wait()
        self._selector.close()
