"""What is the same is said once a minute."""

from __future__ import annotations

from xcatd.hierarchy.complaints import EVERY, Complaints


class Told:
    """Complaints with a clock that the test turns."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.now = 1000.0
        self.complaints = Complaints(self.said.append, lambda: self.now)


def test_the_first_is_said_at_once_and_the_next_a_minute_later() -> None:
    told = Told()
    for _ in range(5):
        told.complaints.about("sn1 is revoked")
        told.now += 2
    assert told.said == ["sn1 is revoked"]
    told.now += EVERY
    told.complaints.about("sn1 is revoked")
    assert told.said == ["sn1 is revoked", "sn1 is revoked (and 4 more times before)"]
    told.now += EVERY
    told.complaints.about("sn1 is revoked")
    assert told.said[-1] == "sn1 is revoked"


def test_others_are_said_meanwhile() -> None:
    told = Told()
    for sentence in ("a", "b", "a", "c"):
        told.complaints.about(sentence)
    assert told.said == ["a", "b", "c"]


def test_many_different_ones_take_no_more_room() -> None:
    told = Told()
    for number in range(3000):
        told.complaints.about(str(number))
    assert len(told.said) == 3000
    told.complaints.about("0")  # long forgotten
    told.complaints.about("2999")
    assert told.said[3000:] == ["0"]
