"""Which answer a machine gets."""

from __future__ import annotations

import struct
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from xcatd.services.proxydhcp.answers import DIGEST, Question, answer
from xcatd.services.proxydhcp.book import Area, Book, Loader, Machine, dumped, loaded
from xcatd.services.proxydhcp.message import options_of, read

RACK, HALL = IPv4Network("10.5.1.0/24"), IPv4Network("10.5.0.0/16")
MAC = "02:00:00:00:00:01"
BOOK = Book(
    networks={HALL: Area(), RACK: Area("10.5.1.2", [Loader((0,), "http://<xcatmaster>/nets/rack", in_ipxe=True)])},
    firmware=[Loader((0,), "first"), Loader((14,), "http://<xcatmaster>/opal", conf_file=True)],
    scripts=[Loader((0,), "http://<xcatmaster>/nodes/<node>", in_ipxe=True)],
    machines={MAC: Machine("n1", scripted=True)},
    digest="abc",
)
OPTIONS = {53: b"\x03", 60: b"PXEClient:Arch:00000", 93: b"\0\0", 55: bytes((DIGEST,))}


def asked(sender: str = "10.5.0.9", client: str = "0.0.0.0", mac: str = MAC, **options: bytes) -> Question:
    """`options` are called o53 and so on."""
    said = OPTIONS | {int(name[1:]): value for name, value in options.items()}
    hardware = bytes.fromhex(mac.replace(":", ""))
    head = struct.pack(
        "!BBBB4sHH4s12s16s192s", 1, 1, 6, 0, b"abcd", 0, 0, IPv4Address(client).packed, b"", hardware, b""
    )
    body = b"".join(bytes((code, len(value))) + value for code, value in said.items())
    message = read(head + bytes((99, 130, 83, 99)) + b"\0" + body + b"\xff")
    assert message is not None
    return Question(message, IPv4Address(sender), IPv4Address("10.5.0.1"))


def file_of(question: Question, book: Book = BOOK) -> str | None:
    found = answer(book, question)
    return None if found is None else found[108:236].rstrip(b"\0").decode()


def test_a_book_survives_its_file() -> None:
    node = Machine("n2", "10.5.0.7", "file", ((209, "text"),))
    book = replace(
        BOOK, machines={**BOOK.machines, "02:00:00:00:00:02": node, "02:00:00:00:00:03": Machine("n3", silent=True)}
    )
    again = loaded(dumped(book))
    assert dumped(again) == dumped(book)
    assert file_of(asked(), again) == "first"
    assert dumped(loaded(dumped(replace(book, machines={})))) == dumped(replace(book, machines={}))


def test_the_smallest_network_counts_and_has_its_own_server() -> None:
    assert file_of(asked("10.5.1.9", mac="02:00:00:00:00:99", o77=b"iPXE")) == "http://10.5.1.2/nets/rack"
    assert file_of(asked("10.5.0.9", mac="02:00:00:00:00:99", o77=b"iPXE")) is None
    found = answer(BOOK, asked("10.5.1.9"))
    assert found is not None
    assert found[20:24] == IPv4Address("10.5.1.2").packed
    assert options_of(found)[54] == IPv4Address("10.5.0.1").packed


@pytest.mark.parametrize("name", [b"iPXE", b"xNBA", b"\x04iPXE"])
def test_ipxe_is_known_by_its_name(name: bytes) -> None:
    assert file_of(asked(o77=name)) == "http://10.5.0.1/nodes/n1"


def test_a_configuration_file_stands_in_its_option() -> None:
    found = answer(BOOK, asked(o93=b"\x00\x0e"))
    assert found is not None
    assert options_of(found)[209] == b"http://10.5.0.1/opal"
    assert 67 not in options_of(found)


def test_a_long_name_is_in_the_option_only() -> None:
    book = replace(BOOK, firmware=[Loader((0,), "x" * 200)])
    found = answer(book, asked())
    assert found is not None
    assert options_of(found)[67] == b"x" * 200
    assert found[108:236] == bytes(128)


def test_only_this_host_hears_the_digest() -> None:
    near, far = answer(BOOK, asked("127.0.0.1", "10.5.0.1")), answer(BOOK, asked())
    assert near is not None and far is not None
    assert options_of(near)[DIGEST] == b"abc"
    assert DIGEST not in options_of(far)


@pytest.mark.parametrize(
    "question",
    [
        asked("192.168.0.1"),
        asked("192.168.0.1", "10.5.0.9"),
        asked("127.0.0.1"),
        asked(o60=b"other"),
        asked(o53=b"\x01"),
    ],
    ids=["another network", "an address that it does not have", "this host without one", "another class", "DISCOVER"],
)
def test_who_is_not_answered(question: Question) -> None:
    assert answer(BOOK, question) is None


@pytest.mark.parametrize(
    "octets", [b"", bytes(300), b"\x01\x01\x06" + bytes(237), b"\x02" + bytes(235) + bytes((99, 130, 83, 99))]
)
def test_what_is_no_question(octets: bytes) -> None:
    assert read(octets) is None


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (b"", b""),
        (b"\x47\x04\0\1\0\0\xff", b"\x47\x04\0\1\0\0"),
        (b"\x47\x09", b""),
        (b"\x47", b""),
        (b"\x40\xf0" * 120, b""),
    ],
)
def test_what_was_chosen_in_a_menu_is_said_back(chosen: bytes, said: bytes) -> None:
    found = answer(BOOK, asked(o43=chosen, o97=b"\0" * 255))
    assert found is not None
    assert options_of(found)[43] == b"\x06\x01\x08" + said + b"\xff"
    assert options_of(found)[97] == b"\0" * 255


def test_options_that_end_too_early() -> None:
    question = bytes((1, 1, 6, 0)) + bytes(232) + bytes((99, 130, 83, 99))
    for tail in (b"", b"\x35", b"\x35\xff\x03", b"\x00\x00", b"\x2b\x02\x47\x09"):
        message = read(question + tail)
        assert message is not None
        assert answer(BOOK, Question(message, IPv4Address("10.5.0.9"), IPv4Address("10.5.0.1"))) is None
