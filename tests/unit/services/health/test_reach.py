"""Whether a daemon's port answers: real TLS on loopback, with certificates of one authority, of another one, and without any."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.helpers.certificates import Certificates
from tests.helpers.cluster import free_port
from tests.helpers.trust import ended_in
from tests.unit.objects.worlds import nodes, world
from xcat_certs.names import Role
from xcatd.services.health import reach
from xcatd.services.health.reach import address_in, first_word, look, port_in, trouble_with
from xcatd.tls import TlsFiles, server_context


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A miss is tried again at once."""
    monkeypatch.setattr(reach, "AGAIN_AFTER", 0.0)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def ours(authority: Certificates) -> TlsFiles:
    """What mn1 has."""
    return files(authority, "mn1")


def files(authority: Certificates, name: str) -> TlsFiles:
    place = authority.server(name)
    return TlsFiles(authority.ca, place.cred, place.cred)


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[object]]


async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until the other side leaves."""
    while await reader.read(1000):
        pass


@asynccontextmanager
async def somebody(talk: Talk = hear, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of somebody who talks so with each caller."""
    talks: set[asyncio.Task[object] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())
        with contextlib.suppress(OSError):
            await talk(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    port = free_port()
    async with await asyncio.start_server(serve, "127.0.0.1", port, ssl=context):
        yield port
        await asyncio.gather(*filter(None, talks))


def daemon(shows: TlsFiles) -> AbstractAsyncContextManager[int]:
    """The port of one who shows a certificate."""
    return somebody(context=server_context(shows))


async def seen(name: str, port: int, ours: TlsFiles) -> str:
    return await trouble_with(name, "127.0.0.1", port, ours)


async def test_who_shows_the_name_is_there(authority: Certificates, ours: TlsFiles) -> None:
    async with daemon(files(authority, "sn1.c.net")) as port:
        assert await seen("sn1", port, ours) == ""
        assert await seen("sn2", port, ours) == f"sn1.c.net answers at 127.0.0.1 port {port}"


async def test_one_of_another_authority_is_a_stranger(tmp_path: Path, ours: TlsFiles) -> None:
    async with daemon(files(Certificates(tmp_path), "sn1")) as port:
        assert await seen("sn1", port, ours) == f"a stranger answers at 127.0.0.1 port {port}"


async def test_one_whose_certificate_has_ended_is_there_all_the_same(tmp_path: Path) -> None:
    authority = Certificates(tmp_path)
    sn1, mn1 = authority.server("sn1"), files(authority, "mn1")
    context = server_context(TlsFiles(authority.ca, sn1.cred, sn1.cred))
    ended_in(timedelta(hours=-1), tmp_path / "ca", Role.SERVICE, "sn1", sn1.directory)
    context.load_cert_chain(sn1.cred)
    async with somebody(context=context) as port:
        assert await seen("sn1", port, mn1) == ""


async def test_where_nobody_listens_nobody_answers(ours: TlsFiles) -> None:
    assert (await seen("sn1", free_port(), ours)).startswith("nobody answers at 127.0.0.1 port ")


async def test_something_that_speaks_no_tls_is_something_else(ours: TlsFiles) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail\r\n")
        await writer.drain()

    async with somebody(greet) as port:
        assert await seen("sn1", port, ours) == f"something else answers at 127.0.0.1 port {port}"


async def test_one_that_hangs_does_not_answer_though_its_kernel_does(
    ours: TlsFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "PATIENCE", 0.2)
    async with somebody() as port:
        assert await seen("sn1", port, ours) == f"nobody answers at 127.0.0.1 port {port} within 0.2 s"


async def test_the_tables_know_the_address_first_and_the_caller_last(ours: TlsFiles) -> None:
    known = world(
        nodelist=nodes(sn1="service"),
        hosts=[{"node": "sn1", "ip": "127.0.0.1"}],
        site=[{"key": "xcatdport", "value": "1"}],
    )
    assert await address_in(known, "sn1") == "127.0.0.1"
    assert await address_in(known, "localhost") in ("127.0.0.1", "::1")
    assert await address_in(known, "sn1.invalid") == ""
    assert first_word(await look(known, "sn1", "192.0.2.1", ours)) == "missed"
    assert first_word(await look(known, "sn1.invalid", "127.0.0.1", ours)) == "missed"
    assert await look(known, "sn1.invalid", "", ours) == "unknown: table hosts has no address of sn1.invalid"


@pytest.mark.parametrize(("text", "port"), [("", 3001), ("3005", 3005), ("70000", 3001), ("x", 3001)])
def test_the_port_is_that_of_the_site(text: str, port: int) -> None:
    assert port_in(world(site=[{"key": "xcatdport", "value": text}])) == port
