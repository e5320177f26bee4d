"""A message to all who look at a console, while it is typed (conserver's `^Ecb`)."""

from __future__ import annotations

LONGEST = 240
"""Bytes: what is longer is cut."""
_ENDS = b"\r\n"
_DELETES = b"\x7f\b"
_GIVES_UP = 0x03
"""Ctrl-C."""


class Message:
    """Keys in, what they show out. `text`: the message, None as long as it is not finished; "" when there shall be none."""

    def __init__(self) -> None:
        self._octets = bytearray()
        self.text: str | None = None

    def feed(self, octets: bytes) -> tuple[bytes, bytes]:
        """What these keys show, and those that came behind the end of the message."""
        shown = bytearray()
        for place, number in enumerate(octets):
            if number in _ENDS or number == _GIVES_UP:
                said = "" if number == _GIVES_UP else self._octets.decode(errors="replace")
                self.text = "".join(filter(str.isprintable, said)).strip()
                return bytes(shown), octets[place + 1 :]
            shown += self._delete() if number in _DELETES else self._add(number)
        return bytes(shown), b""

    def _add(self, number: int) -> bytes:
        if number < 0x20 or len(self._octets) == LONGEST:
            return b"\a"
        self._octets.append(number)
        return bytes((number,))

    def _delete(self) -> bytes:
        """The last letter, which may have several bytes (RFC 3629)."""
        if not self._octets:
            return b"\a"
        while self._octets and self._octets.pop() & 0xC0 == 0x80:
            pass
        return b"\b \b"
