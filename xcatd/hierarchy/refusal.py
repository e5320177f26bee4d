"""Why a peer did not run a request."""

from __future__ import annotations

from collections.abc import Mapping

from xcatd import errors
from xcatd.errors import Fault, PeerLost, XcatError


class NotDelivered(XcatError):
    """The peer never got to work on it: another one may be tried."""


class Refused(NotDelivered):
    """The peer's hall said no before anything was done; `error` is what it said."""

    def __init__(self, name: str, error: XcatError) -> None:
        super().__init__(f"{name}: {error}")
        self.error = error


_KINDS: Mapping[str, type[XcatError]] = {
    kind.code: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, XcatError)
}
"""The errors by their word on the wire."""


def told(code: str, sentence: str, otherwise: type[XcatError]) -> XcatError:
    """An error that a peer tells of, as its own class here; `otherwise` when its word is not known."""
    return _KINDS.get(code, otherwise)(sentence)


def refusal(name: str, code: str, sentence: str) -> XcatError:
    """What the hall of the peer `name` raised, as it is to be raised here.

    A Fault may come after something was done: then the peer counts as lost. All other errors come before.
    """
    if code == Fault.code:
        return PeerLost(f"{name}: {sentence}")
    return Refused(name, told(code, sentence, XcatError))
