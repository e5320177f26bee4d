"""What was changed, by whom, and how it was before: an entry for each write, kept with it in one transaction."""

from xcatd.store.history.entry import Entry, RowChange
from xcatd.store.history.history import History

__all__ = ["Entry", "History", "RowChange"]
