"""The hall and what stands in it: the registry of commands, the parser of words, locks, the books."""

from xcatd.dispatch.hall import Gate, Hall, open_gate
from xcatd.dispatch.locks import Locks
from xcatd.dispatch.registry import Registry

__all__ = ["Gate", "Hall", "Locks", "Registry", "open_gate"]
