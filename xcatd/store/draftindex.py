"""The index of a table that is being changed: the old one, and the entries that differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from xcatd.store.overlay import MANY, copied, edited, settled
from xcatd.store.row import Ident

Index = Mapping[str, tuple[Ident, ...]]
"""Text in the lookup column -> the rows that have it, in database order."""


class DraftIndex:
    """Text in the lookup column -> the rows that have it. `base` is not changed, and not copied either."""

    def __init__(self, base: Index) -> None:
        self._base = base
        self._touched: dict[str, dict[Ident, None]] = {}
        """Entries that differ, as dictionaries: many rows may come and go below one text."""

    def get(self, text: str) -> Collection[Ident]:
        """The rows that have this text now. Not to be kept while the index is changed."""
        touched = self._touched.get(text)
        return self._base.get(text, ()) if touched is None else touched

    def leave(self, ident: Ident, text: str) -> None:
        """The row no longer has this text."""
        del self._entry(text)[ident]

    def enter(self, ident: Ident, text: str) -> None:
        """The row has this text now, and stands behind the others that have it."""
        self._entry(text)[ident] = None

    def move(self, ident: Ident, old: str | None, new: str | None) -> None:
        """The row has another text now; None: it was not there, or it is gone."""
        if old == new:
            return
        if old is not None:
            self.leave(ident, old)
        if new is not None:
            self.enter(ident, new)

    def built(self) -> Index:
        """The index as it is now."""
        if not self._touched:
            return self._base
        index = copied(self._base) if len(self._touched) > MANY else edited(self._base)
        for text, idents in self._touched.items():
            if idents:
                index[text] = tuple(idents)
            else:
                index.pop(text, None)
        return settled(index)

    def _entry(self, text: str) -> dict[Ident, None]:
        if text not in self._touched:
            self._touched[text] = dict.fromkeys(self._base.get(text, ()))
        return self._touched[text]
