"""Whose certificate is believed: authorities, pins, anybody's; and what is said of one that is not."""

from __future__ import annotations

import asyncio
import hashlib
import os
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.certificates import Certificates
from tests.simulators.badredfish import Service, serving
from tests.unit.hardware.redfish.places import Site
from xcatd.errors import Untrusted
from xcatd.hardware import VERIFIED, Controllers, Endpoint, PowerState, Trust, TrustKind
from xcatd.hardware.redfish.certificates import Certificates as Certifier
from xcatd.hardware.redfish.certificates import read_pins
from xcatd.model import Secret


def self_signed(folder: Path, *, days: int) -> Path:
    """A certificate with its key, as a BMC makes it for itself; negative days: it has expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bmc")])
    end = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(end - timedelta(days=100))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "self.pem"
    encoding, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    text = key.private_bytes(encoding, kind, serialization.NoEncryption())
    file.write_bytes(made.public_bytes(encoding) + text)
    return file


def served_with(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.fixture
async def stranger(tmp_path: Path) -> AsyncIterator[Service]:
    """A BMC with a certificate that it made for itself."""
    async with serving(Service(), served_with(self_signed(tmp_path, days=30))) as service:
        yield service


def fingerprint(file: Path) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read_text().partition("-----BEGIN PRIVATE")[0])).hexdigest()


async def test_a_self_signed_certificate_is_refused_with_its_fingerprint_and_the_remedies(
    stranger: Service, site: Site, tmp_path: Path
) -> None:
    with pytest.raises(Untrusted) as caught:
        await site.device(stranger, trust=VERIFIED).power.power_state()
    assert str(caught.value) == (
        f"the certificate of 127.0.0.1:{stranger.port} is not trusted: self-signed certificate, SHA-256 "
        f"{fingerprint(tmp_path / 'self.pem')}; give the BMC one of an authority that is trusted, or write "
        f'"127.0.0.1 {fingerprint(tmp_path / "self.pem")}" into a file and name it with bmctrust=pins:<file>, or set the '
        "site attribute bmctrust to ca:<file> or, to accept any, to any"
    )
    assert stranger.asked == []  # nobody who is not trusted hears anything


async def test_any_certificate_is_accepted_when_the_site_says_so(stranger: Service, site: Site) -> None:
    power = site.device(stranger, trust=Trust(TrustKind.ANY)).power
    assert await power.power_state() is PowerState.OFF


async def test_an_authority_in_a_file(service: Service, site: Site, certificates: Certificates) -> None:
    assert await site.device(service).power.power_state() is PowerState.OFF
    with pytest.raises(Untrusted, match="is not trusted: unable to get local issuer certificate, SHA-256"):
        await site.device(service, trust=VERIFIED).power.power_state()


async def test_the_authority_of_the_cluster_is_believed_beside_those_of_the_system(
    service: Service, certificates: Certificates
) -> None:
    async with Controllers(authority=certificates.ca) as controllers:
        site = Site(certificates.ca)
        site.controllers = controllers
        assert await site.device(service, trust=VERIFIED).power.power_state() is PowerState.OFF


async def test_the_name_must_be_in_the_certificate(tmp_path: Path) -> None:
    file = self_signed(tmp_path, days=30)
    async with serving(Service(), served_with(file)) as service, Site(file) as site:
        assert await site.device(service, host="localhost").power.power_state() is PowerState.OFF
        with pytest.raises(Untrusted, match="is not trusted: IP address mismatch"):
            await site.device(service).power.power_state()


async def test_an_expired_certificate(tmp_path: Path) -> None:
    file = self_signed(tmp_path, days=-1)
    async with serving(Service(), served_with(file)) as service, Site(file) as site:
        with pytest.raises(Untrusted, match="is not trusted: certificate has expired, SHA-256"):
            await site.device(service, host="localhost").power.power_state()


async def test_a_pin_is_for_one_host_and_counts_as_it_stands_in_the_file(
    stranger: Service, site: Site, tmp_path: Path
) -> None:
    pins, right = tmp_path / "pins", fingerprint(tmp_path / "self.pem")
    power = site.device(stranger, trust=Trust(TrustKind.PINS, pins)).power
    pins.write_text(f"# our BMCs\n10.0.0.1 {right}\n")
    with pytest.raises(Untrusted, match=rf"names: its SHA-256 is {right}; if that .* line \"127.0.0.1 {right}\" there"):
        await power.power_state()
    _rewrite(pins, f"127.0.0.1 {'0' * 64}\n")
    with pytest.raises(Untrusted, match=f"is not the one that {pins} names: its SHA-256 is {right}"):
        await power.power_state()
    assert stranger.asked == []
    _rewrite(pins, f"127.0.0.1:{stranger.port} {right.upper()}\n")
    assert await power.power_state() is PowerState.OFF


def _rewrite(file: Path, text: str) -> None:
    """As an operator does, who needs more than a tick of the file system's clock."""
    before = file.stat().st_mtime_ns
    file.write_text(text)
    os.utime(file, ns=(before + 10**9, before + 10**9))


async def test_a_pinned_certificate_is_checked_at_each_connection(
    stranger: Service, site: Site, tmp_path: Path, context: ssl.SSLContext
) -> None:
    pins = tmp_path / "pins"
    pins.write_text(f"127.0.0.1 {fingerprint(tmp_path / 'self.pem')}\n")
    trust = Trust(TrustKind.PINS, pins)
    assert await site.device(stranger, trust=trust).power.power_state() is PowerState.OFF
    async with serving(Service(), context) as thief:
        with pytest.raises(Untrusted, match="is not the one that"):
            await site.device(thief, trust=trust).power.power_state()
        assert thief.asked == []


@pytest.mark.parametrize(
    "kind, text, words",
    [
        (TrustKind.PINS, None, "No such file"),
        (TrustKind.PINS, "127.0.0.1 abc", "line 1 is not `host sha256`"),
        (TrustKind.CA, None, "No such file"),
        (TrustKind.CA, "hello", "no certificate of an authority is in it"),
    ],
)
async def test_a_file_that_cannot_be_used_is_named(
    service: Service, site: Site, tmp_path: Path, kind: TrustKind, text: str | None, words: str
) -> None:
    file = tmp_path / "file"
    if text is not None:
        file.write_text(text)
    with pytest.raises(
        Untrusted, match=rf"^{file} does not say .*\({words}.*\): correct the file, or the site attribute"
    ):
        await site.device(service, trust=Trust(kind, file)).power.power_state()


async def test_a_rack_that_asks_at_once_reads_the_file_once(certificates: Certificates) -> None:
    trust = Trust(TrustKind.CA, certificates.ca)
    kept = Certifier()
    places = [Endpoint(f"n{number}", f"10.0.0.{number}", "u", Secret("p"), trust=trust) for number in range(20)]
    found = await asyncio.gather(*(kept.verifier(place) for place in places))
    assert len({id(one) for one in found}) == 1


def test_pins_may_have_colons_and_comments() -> None:
    pin = bytes(range(32))
    pins = read_pins(f"\n# all\nBMC1 {pin.hex(':')}  # rack 1\n[::1]:8443 {pin.hex()}\n")
    assert {host: found.fingerprint for host, found in pins.items()} == {"bmc1": pin, "[::1]:8443": pin}


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        read_pins(text)
    except ValueError as error:
        assert "is not `host sha256`" in str(error)
