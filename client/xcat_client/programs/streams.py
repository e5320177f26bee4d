"""Standard input and output of a filter, as bytes: nothing in them is changed on the way."""

from __future__ import annotations

import os

from xcat_client.trouble import Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = 1 << 16


def lines() -> Iterator[bytes]:
    """The lines of standard input as they come, each with its end; the last one may have none. Raises Trouble."""
    rest = b""
    while piece := _read():
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        yield rest


def _read() -> bytes:
    try:
        return os.read(0, _PIECE)
    except OSError as error:
        raise Trouble(f"Cannot read standard input ({error.strerror}): give a file, a pipe or </dev/null.") from error


def show(data: bytes) -> None:
    """Write all of it to standard output. Raises BrokenPipeError when nobody reads it any more, or Trouble."""
    left = memoryview(data)
    try:
        while left:
            left = left[os.write(1, left) :]
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Trouble(
            f"Cannot write to standard output ({error.strerror}): free some space, or send it elsewhere."
        ) from error
