"""The language of telnet, without I/O: RFC 854 and 855, binary (856), echo (857), suppress-go-ahead (858), windows (1073)."""

from __future__ import annotations

import re
import struct
from typing import Final

IAC, DONT, DO, WONT, WILL, SB, BRK, SE = 255, 254, 253, 252, 251, 250, 243, 240
BINARY, ECHO, GO_AHEAD, TERMINAL, WINDOW = 0, 1, 3, 24, 31
BREAK: Final = bytes((IAC, BRK))
_IS, _SEND = 0, 1
_OURS: Final = frozenset((BINARY, GO_AHEAD, TERMINAL, WINDOW))
_THEIRS: Final = frozenset((BINARY, GO_AHEAD, ECHO))
_WISHES: Final = ((WILL, BINARY), (DO, BINARY), (WILL, GO_AHEAD), (DO, GO_AHEAD), (WILL, WINDOW))
"""What is asked for, once the other side has shown that it speaks telnet."""
_RETURN: Final = re.compile(rb"\r(?![\n\0])")
LONGEST: Final = 1024
"""Bytes of a subnegotiation; what is longer is none."""
_OPTIONS: Final = range(50)
"""Options that are believed from a side which has not spoken telnet before: a serial line has noise."""


class Telnet:
    """One connection. `heard` takes what comes and gives what the console says; `answer` has what is to be sent back.

    Until the other side has asked for an option it is not known to speak telnet: many ports of terminal servers do not. Bytes go
    through as they are then.
    """

    __slots__ = ("_asked", "_on", "_rest", "_size", "_was_return", "answer", "is_spoken")

    def __init__(self, rows: int = 24, columns: int = 80) -> None:
        self.answer = bytearray()
        self.is_spoken = False
        self._size = rows, columns
        self._rest = b""
        self._was_return = False
        self._on: set[tuple[int, int]] = set()  # WILL: ours, DO: theirs
        self._asked: set[tuple[int, int]] = set()

    def heard(self, octets: bytes) -> bytes:
        octets = self._rest + octets
        self._rest = b""
        said = bytearray()
        place = 0
        while (found := octets.find(IAC, place)) >= 0:
            said += self._characters(octets[place:found])
            end = self._command(octets, found, said)
            if end < 0:  # the rest of it has not come yet
                self._rest = octets[found:]
                return bytes(said)
            place = end
        said += self._characters(octets[place:])
        return bytes(said)

    def rest(self) -> bytes:
        """At the end: what might have been the beginning of a command, from a side that does not speak telnet."""
        rest, self._rest = self._rest, b""
        return b"" if self.is_spoken else rest

    def typed(self, octets: bytes) -> bytes:
        """What is sent for these bytes."""
        if not self.is_spoken:
            return octets
        if (WILL, BINARY) not in self._on:
            octets = _RETURN.sub(b"\r\0", octets)
        return octets.replace(b"\xff", b"\xff\xff")

    def resized(self, rows: int, columns: int) -> bytes:
        """What is sent for a new size of the window; nothing while the other side has not asked for it."""
        self._size = rows, columns
        return self._window() if (WILL, WINDOW) in self._on else b""

    def _characters(self, octets: bytes) -> bytes:
        """In text, a return is followed by NUL where it is not the end of a line (RFC 854)."""
        if not self.is_spoken or (DO, BINARY) in self._on or not octets:
            return octets
        if self._was_return and octets[0] == 0:
            octets = octets[1:]
        self._was_return = octets.endswith(b"\r")
        return octets.replace(b"\r\0", b"\r")

    def _command(self, octets: bytes, start: int, said: bytearray) -> int:
        """Obey the command that begins here; gives where it ends, -1: that has not come yet."""
        words = octets[start + 1 : start + 3]
        if not words or (words[0] in (WILL, WONT, DO, DONT) and len(words) < 2):
            return -1
        if words[0] in (WILL, WONT, DO, DONT) and (self.is_spoken or words[1] in _OPTIONS):
            self._begin()
            self._option(words[0], words[1])
            return start + 3
        if not self.is_spoken or words[0] == IAC:
            said.append(IAC)
            return start + (2 if self.is_spoken else 1)
        if words[0] != SB:
            return start + 2
        end = octets.find(bytes((IAC, SE)), start + 2)
        if end < 0:
            return -1 if len(octets) - start <= LONGEST else start + 2
        self._subnegotiation(octets[start + 2 : end])
        return end + 2

    def _begin(self) -> None:
        if not self.is_spoken:
            self.is_spoken = True
            for command, option in _WISHES:
                self._asked.add((command, option))
                self._say(command, option)

    def _option(self, command: int, option: int) -> None:
        """RFC 854: what is already so, and the answer to what was asked, is not answered."""
        is_ours = command in (DO, DONT)
        key = (WILL if is_ours else DO, option)
        yes, no = (WILL, WONT) if is_ours else (DO, DONT)
        was_asked = key in self._asked
        self._asked.discard(key)
        if command in (DONT, WONT):
            if key in self._on:
                self._on.discard(key)
                self._say(no, option)
        elif option not in (_OURS if is_ours else _THEIRS):
            self._say(no, option)
        elif key not in self._on:
            self._on.add(key)
            if not was_asked:
                self._say(yes, option)
            if key == (WILL, WINDOW):
                self.answer += self._window()

    def _subnegotiation(self, octets: bytes) -> None:
        if octets == bytes((TERMINAL, _SEND)):
            self.answer += bytes((IAC, SB, TERMINAL, _IS)) + b"XTERM" + bytes((IAC, SE))

    def _window(self) -> bytes:
        rows, columns = self._size
        size = struct.pack(">HH", columns, rows).replace(b"\xff", b"\xff\xff")
        return bytes((IAC, SB, WINDOW)) + size + bytes((IAC, SE))

    def _say(self, command: int, option: int) -> None:
        self.answer += bytes((IAC, command, option))
