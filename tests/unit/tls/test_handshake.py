"""Handshakes over real connections: who is turned away learns why."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.cluster import PATIENCE
from xcat_certs.setup import setup_management_node
from xcatd.tls import ALPN, TlsFiles, explain, peer_context, server_context
from xcatd.tls.handshake import answer, dial


class Talker(asyncio.Protocol):
    """Says hello at the end of the handshake."""

    language: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.language = transport.get_extra_info("ssl_object").selected_alpn_protocol()
        transport.write(b"hello")
        transport.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("site")
    setup_management_node(root, "mn1", "alpha", ["127.0.0.1"])
    return root


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another site with the same names."""
    root = tmp_path_factory.mktemp("foreign")
    setup_management_node(root, "mn1", "alpha")
    return root


def client(trusts: Path, holds: Path | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(TlsFiles.server(trusts / "etc/xcat/cert").ca)
    context.set_alpn_protocols([ALPN])
    if holds is not None:
        files = TlsFiles.client(holds / "root/.xcat")
        context.load_cert_chain(files.certificate, files.key)
    return context


def read(plain: socket.socket, context: ssl.SSLContext) -> bytes | Exception:
    """What a client hears first; with TLS 1.3 a refusal comes only then."""
    plain.settimeout(PATIENCE)
    try:
        with closing(plain), closing(context.wrap_socket(plain, server_hostname="mn1")) as wrapped:
            return wrapped.recv(5)
    except OSError as error:
        return error


async def meet(
    site: Path, caller: Callable[[socket.socket], bytes | Exception], seconds: float = PATIENCE
) -> tuple[bytes | Exception, OSError | None, Talker]:
    """One handshake: what the caller heard, what went wrong for the door, and who was connected."""
    context = server_context(TlsFiles.server(site / "etc/xcat/cert"))
    ours, its = socket.socketpair()
    ours.setblocking(False)
    talker, wrong = Talker(), None
    hearing = asyncio.get_running_loop().run_in_executor(None, caller, its)
    try:
        await answer(ours, talker, context, seconds)
    except OSError as error:
        wrong = error
    return await hearing, wrong, talker


@pytest.mark.parametrize("holds", [True, False])
async def test_a_good_caller_comes_in_with_or_without_a_certificate(site: Path, holds: bool) -> None:
    context = client(site, site if holds else None)
    heard, wrong, talker = await meet(site, lambda plain: read(plain, context))
    assert (heard, wrong, talker.language) == (b"hello", None, ALPN)


async def test_a_certificate_of_another_authority_is_refused_with_the_reason(site: Path, foreign: Path) -> None:
    context = client(site, foreign)
    heard, wrong, talker = await meet(site, lambda plain: read(plain, context))
    assert isinstance(heard, ssl.SSLError)
    assert "ALERT" in str(heard.reason)
    assert wrong is not None
    assert explain(wrong)
    assert talker.language is None


async def test_a_caller_who_does_not_trust_this_daemon_goes_away(site: Path, foreign: Path) -> None:
    context = client(foreign)
    heard, wrong, talker = await meet(site, lambda plain: read(plain, context))
    assert isinstance(heard, ssl.SSLCertVerificationError)
    assert isinstance(wrong, ssl.SSLError)
    assert talker.language is None


async def test_a_caller_who_speaks_no_tls_is_refused(site: Path) -> None:
    def plain(its: socket.socket) -> bytes:
        with its:
            its.settimeout(PATIENCE)
            its.sendall(b"<xcatrequest>")
            return its.recv(100)

    _, wrong, talker = await meet(site, plain)
    assert isinstance(wrong, ssl.SSLError)
    assert talker.language is None


@pytest.mark.parametrize("seconds", [0.01, PATIENCE])
async def test_a_caller_who_says_nothing_or_hangs_up_is_let_go(site: Path, seconds: float) -> None:
    def silent(its: socket.socket) -> bytes:
        with its:
            its.settimeout(PATIENCE)
            return its.recv(100) if seconds < 1 else b""

    heard, wrong, talker = await meet(site, silent, seconds)
    assert heard == b""
    assert isinstance(wrong, ConnectionError)
    assert talker.language is None


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_daemon_dials_another_and_both_must_be_of_one_authority(
    site: Path, foreign: Path, trusted: bool
) -> None:
    loop = asyncio.get_running_loop()
    theirs, ours = Talker(), Talker()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        async def door() -> None:
            caller, _ = await loop.sock_accept(listener)
            caller.setblocking(False)
            await answer(caller, theirs, server_context(TlsFiles.server(site / "etc/xcat/cert")), PATIENCE)

        context = peer_context(TlsFiles.server((site if trusted else foreign) / "etc/xcat/cert"))
        dialling = dial("127.0.0.1", listener.getsockname()[1], ours, context)
        wrong = await asyncio.gather(door(), dialling, return_exceptions=True)
    assert [isinstance(error, ssl.SSLError) for error in wrong] == [not trusted] * 2
    assert [each.language for each in (theirs, ours)] == [ALPN if trusted else None] * 2
