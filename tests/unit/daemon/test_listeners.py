"""The sockets on which callers arrive, on the real addresses of this host."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.cluster import free_port
from xcatd.daemon.listeners import Listener, bind_local, from_socket, listen
from xcatd.errors import AlreadyRunning, ConfigError

IPV6 = Path("/proc/net/if_inet6").exists() and "lo" in Path("/proc/net/if_inet6").read_text()


@contextlib.contextmanager
def listening(path: Path, *addresses: str, port: int = 0) -> Iterator[list[Listener]]:
    """Listeners that are closed at the end."""
    made = listen(addresses, port or free_port(), path)
    try:
        yield made
    finally:
        for each in made:
            each.socket.close()


def places(listeners: list[Listener]) -> list[str]:
    return [each.socket.getsockname()[0] for each in listeners if each.secure]


def test_callers_are_heard_on_the_addresses_of_the_settings_and_on_the_socket(tmp_path: Path) -> None:
    port = free_port()
    with listening(tmp_path / "sock", "127.0.0.1", "127.0.1.9", port=port) as made:
        assert places(made) == ["127.0.0.1", "127.0.1.9"]
        assert [each.secure for each in made] == [True, True, False]
        assert not any(each.socket.getblocking() for each in made)
        for address in ("127.0.0.1", "127.0.1.9"):
            socket.create_connection((address, port), 10).close()
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(tmp_path / "sock"))


def test_an_ipv6_address_is_as_good(tmp_path: Path) -> None:
    if not IPV6:
        with pytest.raises(ConfigError, match="Cannot listen on ::1"), listening(tmp_path / "sock", "::1"):
            pass
        return
    port = free_port("::1")
    with listening(tmp_path / "sock", "::1", port=port) as made:
        assert places(made) == ["::1"]
        socket.create_connection(("::1", port), 10).close()


def test_without_addresses_callers_are_heard_on_all(tmp_path: Path) -> None:
    port = free_port()
    with listening(tmp_path / "sock", port=port) as made:
        assert places(made)[-1] == "0.0.0.0"
        assert ("::" in places(made)) is IPV6
        socket.create_connection(("127.0.0.1", port), 10).close()
        if IPV6:
            socket.create_connection(("::1", port), 10).close()


def test_a_port_that_another_program_has_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AlreadyRunning, match=rf"Port {port} of 127.0.0.1 is taken .*ss -ltnp 'sport = :{port}'"):
            listen(["127.0.1.9", "127.0.0.1"], port, tmp_path / "sock")
        socket.create_server(("127.0.1.9", port)).close()  # what was taken before is given back
    assert not (tmp_path / "sock").exists()


def test_an_address_of_another_host_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Cannot listen on 192\.0\.2\.1 port 3001: .*; correct addresses or port"):
        listen(["192.0.2.1"], 3001, tmp_path / "sock")


@pytest.mark.parametrize("address", ["", "::1%nosuch"])
def test_what_is_no_address_is_named(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError, match=f"The address '{address}' to listen on is unknown"):
        listen([address], 3001, tmp_path / "sock")


def test_the_socket_may_lie_deeper_than_an_address_can_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    with listening(folder / "xcatd.sock", "127.0.0.1"), socket.socket(socket.AF_UNIX) as caller:
        assert len(os.fsencode(folder / "xcatd.sock")) > 107
        monkeypatch.chdir(folder)
        caller.connect("xcatd.sock")


def test_everybody_may_connect_to_the_socket(tmp_path: Path) -> None:
    with listening(tmp_path / "sock", "127.0.0.1"):
        assert (tmp_path / "sock").stat().st_mode & 0o777 == 0o666


def test_a_socket_that_a_dead_daemon_left_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "sock"))
    with listening(tmp_path / "sock", "127.0.0.1"), socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(tmp_path / "sock"))


def test_a_socket_for_which_there_is_no_folder_is_named(tmp_path: Path) -> None:
    with (
        socket.socket(socket.AF_UNIX) as made,
        pytest.raises(ConfigError, match=f"The socket {tmp_path}/none/sock cannot be made: No such file"),
    ):
        bind_local(made, tmp_path / "none/sock")


def test_a_socket_from_elsewhere_speaks_tls_unless_it_is_local() -> None:
    with socket.create_server(("127.0.0.1", 0)) as port, socket.socket(socket.AF_UNIX) as local:
        assert from_socket(port).secure
        assert not from_socket(local).secure
        assert not port.getblocking()
