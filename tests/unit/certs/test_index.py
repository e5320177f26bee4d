"""The index is the one of `openssl ca`: both programs read and write the same file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from xcat_certs.authority import Authority
from xcat_certs.errors import Unusable
from xcat_certs.index import Entry, Index, revoked, serial_hex
from xcat_certs.names import Role

SOON = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
LATE = datetime(2051, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    entries = [Entry(0xABC, Role.SERVICE, "sn1", SOON), Entry(5, Role.USER, "root", LATE)]
    for entry in entries:
        index.add(entry)
    assert index.entries() == entries
    assert index.named("root") == entries[1:]
    assert index.named("oot") == []
    assert (tmp_path / "index").read_text().splitlines() == [
        "V\t300102030405Z\t\t0ABC\tsn\t/CN=sn1",
        "V\t20510102030405Z\t\t05\tuser\t/CN=root",
    ]


def test_a_revocation_changes_its_line_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "index"
    other = b"V\t300102030405Z\t\t02\tunknown\t/O=\xff odd/CN=bob\n"
    path.write_bytes(other + b"V\t300102030405Z\t\t01\tunknown\t/O=site/CN=alice\n")
    index = Index(path)
    index.change({1}, lambda entry: revoked(entry, NOW, x509.ReasonFlags.key_compromise))
    assert (
        path.read_bytes() == other + b"R\t300102030405Z\t260101000000Z,keyCompromise\t01\tunknown\t/O=site/CN=alice\n"
    )
    assert index.entries()[1].state(NOW) == "revoked"


def test_certificates_of_xcat_2_have_no_role(tmp_path: Path) -> None:
    (tmp_path / "index").write_text(
        "V\t450102030405Z\t\t01\tunknown\t/CN=xCAT CA\n"
        "E\t050102030405Z\t\t02\tunknown\t/CN=old\n"
        "R\t450102030405Z\t100102030405Z,CACompromise\t03\tunknown\t/CN=bob\n"
        "R\t600102030405Z\t100102030405Z\t04\tunknown\t/CN=carol"  # 1960, and the last line is cut short
    )
    index = Index(tmp_path / "index")
    index.add(Entry(5, Role.USER, "alice", SOON))
    entries = index.entries()
    assert [(entry.name, entry.role) for entry in entries] == [
        ("xCAT CA", None),
        ("old", None),
        ("bob", None),
        ("carol", None),
        ("alice", Role.USER),
    ]
    assert [entry.state(NOW) for entry in entries] == ["valid", "expired", "revoked", "revoked", "valid"]
    assert entries[2].reason is x509.ReasonFlags.ca_compromise
    assert entries[3].not_after.year == 1960


@pytest.mark.parametrize(
    "line", ["V\t300102030405Z\t\t01\t/CN=x", "V\tsoon\t\t01\tsn\t/CN=x", "V\t300102030405Z\t\tz\tsn\t/CN=x"]
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "index").write_text(f"V\t300102030405Z\t\t01\tsn\t/CN=x\n{line}\n")
    with pytest.raises(Unusable, match=r"Line 2 of .*/index cannot be read .*restore the file from a backup"):
        Index(tmp_path / "index").entries()


def test_serial_numbers_have_an_even_number_of_digits() -> None:
    assert [serial_hex(number) for number in (1, 0xAB, 0xABC)] == ["01", "AB", "0ABC"]


def test_openssl_makes_a_revocation_list_from_our_index(
    authority: Authority, request_of: Callable[..., bytes], openssl: Callable[..., object], tmp_path: Path
) -> None:
    for name in ("sn1", "sn2"):
        authority.sign(request_of(name), Role.SERVICE, name)
    serial = authority.named("sn2")[0].serial
    authority.revoke(serial, x509.ReasonFlags.ca_compromise)
    (tmp_path / "openssl.cnf").write_text(
        "[ca]\ndefault_ca=site\n[site]\ndatabase=xcat/ca/index\ncertificate=xcat/ca/ca-cert.pem\n"
        "private_key=xcat/ca/private/ca-key.pem\ndefault_md=sha256\ndefault_crl_days=30\n"
    )
    openssl("ca", "-config", "openssl.cnf", "-gencrl", "-out", "theirs.pem")
    theirs = x509.load_pem_x509_crl((tmp_path / "theirs.pem").read_bytes())
    assert [entry.serial_number for entry in theirs] == [serial]
