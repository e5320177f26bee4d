"""One daemon per root, and the next one that takes over: real locks and sockets, both sides in this process."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.cluster import PATIENCE
from xcatd.daemon import handover
from xcatd.daemon.handover import Lock, ask, offer, take_over
from xcatd.daemon.listeners import Listener, from_socket
from xcatd.errors import AlreadyRunning


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "handover.sock"


@pytest.fixture
def lock(tmp_path: Path) -> Lock:
    return Lock(tmp_path / "lock")


@pytest.fixture
def listeners(tmp_path: Path) -> Iterator[list[Listener]]:
    """The sockets of the daemon that runs."""
    with socket.create_server(("127.0.0.1", 0)) as port, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "local"))
        local.listen()
        yield [from_socket(port), from_socket(local)]


class Running:
    """The daemon that runs: what it has to hand over, and to which process it did."""

    def __init__(self, lock: Lock) -> None:
        self.lock = lock
        self.successors: list[int] = []

    def taken(self, process: int) -> None:
        self.successors.append(process)
        self.lock.free()


@asynccontextmanager
async def offering(path: Path, lock: Lock, listeners: list[Listener]) -> AsyncIterator[Running]:
    """A daemon that runs, until it has handed over."""
    running = Running(lock)
    assert lock.take()
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(offer(path, listeners, running.taken))
        await asyncio.to_thread(until, path.exists, "the offer")
        yield running


def connected(path: Path) -> socket.socket:
    """Somebody at the running daemon's socket."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    until(lambda: channel.connect_ex(str(path)) == 0, "the daemon to listen")
    return channel


def close(listeners: list[Listener]) -> None:
    for each in listeners:
        each.socket.close()


# -- the lock -----------------------------------------------------------------------------------------------------------


def test_one_daemon_holds_the_lock_and_says_who_it_is(tmp_path: Path, lock: Lock) -> None:
    other = Lock(tmp_path / "lock")
    assert other.holder() == "unknown"
    assert lock.take()
    assert lock.take()
    assert not other.take()
    assert other.holder() == str(os.getpid())
    lock.free()
    assert other.take()


def test_a_longer_number_of_a_daemon_before_leaves_no_digits(tmp_path: Path, lock: Lock) -> None:
    (tmp_path / "lock").write_text("12345678901\n")
    assert lock.take()
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


async def test_a_lock_that_is_not_given_up_is_refused_with_its_holder(tmp_path: Path, lock: Lock) -> None:
    assert lock.take()
    with pytest.raises(AlreadyRunning, match=f"Process {os.getpid()} does not give up {tmp_path}/lock; stop it first"):
        await Lock(tmp_path / "lock").wait(0.0)


# -- handing over -------------------------------------------------------------------------------------------------------


async def test_a_successor_gets_the_sockets_and_the_lock(tmp_path: Path, lock: Lock, listeners: list[Listener]) -> None:
    path = tmp_path / "handover.sock"
    async with offering(path, lock, listeners) as running:
        got = await asyncio.to_thread(lambda: asyncio.run(take_over(path, Lock(tmp_path / "lock"))))
    try:
        assert running.successors == [os.getpid()]
        assert [each.secure for each in got] == [True, False]
        places = [each.socket.getsockname() for each in listeners]
        assert [each.socket.getsockname() for each in got] == places
        assert not lock.take()
        close(listeners)
        socket.create_connection(places[0], PATIENCE).close()
    finally:
        close(got)


async def test_a_successor_learns_what_each_socket_is_for(path: Path, lock: Lock, listeners: list[Listener]) -> None:
    door = Listener(socket.create_server(("127.0.0.1", 0)), secure=False, nodes=True)
    async with offering(path, lock, [*listeners, door]):
        got = await asyncio.to_thread(ask, path)
    try:
        assert [(each.secure, each.nodes) for each in got] == [(True, False), (False, False), (False, True)]
        assert got[2].port == door.port
    finally:
        close([*got, door])


async def test_only_root_may_ask(path: Path, lock: Lock, listeners: list[Listener]) -> None:
    async with offering(path, lock, listeners):
        mode = path.stat().st_mode & 0o777
        close(await asyncio.to_thread(ask, path))
    assert mode == 0o600


@pytest.mark.parametrize("word", [b"what?\n", b""])
async def test_who_does_not_ask_gets_nothing(path: Path, lock: Lock, listeners: list[Listener], word: bytes) -> None:
    async with offering(path, lock, listeners) as running:
        with closing(await asyncio.to_thread(connected, path)) as stranger:
            if word:
                stranger.send(word)
                assert await asyncio.to_thread(stranger.recv, 64) == b""
        assert running.successors == []
        close(await asyncio.to_thread(ask, path))
    assert running.successors == [os.getpid()]


async def test_who_asks_and_goes_away_gets_nothing_and_the_log_says_so(
    path: Path, lock: Lock, listeners: list[Listener], caplog: pytest.LogCaptureFixture
) -> None:
    async with offering(path, lock, listeners) as running:
        with closing(await asyncio.to_thread(connected, path)) as stranger:
            stranger.shutdown(socket.SHUT_RD)
            stranger.send(b"take over\n")
        close(await asyncio.to_thread(ask, path))
    assert running.successors == [os.getpid()]
    assert caplog.messages == ["a successor asked to take over and went away: Broken pipe"]


async def test_who_says_nothing_does_not_keep_the_next_one_out(
    path: Path, lock: Lock, listeners: list[Listener], caplog: pytest.LogCaptureFixture
) -> None:
    async with offering(path, lock, listeners) as running:
        with closing(await asyncio.to_thread(connected, path)):
            close(await asyncio.to_thread(ask, path))
    assert running.successors == [os.getpid()]
    assert caplog.messages == ["a successor asked to take over and went away: it said nothing"]


async def test_when_nobody_runs_there_is_nothing_to_take_over(path: Path, lock: Lock, tmp_path: Path) -> None:
    assert await take_over(path, lock) == []
    assert not Lock(tmp_path / "lock").take()


async def test_a_daemon_that_does_not_answer_is_named(
    path: Path, lock: Lock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "PATIENCE", 0.0)
    assert lock.take()
    with pytest.raises(
        AlreadyRunning,
        match=rf"The running daemon \(process {os.getpid()}\) does not hand over: No such file or directory; stop it first",
    ):
        await take_over(path, Lock(tmp_path / "lock"))


async def test_a_daemon_that_dies_while_it_is_asked_leaves_its_place(path: Path, lock: Lock, tmp_path: Path) -> None:
    assert lock.take()

    def die(door: socket.socket) -> None:
        channel, _ = door.accept()
        with channel:
            channel.recv(64)
        door.close()
        lock.free()

    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(str(path))
        door.listen()
        dying = asyncio.to_thread(die, door)
        taking = asyncio.to_thread(lambda: asyncio.run(take_over(path, Lock(tmp_path / "lock"))))
        _, got = await asyncio.gather(dying, taking)
    assert got == []
    assert not lock.take()


async def test_a_word_without_sockets_is_no_hand_over(path: Path) -> None:
    def lie(door: socket.socket) -> None:
        channel, _ = door.accept()
        with channel:
            channel.recv(64)
            channel.send(b"yours")

    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(str(path))
        door.listen()
        lying = asyncio.to_thread(lie, door)
        told = await asyncio.gather(lying, asyncio.to_thread(ask, path), return_exceptions=True)
    assert isinstance(told[1], ConnectionResetError)
    assert told[1].strerror == "it ended before it had handed over"
