"""Which of several management nodes is asked, and what is said when none is active."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from xcat_client import several
from xcat_client.connect import Clear
from xcat_client.several import Several
from xcat_client.trouble import NO_CONNECTION, Elsewhere, Trouble

Answer = int | Trouble | Elsewhere


class Cluster:
    """Hosts that answer as they are told, one answer a call; the last one stays."""

    def __init__(self, **answers: list[Answer]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def dial(self, place: str, seconds: float) -> tuple[socket.socket, Clear]:
        self.asked.append(place)
        if isinstance(next_one := self.answers[place][0], Trouble):
            raise next_one
        return socket.socket(), Clear()

    def attempt(self, sock: socket.socket, wire: object) -> int:
        answers = self.answers[self.asked[-1]]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, int):
            return answer
        raise answer

    def run(self, *places: str, pointed: Elsewhere | None = None) -> int:
        return Several(places, self.dial, self.attempt).run(pointed)


def down() -> Trouble:
    return Trouble("nobody listens", NO_CONNECTION)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
    """Time passes only while the client pauses."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(several, "monotonic", lambda: now[0])
    monkeypatch.setattr(several, "sleep", sleep)
    return lambda: now[0]


def test_the_first_that_does_it_is_enough() -> None:
    cluster = Cluster(a=[down()], b=[7], c=[0])
    assert cluster.run("a", "b", "c") == 7
    assert cluster.asked == ["a", "b"]


def test_nobody_listens_is_said_at_once(clock: Callable[[], float]) -> None:
    cluster = Cluster(a=[down()], b=[down()])
    with pytest.raises(Trouble, match="nobody listens") as trouble:
        cluster.run("a", "b")
    assert (trouble.value.status, clock()) == (NO_CONNECTION, 0.0)


def test_where_it_is_pointed_to_comes_first() -> None:
    cluster = Cluster(a=[Elsewhere("c leads", ["c"])], b=[Elsewhere("c leads", ["c"])], c=[0])
    assert cluster.run("a", "b") == 0
    assert cluster.asked == ["a", "b", "c"]
    assert cluster.run("a", pointed=Elsewhere("c leads", ["c"])) == 0
    assert cluster.asked[3:] == ["c"]


def test_it_waits_for_one_that_takes_over() -> None:
    nobody = Elsewhere("nobody leads", [])
    cluster = Cluster(a=[down()], b=[nobody, nobody, nobody, 0])
    assert cluster.run("a", "b") == 0
    assert cluster.asked == ["a", "b"] * 4


def test_and_says_at_last_that_nobody_is_active(clock: Callable[[], float]) -> None:
    cluster = Cluster(a=[down()], b=[Elsewhere("nobody leads, b stands by", [])])
    with pytest.raises(Trouble, match="nobody leads, b stands by; nobody listens"):
        cluster.run("a", "b")
    assert clock() > several.PATIENCE
