"""SNMP's messages as bytes: what is written is read again, what is none is Malformed and no worse, and keys are as in RFC 3414."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xcatd.errors import Malformed
from xcatd.hardware.pdu.ber import Reader, encoded, integer, octets, oid
from xcatd.hardware.pdu.message import Answer, Binding, Kind, Question, read_with_community, with_community
from xcatd.hardware.pdu.usm import Engine, Keys, localized, message, read

ENGINE = Engine(bytes.fromhex("000000000000000000000002"), 3, 4711)
OIDS = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20).map(lambda rest: "1.3." + ".".join(map(str, rest)))


def keys(auth: str = "", priv: str = "", passphrase: bytes = b"maplesyrup") -> Keys:
    key = localized(auth, passphrase, ENGINE.name) if auth else b""
    return Keys(b"joe", auth, priv, key, key if priv else b"")


KINDS = [keys(), keys("md5"), keys("sha1"), keys("md5", "des"), keys("sha1", "des"), keys("sha1", "aes")]


@given(st.integers(-(2**63), 2**63 - 1))
@example(0)
@example(127)
@example(128)
@example(-128)
@example(-129)
def test_numbers(number: int) -> None:
    assert Reader(integer(number)).integer() == number


@given(OIDS)
def test_object_identifiers(text: str) -> None:
    assert Reader(oid(text)).oid() == text


@given(st.binary(max_size=70_000))
def test_texts_of_any_length(text: bytes) -> None:
    assert Reader(octets(text)).octets() == text


def test_lengths_may_be_written_longer_than_they_must() -> None:
    assert Reader(b"\x04\x82\x00\x02ab").octets() == b"ab"
    assert Reader(b"\x04\x84\x00\x00\x00\x02ab").octets() == b"ab"


@pytest.mark.parametrize(
    ("tag", "content", "value"),
    [
        (0x41, b"\xff\xff\xff\xff", 2**32 - 1),
        (0x42, b"\x00\x80", 128),
        (0x43, b"\x01", 1),
        (0x46, b"\xff" * 8, 2**64 - 1),
        (0x02, b"\xff", -1),
        (0x04, b"on", b"on"),
        (0x05, b"", None),
        (0x80, b"", None),
        (0x81, b"", None),
        (0x40, b"\x0a\x00\x00\x01", None),
    ],
)
def test_kinds_of_values(tag: int, content: bytes, value: int | bytes | None) -> None:
    assert Reader(encoded(tag, content)).value() == value


def test_the_keys_are_those_of_the_rfc() -> None:
    """RFC 3414, appendix A.3."""
    assert localized("md5", b"maplesyrup", ENGINE.name).hex() == "526f5eed9fcce26f8964c2930787d82b"
    assert localized("sha1", b"maplesyrup", ENGINE.name).hex() == "6695febc9288e36282235fc7151f128497b38f3f"


@given(st.integers(0, 2**31 - 1), st.lists(st.tuples(OIDS, st.integers(-(2**31), 2**31 - 1)), max_size=5))
def test_a_question_in_versions_1_and_2c(number: int, bound: list[tuple[str, int]]) -> None:
    bindings = [Binding(name, value) for name, value in bound]
    whole = with_community(1, b"public", Question(Kind.SET, number, bindings))
    assert read_with_community(whole, 1) == Answer(Kind.SET, number, 0, bindings)
    assert read_with_community(whole, 0) is None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.auth}{kind.priv}")
@given(number=st.integers(0, 2**31 - 1), name=OIDS)
def test_a_question_in_version_3(kind: Keys, number: int, name: str) -> None:
    whole = message(Question(Kind.GET, number, [Binding(name)]), ENGINE, kind)
    received = read(whole, kind)
    assert (received.engine, received.is_signed) == (ENGINE, bool(kind.auth))
    assert received.answer == Answer(Kind.GET, number, 0, [Binding(name)])


@pytest.mark.parametrize("kind", KINDS[1:], ids=lambda kind: f"{kind.auth}{kind.priv}")
@given(st.data())
def test_a_signed_message_that_was_touched_is_not_read_as_signed(kind: Keys, data: st.DataObject) -> None:
    whole = bytearray(message(Question(Kind.GET, 7, [Binding("1.3.6.1.4.1.2")]), ENGINE, kind))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    try:
        received = read(bytes(whole), kind)
    except Malformed:
        return
    assert not received.is_signed


def test_a_message_under_another_key_is_none_of_ours() -> None:
    whole = message(Question(Kind.GET, 7), ENGINE, keys("sha1"))
    with pytest.raises(Malformed, match="not signed with our key"):
        read(whole, keys("sha1", passphrase=b"otherwise"))


def test_what_is_hidden_is_not_in_the_message() -> None:
    for priv in ("des", "aes"):
        assert oid("1.3.6.1.4.1.2.6.223") not in message(
            Question(Kind.GET, 7, [Binding("1.3.6.1.4.1.2.6.223")]), ENGINE, keys("sha1", priv)
        )


READERS: list[Callable[[bytes], object]] = [
    lambda data: read_with_community(data, 0),
    lambda data: read_with_community(data, 1),
    *(lambda data, kind=kind: read(data, kind) for kind in KINDS),  # type: ignore[misc] # a default binds it
]
WHOLE = [with_community(1, b"public", Question(Kind.GET, 7, [Binding("1.3.6.1"), Binding("1.3.6.2", 5)]))] + [
    message(Question(Kind.GET, 7, [Binding("1.3.6.1.4.1.2")]), ENGINE, kind) for kind in KINDS
]


@given(st.binary(max_size=300))
@example(b"\x30\x84\xff\xff\xff\xff")
@example(b"\x30\xff" + b"\xff" * 127)
def test_bytes_that_are_no_message(data: bytes) -> None:
    _only_malformed(data)


@given(st.sampled_from(WHOLE), st.data())
def test_messages_that_were_damaged(whole: bytes, data: st.DataObject) -> None:
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    _only_malformed(bytes(damaged[: data.draw(st.integers(0, len(whole)))]))


def _only_malformed(data: bytes) -> None:
    for reader in READERS:
        try:
            reader(data)
        except Malformed as error:
            assert str(error)
