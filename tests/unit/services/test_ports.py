"""Who has a port."""

from __future__ import annotations

import os
import socket

import pytest

from xcatd.services.ports import Holder, Port, Taken, is_bound, taken


@pytest.mark.parametrize(
    ("family", "kind", "address"),
    [
        (socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1"),
        (socket.AF_INET6, socket.SOCK_STREAM, "::1"),
        (socket.AF_INET, socket.SOCK_DGRAM, "127.0.0.1"),
        (socket.AF_INET6, socket.SOCK_DGRAM, "::1"),
    ],
)
def test_who_listens_is_named(family: int, kind: int, address: str) -> None:
    with socket.socket(family, kind) as mine:
        mine.bind((address, 0))
        number = mine.getsockname()[1]
        port = Port("tcp" if kind == socket.SOCK_STREAM else "udp", number)
        if kind == socket.SOCK_STREAM:
            assert taken(port) is None
            mine.listen()
        found = taken(port)
        assert found is not None
        assert os.getpid() in {holder.process for holder in found.holders}
    assert taken(port) is None


def test_who_asks_others_from_a_port_does_not_listen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert taken(Port("tcp", client.getsockname()[1])) is None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", 9))
        assert taken(Port("udp", client.getsockname()[1])) is None


@pytest.mark.parametrize(
    ("family", "own", "every"), [(socket.AF_INET, "127.0.0.1", "0.0.0.0"), (socket.AF_INET6, "::1", "::")]
)
def test_an_address_of_its_own_is_told_from_every_address(family: int, own: str, every: str) -> None:
    for address in (own, every):
        with socket.socket(family, socket.SOCK_DGRAM) as mine:
            mine.bind((address, 0))
            assert is_bound(Port("udp", mine.getsockname()[1])) == (address == own)


def test_the_sentences() -> None:
    port = Port("udp", 69)
    holders = [Holder(20, "dnsmasq"), Holder(9, "dnsmasq")]
    assert str(Taken(port, holders)) == (
        "UDP port 69 of this host is taken by dnsmasq (process 9): stop that, or have it listen elsewhere"
    )
    assert str(Taken(port)) == (
        "UDP port 69 of this host is taken by another program (`ss -lnup sport = :69` names it): "
        "stop that, or have it listen elsewhere"
    )
