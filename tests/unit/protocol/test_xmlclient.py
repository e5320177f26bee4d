"""The client for tests speaks real TLS to a real server and knows when an answer is whole."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.helpers.xmlclient import ask
from xcatd.protocol.xml import RequestReader, ResponseWriter, XmlRequest, request_bytes

LSXCATD = request_bytes(XmlRequest("lsxcatd", args=("-v",)))
ANSWER = ResponseWriter("mn").answer({"data": ["Version 3"]})

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    """A folder as xCAT's client has it, of an authority that has signed only itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mn")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "ca.pem").write_bytes(pem)
    (tmp_path / "client-cred.pem").write_bytes(key_pem + pem)
    return tmp_path


@asynccontextmanager
async def daemon(credentials: Path, talk: Talk) -> AsyncIterator[int]:
    """A server on loopback that asks for a certificate without insisting; gives its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(credentials / "client-cred.pem")
    context.load_verify_locations(credentials / "ca.pem")
    context.verify_mode = ssl.CERT_OPTIONAL
    async with await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


def one_answer(answer: bytes, seen: list[object], close: bool) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests = RequestReader()
        while not (found := requests.feed(await reader.read(65536))):
            continue
        seen.append((found[0].command, bool(writer.get_extra_info("peercert"))))
        for at in range(0, len(answer), 30):
            writer.write(answer[at : at + 30])
            await writer.drain()
        if not close:
            await reader.read()
        writer.close()

    return talk


@pytest.mark.parametrize("anonymous", [True, False])
async def test_an_answer_ends_with_serverdone_on_a_connection_that_stays(credentials: Path, anonymous: bool) -> None:
    seen: list[object] = []
    async with daemon(credentials, one_answer(ANSWER, seen, close=False)) as port:
        assert await ask("127.0.0.1", port, LSXCATD, None if anonymous else credentials) == ANSWER
    assert seen == [("lsxcatd", not anonymous)]


async def test_a_daemon_that_hangs_up_ends_the_answer_too(credentials: Path) -> None:
    async with daemon(credentials, one_answer(ANSWER[:40], [], close=True)) as port:
        assert await ask("127.0.0.1", port, LSXCATD, credentials) == ANSWER[:40]


async def test_a_silent_daemon_is_given_up(credentials: Path) -> None:
    async with daemon(credentials, one_answer(b"", [], close=False)) as port:
        with pytest.raises(TimeoutError):
            await ask("127.0.0.1", port, LSXCATD, credentials, timeout=0.3)
