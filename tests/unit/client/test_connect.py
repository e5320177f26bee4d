"""Reaching the daemon, or saying in one sentence why not."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from time import monotonic

import pytest

from tests.helpers.cluster import free_port
from tests.unit.client.daemon import local_listener, network_listener
from xcat_client import connect
from xcat_client.place import Place, socket_path
from xcat_client.trouble import NO_CONNECTION, Trouble

Powerless = Callable[[Path], AbstractContextManager[None]]


@pytest.fixture
def listener(root: Path) -> Iterator[socket.socket]:
    with local_listener(root) as listening:
        yield listening


def _path(root: Path) -> str:
    return socket_path({"XCAT_ROOT": str(root)})


def test_a_listening_socket_is_connected_to(root: Path, listener: socket.socket) -> None:
    sock = connect.local(_path(root), 5)
    assert sock is not None
    sock.close()


def test_a_path_too_long_for_a_socket_address_works_all_the_same(root: Path, listener: socket.socket) -> None:
    long = root / ("long" * 30)
    long.symlink_to(root)
    sock = connect.local(_path(long), 5)
    assert sock is not None
    sock.close()


@pytest.mark.parametrize("name", ["nothing", "long" * 30])
def test_a_socket_that_does_not_exist_is_no_error(root: Path, name: str) -> None:
    assert connect.local(_path(root / name), 5) is None


def test_a_socket_below_a_file_does_not_exist_either(root: Path) -> None:
    (root / "file").touch()
    assert connect.local(_path(root / "file"), 5) is None


def test_a_socket_that_a_dead_daemon_left_says_that_it_is_not_running(root: Path) -> None:
    local_listener(root).close()
    with pytest.raises(Trouble, match=r"not running \(nobody listens at .*/xcatd.sock\): start it with") as caught:
        connect.local(_path(root), 5)
    assert caught.value.status == NO_CONNECTION


def test_a_socket_without_permission_says_whom_to_ask(
    root: Path, listener: socket.socket, powerless: Powerless
) -> None:
    root.chmod(0o755)
    with powerless(Path(_path(root))), pytest.raises(Trouble, match=r"may not use the socket .* admit you"):
        connect.local(_path(root), 5)


def test_a_daemon_that_takes_no_callers_is_given_up(root: Path, listener: socket.socket) -> None:
    listener.listen(0)
    with socket.socket(socket.AF_UNIX) as first:
        first.connect(_path(root))
        with pytest.raises(Trouble, match=r"accepted no caller at .* for 0.05 seconds: look into its log"):
            connect.local(_path(root), 0.05)


def test_something_else_in_the_sockets_place_is_named(root: Path) -> None:
    with local_listener(root), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        path = Path(_path(root))
        path.unlink()
        other.bind(str(path))
        with pytest.raises(Trouble, match=r"Cannot connect to the xCAT daemon at .* check that path and XCAT_ROOT"):
            connect.local(str(path), 5)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_host_is_connected_to_without_delay_for_small_writes(address: str) -> None:
    with network_listener(address) as listening:
        sock = connect.remote(Place(address, listening.getsockname()[1]), monotonic() + 5)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        sock.close()


def test_every_address_of_a_host_is_tried() -> None:
    """localhost is ::1 first; here only 127.0.0.1 answers."""
    with network_listener() as listening:
        sock = connect.remote(Place("localhost", listening.getsockname()[1]), monotonic() + 5)
        sock.close()


def test_a_refused_connection_says_that_nobody_listens() -> None:
    port = free_port()
    with pytest.raises(Trouble, match=rf"No xCAT daemon listens at 127.0.0.1:{port}: start it there") as caught:
        connect.remote(Place("127.0.0.1", port), monotonic() + 5)
    assert caught.value.status == NO_CONNECTION


def test_a_silent_host_is_given_up_in_time() -> None:
    with network_listener(backlog=0) as listening, socket.socket() as first:
        first.connect(listening.getsockname())
        with pytest.raises(Trouble, match="did not answer in time: check that the host is up"):
            connect.remote(Place("127.0.0.1", listening.getsockname()[1]), monotonic() + 0.05)


@pytest.mark.parametrize("host", ["no..such.host", "nö..such.host"])
def test_an_unknown_host_is_named(host: str) -> None:
    with pytest.raises(Trouble, match=f"There is no host {host}: check XCATHOST"):
        connect.remote(Place(host), monotonic() + 5)


def test_other_failures_carry_the_systems_word() -> None:
    with pytest.raises(
        Trouble, match=r"Cannot connect to the xCAT daemon at 255.255.255.255:3001 \(.+\): check XCATHOST"
    ):
        connect.remote(Place("255.255.255.255"), monotonic() + 5)
