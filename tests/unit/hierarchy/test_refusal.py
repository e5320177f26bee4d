"""An error of another daemon's hall, raised here."""

from __future__ import annotations

import pytest

from xcatd import errors
from xcatd.errors import Fault, PeerLost, XcatError
from xcatd.hierarchy.refusal import Refused, refusal

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, XcatError) and kind is not Fault
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_keeps_its_kind_and_its_sentence(kind: type[XcatError]) -> None:
    made = refusal("sn1", kind.code, "what was wrong")
    assert isinstance(made, Refused)
    assert type(made.error) is kind
    assert (str(made), str(made.error)) == ("sn1: what was wrong", "what was wrong")


def test_a_word_of_another_release_is_some_error() -> None:
    made = refusal("sn1", "brand-new", "what was wrong")
    assert isinstance(made, Refused)
    assert type(made.error) is XcatError


def test_after_a_fault_nobody_knows_what_was_done() -> None:
    assert isinstance(refusal("sn1", Fault.code, "what was wrong"), PeerLost)
