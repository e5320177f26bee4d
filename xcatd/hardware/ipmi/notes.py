"""What is remembered about each BMC, so that long readings are made once: its sensor records, and how it wants to be read."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from xcatd.hardware.ipmi.sdr import FruLocator, SensorRecord, decode_record

FRU_PIECE = 224
"""Octets of FRU data asked for at once, until the BMC refuses."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Repository:
    """The sensors and replaceable units of a BMC, in its order."""

    sensors: tuple[SensorRecord, ...]
    frus: tuple[FruLocator, ...]


@dataclass(slots=True)
class Draft:
    """Records read so far. Whoever is cut off leaves it to the next, so that a slow BMC is read to the end some day."""

    following: int
    records: list[bytes] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Notes:
    """One BMC. `place` as messages show it; `reading` is held while its records are read.

    `stamp`: what it said of itself and its records when `repository`, or as much as `draft` has, was read.
    """

    place: str
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    stamp: bytes = b""
    repository: Repository | None = None
    draft: Draft | None = None
    fru_piece: int = FRU_PIECE


class Notebook:
    """Notes on so many BMCs at most; of more, those are forgotten that were not used for longest.

    BMCs with the same records, as in a rack of equal servers, share one copy.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._notes: dict[str, Notes] = {}
        self._copies: WeakValueDictionary[bytes, Repository] = WeakValueDictionary()

    def of(self, place: str) -> Notes:
        """The notes on the BMC at `place`."""
        notes = self._notes.pop(place, None) or Notes(place)
        self._notes[place] = notes
        if len(self._notes) > self._most:
            del self._notes[next(iter(self._notes))]
        return notes

    def repository(self, records: Sequence[bytes]) -> Repository:
        """What these records say."""
        name = hashlib.sha256(b"".join(len(record).to_bytes(2, "big") + record for record in records)).digest()
        known = self._copies.get(name)
        if known is None:
            things = [thing for record in records for thing in decode_record(record)]
            known = Repository(
                tuple(thing for thing in things if isinstance(thing, SensorRecord)),
                tuple(thing for thing in things if isinstance(thing, FruLocator)),
            )
            self._copies[name] = known
        return known
