"""Each failed handshake is one sentence for the log. The real ones are in test_contexts; here are those hard to make."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from tests.unit.tls.conftest import Cluster, client_context
from tests.unit.tls.handshake import meet, tls_client
from xcatd.errors import TrustError
from xcatd.tls import explain, peer_context, server_context


def verification_error(code: int, words: str = "words of OpenSSL") -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, words
    return error


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (9, "not valid yet: set the clocks of both hosts"),
        (10, "has expired"),
        (19, "unknown authority"),
        (23, "is revoked"),
        (26, "not for this use"),
        (62, "of another host"),
        (68, "too weak"),
        (24, "not accepted: words of OpenSSL"),
    ],
)
def test_what_was_found_in_a_certificate(code: int, says: str) -> None:
    sentence = explain(verification_error(code))
    assert says in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (TrustError("The certificate of alice was revoked."), "The certificate of alice was revoked."),
        (TimeoutError(), "did not finish the TLS handshake in time"),
        (ConnectionResetError(), "hung up"),
        (ConnectionAbortedError(), "did not finish the TLS handshake in time"),
        (asyncio.IncompleteReadError(b"", 4), "hung up"),
        (ssl.SSLZeroReturnError(), "hung up"),
        (ssl.SSLError(), "The TLS handshake failed: no reason given."),
        (OSError(113, "No route to host"), "before the TLS handshake was done: No route to host."),
        (ValueError("odd"), "before the TLS handshake was done: odd."),
    ],
)
def test_what_went_wrong_otherwise(error: Exception, says: str) -> None:
    assert says in explain(error)


def test_a_server_that_demands_a_certificate_and_a_client_that_has_none(cluster: Cluster) -> None:
    demanding = server_context(cluster.mn)
    demanding.verify_mode = ssl.CERT_REQUIRED
    server, client = meet(demanding, tls_client(client_context(None, cluster.mn.ca)))
    assert server.error is not None
    assert client.error is not None
    assert explain(server.error) == "The peer showed no certificate: it needs one of this cluster."
    assert explain(client.error) == "The peer wants a certificate and we showed none: have one issued."


async def test_a_server_of_asyncio_is_explained_the_same(cluster: Cluster, foreign: Cluster) -> None:
    server = await asyncio.start_server(
        lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=server_context(foreign.mn)
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ssl.SSLError) as caught:
            await asyncio.open_connection("127.0.0.1", port, ssl=peer_context(cluster.mn), server_hostname="mn1")
    assert "unknown authority" in explain(caught.value)
    with pytest.raises(ConnectionRefusedError) as refused:
        await asyncio.open_connection("127.0.0.1", port, ssl=peer_context(cluster.mn), server_hostname="mn1")
    assert explain(refused.value).startswith("Nothing listens at the address dialled")
