"""Who looks at a console: he gets everything in order, or is told what he missed."""

from __future__ import annotations

import tracemalloc

from xcatd.consoles.history import KEPT, History
from xcatd.consoles.viewer import MOST, Viewer


async def test_what_waits_comes_together_and_then_the_end() -> None:
    viewer = Viewer("root@mn1")
    viewer.show(b"one ")
    viewer.show(b"two")
    viewer.send_away("the daemon stops")
    assert [await viewer.next(), await viewer.next()] == [b"one two", b""]
    assert viewer.ended == "the daemon stops"


async def test_who_has_left_is_shown_no_more_however_much_comes() -> None:
    viewer = Viewer("root@mn1")
    viewer.show(b"last words")
    viewer.send_away("left")
    viewer.show(b"a console that never stops")
    assert [await viewer.next(), await viewer.next()] == [b"last words", b""]


async def test_who_does_not_read_loses_the_oldest_and_is_told_how_much() -> None:
    viewer = Viewer("root@mn1")
    for number in range(10):
        viewer.show(bytes((65 + number,)) * (MOST // 4))
    shown = await viewer.next()
    missed = f"[{6 * (MOST // 4)} bytes are left out here".encode()
    assert missed in shown
    assert shown.endswith(b"".join(bytes((65 + number,)) * (MOST // 4) for number in range(6, 10)))
    viewer.show(b"more")
    assert await viewer.next() == b"more"


def test_the_last_lines_are_kept() -> None:
    history = History()
    assert history.lines(20) == b""
    history.add(b"one\r\ntwo\r\n")
    history.add(b"thr")
    history.add(b"ee")
    assert (history.lines(0), history.lines(1), history.lines(9)) == (b"three", b"two\r\nthree", b"one\r\ntwo\r\nthree")


def test_no_more_is_kept_than_its_bound() -> None:
    history = History()
    for number in range(5_000):
        history.add(f"line {number}\n".encode())
    assert len(history.lines(100_000)) <= KEPT
    assert history.lines(1) == b"line 4999\n"


def test_bytes_that_come_one_by_one_need_no_more_room_than_others() -> None:
    tracemalloc.start()
    try:
        history = History()
        for number in range(3 * KEPT):
            history.add(f"{number % 100:02}".encode())
        assert tracemalloc.get_traced_memory()[0] < 2 * KEPT
    finally:
        tracemalloc.stop()
    assert len(history.lines(1)) == KEPT
