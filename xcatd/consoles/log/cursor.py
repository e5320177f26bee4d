"""A place in the log of a console, from which it is read on, while its parts are written, put aside and removed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO

from xcatd.consoles.log import index
from xcatd.consoles.log.lines import Noted, Said
from xcatd.consoles.log.parts import UNKNOWN, Part, Sizes, first_in, open_file, parts, sizes
from xcatd.consoles.log.places import Places

MOST = 1 << 16
"""Bytes that are read at once."""
_TIMES = 1 << 18
"""Bytes of times that are read at once."""
_TRIES = 3
"""A part may be put aside and compressed while it is looked for."""


class Cursor:
    """It begins at the oldest byte that is there. Methods read files: they raise OSError, and ServiceError for a name that cannot
    be a file's."""

    def __init__(self, places: Places, node: str) -> None:
        self._places = places
        self._node = node
        self._at = 0
        """Bytes that the console had said here."""
        self._part: Part | None = None
        self._line = 0
        """Where the next line of the part's times begins."""
        self._is_read = False
        """All of the part was read, which grows no more."""
        self._opened: IO[bytes] | None = None
        self._times: bytes | None = None
        self._gone = 0
        """Bytes that were there between what was read and the part that was entered."""

    @property
    def is_there(self) -> bool:
        """Whether there is a log at all."""
        return bool(parts(self._places, self._node))

    def close(self) -> None:
        """Let go the file that is held open."""
        if self._opened is not None:
            self._opened.close()
        self._opened, self._times = None, None

    # -- where to begin --------------------------------------------------------------------------------------------

    def to_start(self) -> None:
        """To the oldest byte that is there."""
        self.close()
        self._part, self._at = None, 0

    def to_time(self, ms: int) -> None:
        """To the first byte that came at this time or later."""
        self.to_start()
        found = parts(self._places, self._node)
        for part in reversed(found):
            began = part.began()
            if part is found[0] or (began is not None and began < ms):
                times = part.all_times()
                self._go(part, times, index.find(times, lambda entry: entry.ms >= ms))
                return

    def to_last(self, lines: int) -> None:
        """To the last so many lines; one without an end counts."""
        if not lines:
            self.to_end()
            return
        self.to_start()
        wanted = lines
        is_last = True
        for part in reversed(parts(self._places, self._node)):
            for start, block in part.blocks_from_the_end():
                if is_last and not block.endswith(b"\n"):
                    wanted -= 1
                is_last = False
                place = len(block)
                while wanted >= 0 and (place := block.rfind(b"\n", 0, place)) >= 0:
                    wanted -= 1
                if wanted < 0:
                    self._go_to(part, part.first + start + place + 1)
                    return

    def to_end(self) -> None:
        """Behind all that is there."""
        if found := parts(self._places, self._node):
            self._go_to(found[-1], found[-1].first + found[-1].length())

    def _go(self, part: Part, times: bytes, line: int) -> None:
        self._enter(part, part.first)
        before = index.last(times[max(0, line - 4096) : line])
        self._line = line
        self._at = part.first + (before.offset if before else 0)

    def _go_to(self, part: Part, at: int) -> None:
        self._enter(part, part.first)
        self._line = index.find(part.all_times(), lambda entry: part.first + entry.offset > at)
        self._at = at

    # -- reading ---------------------------------------------------------------------------------------------------

    def read(self, most: int = MOST) -> list[Said | Noted]:
        """What comes next, about `most` bytes of it; nothing when all was read that is there now."""
        tries = _TRIES
        while True:
            if self._part is not None and not self._is_read:
                try:
                    if found := self._of_part(self._part, most):
                        return found
                except FileNotFoundError:
                    tries -= 1
                    if tries and self._is_renamed(self._part, parts(self._places, self._node)):
                        continue
            if not self._advance():
                return []
            if self._gone:
                return [self._note_of_gap()]

    def _advance(self) -> bool:
        """Go to the part that comes next, if there is one: there is nothing left in this one, or it is gone."""
        part = self._part
        if part is None:
            found = parts(self._places, self._node)
            return bool(found) and self._enter(found[0], found[0].first)
        if part.end is None:
            return self._replaced(part)
        self._is_read = True
        after = next((each for each in parts(self._places, self._node) if each.first >= part.end), None)
        return after is not None and self._enter(after, self._at)

    def _replaced(self, part: Part) -> bool:
        """What to do when the part that grew does so no more under this name."""
        now = sizes(part)
        if now is not None and now.identity == part.identity:
            return False
        found = parts(self._places, self._node)
        if self._is_renamed(part, found):
            return True
        later = (each for each in found if each.first > part.first or each.end is None)
        after = next(later, None)
        return after is not None and self._enter(after, self._at)

    def _enter(self, part: Part, at: int) -> bool:
        """Go to the beginning of a part; `at`: what was read before ends there."""
        self.close()
        self._gone = max(0, part.first - at)
        self._part, self._line, self._is_read = part, 0, False
        self._at = part.first
        return True

    def _note_of_gap(self) -> Noted:
        gone, self._gone = self._gone, 0
        assert self._part is not None, "it was just entered"
        return Noted(self._part.began() or 0, f"{gone} bytes are not in the log any more")

    def _is_renamed(self, part: Part, found: Sequence[Part]) -> bool:
        """Whether a part is there in another form: put aside, compressed, or with its times made anew. Then it is read on."""
        same = next((each for each in found if each.first == part.first), None)
        if same is None or (same.end is None and (part.end is not None or same.identity[:2] != part.identity[:2])):
            return False
        self.close()
        self._part = same
        self._line = min(self._line, len(same.all_times()))
        return True

    def _of_part(self, part: Part, most: int) -> list[Said | Noted]:
        now = sizes(part) if part.end is None else None
        if now is not None and self._has_all(part, now):
            return []
        data = self._data(part, most)
        found: list[Said | Noted] = []
        while True:
            before = self._line
            data = self._by_times(part, data, found)
            if found or self._line == before:
                break
        if data and not found:  # nobody knows yet when it came: not after this
            found.append(Said(int(part.data.stat().st_mtime * 1000), data))
            self._at += len(data)
        return found

    def _has_all(self, part: Part, now: Sizes) -> bool:
        return now == Sizes(part.identity, self._at - part.first, self._line)

    def _by_times(self, part: Part, data: bytes, found: list[Said | Noted]) -> bytes:
        """What the next lines of the times say about `data`, which is what comes next. Gives what they say nothing about."""
        start = self._line
        for entry, behind in index.entries(self._next_times(part)):
            if entry is not None and entry.text is not None:
                found.append(Noted(entry.ms, entry.text))
            elif entry is not None and (count := part.first + entry.offset - self._at) > 0:
                piece, data = data[:count], data[count:]
                if piece:
                    found.append(Said(entry.ms, piece))
                    self._at += len(piece)
                if len(piece) < count:
                    return data  # the rest of it next time
            self._line = start + behind
        return data

    def _next_times(self, part: Part) -> bytes:
        if part.end is None:
            return self._growing_times(part)
        if self._times is None:
            self._times = part.all_times()
        return self._times[self._line : self._line + _TIMES]

    def _growing_times(self, part: Part) -> bytes:
        """They are read behind the data: as long as they are the part's, the data was it, too."""
        try:
            with part.times.open("rb") as file:
                _must_be(first_in(file) == part.identity[2], part)
                if file.seek(0, os.SEEK_END) < self._line:  # they were removed and made anew
                    self._line = 0
                file.seek(self._line)
                return file.read(_TIMES)
        except FileNotFoundError:
            _must_be(part.identity[2] == UNKNOWN, part)
            return b""

    def _data(self, part: Part, most: int) -> bytes:
        if part.end is None:
            with part.data.open("rb") as file:
                _must_be(os.fstat(file.fileno()).st_ino == part.identity[0], part)
                file.seek(self._at - part.first)
                return file.read(most)
        if self._opened is None:
            self._opened = open_file(part.data)
        self._opened.seek(self._at - part.first, os.SEEK_SET)
        return self._opened.read(most)


def _must_be(still: bool, part: Part) -> None:
    """Raises FileNotFoundError when these are other files than those of the part."""
    if not still:
        raise FileNotFoundError(part.data)
