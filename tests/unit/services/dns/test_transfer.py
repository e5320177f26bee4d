"""Messages of whole zones, read record by record: as the library reads them, and whatever may arrive."""

from __future__ import annotations

import dns.exception
import dns.flags
import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.services.dns.records import Record
from xcatd.services.dns.transfer import BrokenMessage, read_part

_LABEL = st.text(st.sampled_from("abcXYZ019-"), min_size=1, max_size=12)
_OWNER = st.lists(_LABEL, min_size=1, max_size=3).map(lambda labels: ".".join((*labels, "cluster.net.")))
_BYTE = st.integers(0, 255)
_RECORDS = st.one_of(
    st.tuples(_OWNER, st.just("A"), st.tuples(_BYTE, _BYTE, _BYTE, _BYTE).map(lambda parts: ".".join(map(str, parts)))),
    st.tuples(_OWNER, st.just("AAAA"), st.ip_addresses(v=6).map(str)),
    st.tuples(_OWNER, st.sampled_from(["CNAME", "PTR"]), _OWNER),
    st.tuples(_OWNER, st.just("NS"), _OWNER),
    st.tuples(_OWNER, st.just("SOA"), st.integers(0, 2**32 - 1).map(lambda serial: f"a.b. c.d. {serial} 1 2 3 4")),
)


def message(records: list[tuple[str, str, str]]) -> bytes:
    made = dns.message.make_query("cluster.net", "AXFR")
    made.flags |= dns.flags.QR
    made.answer = [dns.rrset.from_text(owner, 60, "IN", kind, data) for owner, kind, data in records]
    return made.to_wire()


@given(st.lists(_RECORDS, max_size=30))
def test_records_are_read_as_they_were_written(records: list[tuple[str, str, str]]) -> None:
    part = read_part(message(records), None, b"", None)
    assert part.rcode == 0
    assert part.serials == tuple(int(data.split()[2]) for _, kind, data in records if kind == "SOA")
    assert part.records == {
        Record(owner.rstrip(".").lower(), kind, data.rstrip(".").lower() if kind in ("CNAME", "PTR") else data)
        for owner, kind, data in records
        if kind not in ("SOA", "NS")
    }


@given(st.binary(max_size=200))
def test_noise_is_broken_and_nothing_worse(octets: bytes) -> None:
    with pytest.raises(dns.exception.DNSException):
        read_part(octets[:11], None, b"", None)
    head = b"\0\1\x84\0\0\1\0\3\0\0\0\1"
    try:
        read_part(head + octets, None, b"", None)
    except dns.exception.DNSException:
        return
    assert len(octets) >= 4  # it looked like a message


@given(st.lists(_RECORDS, min_size=1, max_size=5), st.data())
def test_a_message_that_is_cut_off_is_broken(records: list[tuple[str, str, str]], data: st.DataObject) -> None:
    whole = message(records)
    with pytest.raises(BrokenMessage):
        read_part(whole[: data.draw(st.integers(0, len(whole) - 1))], None, b"", None)


@pytest.mark.parametrize("name", [b"\xc0\x0c", b"\xc0\x20", b"\xc0\xff", b"\1a\xc0\x0c", b"\x3fabc"])
def test_names_that_run_in_circles_or_ahead_are_broken(name: bytes) -> None:
    with pytest.raises(BrokenMessage):
        read_part(b"\0\1\x84\0\0\1\0\0\0\0\0\0" + name + b"\0\1\0\1", None, b"", None)
