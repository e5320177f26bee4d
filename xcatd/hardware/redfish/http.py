"""HTTPS to all controllers of a daemon: one pool of connections, bounded answers, every trouble a sentence."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import aiohttp
from yarl import URL

from xcatd.errors import NodeError, Unreachable
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.limits import Limits
from xcatd.hardware.redfish.certificates import NOBODY, Verifier
from xcatd.hardware.redfish.untrusted import untrusted

MAX_ANSWER = 8 * 2**20
"""Octets of one answer. A page of a long event log has a few hundred thousand."""
PER_CONTROLLER = 4
"""Connections to one controller: its processor is a small one."""
KEPT = 2.0
"""Seconds that an unused connection stays open: longer than the pauses within an operation. One costs some 300 kB here."""
_REDIRECTIONS = 3
_REDIRECTED = frozenset({301, 302, 307, 308})


WebSocket: TypeAlias = aiohttp.ClientWebSocketResponse


@dataclass(frozen=True, slots=True)
class Question:
    """`body` is what aiohttp sends as data; None: nothing. Headers and body may have secrets."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """Made inside a running loop; `close` it."""

    def __init__(self, limits: Limits) -> None:
        connector = aiohttp.TCPConnector(limit=limits.in_flight, limit_per_host=PER_CONTROLLER, keepalive_timeout=KEPT)
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=None)
        )
        self._sockets: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        await self._session.close()
        if self._sockets is not None:
            await self._sockets.close()

    async def send(self, endpoint: Endpoint, verifier: Verifier, question: Question) -> Answer:
        """The answer, whatever its status. Redirections are followed when something is read, and stay on the controller.

        Raises Unreachable, Untrusted, or NodeError for what is no HTTP. The time is bounded by who calls.
        """
        url = _inside(_base(endpoint), question.path, endpoint)
        for _ in range(_REDIRECTIONS + 1):
            answer = await self._exchange(endpoint, verifier, question, url)
            if answer.status not in _REDIRECTED or question.method != "GET":
                return answer
            url = _inside(url, answer.headers.get("Location", ""), endpoint)
        raise NodeError(f"{endpoint.place} redirects in circles: update or reset the BMC")

    async def socket(
        self, endpoint: Endpoint, verifier: Verifier, question: Question, alive_every: float
    ) -> WebSocket | int:
        """A WebSocket at the question's path, which is lost when the other side does not answer a ping; else the status that was
        answered instead. Raises what `send` raises. These connections stay, so they do not count with the others."""
        if self._sockets is None:
            self._sockets = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(),
            )
        url = _inside(_base(endpoint), question.path, endpoint)
        try:
            return await self._sockets.ws_connect(
                url, headers=question.headers, ssl=verifier, heartbeat=alive_every, autoping=True, compress=0
            )
        except aiohttp.WSServerHandshakeError as refused:
            return refused.status
        except aiohttp.ServerFingerprintMismatch as mismatch:
            raise untrusted(endpoint, mismatch.got) from None
        except (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError) as error:
            raise untrusted(endpoint, await self._fingerprint(question, url), error) from None
        except (aiohttp.ClientError, OSError) as error:
            raise _trouble(error, endpoint.place) from None

    async def _exchange(self, endpoint: Endpoint, verifier: Verifier, question: Question, url: URL) -> Answer:
        try:
            return await self._ask(verifier, question, url)
        except aiohttp.ServerFingerprintMismatch as mismatch:
            raise untrusted(endpoint, mismatch.got) from None
        except (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError) as error:
            raise untrusted(endpoint, await self._fingerprint(question, url), error) from None
        except (aiohttp.ClientError, OSError, _TooLong) as error:
            raise _trouble(error, endpoint.place) from None

    async def _ask(self, verifier: Verifier, question: Question, url: URL) -> Answer:
        async with self._session.request(
            question.method,
            url,
            headers=question.headers,
            data=question.body,
            ssl=verifier,
            allow_redirects=False,
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > MAX_ANSWER:
                    response.close()
                    raise _TooLong
            return Answer(response.status, response.headers, bytes(body))

    async def _fingerprint(self, question: Question, url: URL) -> bytes | None:
        """The SHA-256 of the certificate that is not believed. Nothing is sent to who shows it."""
        try:
            await self._ask(NOBODY, Question("GET", question.path, {}), url)
        except aiohttp.ServerFingerprintMismatch as mismatch:
            return mismatch.got
        except (aiohttp.ClientError, OSError):
            pass
        return None


class _TooLong(Exception):
    """An answer of more than MAX_ANSWER octets."""


def _base(endpoint: Endpoint) -> URL:
    if not endpoint.host:
        raise Unreachable("no address is known for its BMC: set openbmc.bmc for the node")
    try:
        url = URL.build(scheme="https", host=endpoint.host, port=endpoint.port, path="/redfish/v1/")
        (url.raw_host or "").encode("idna")  # as the resolver will: a part may be empty, or too long for the DNS
        return url
    except ValueError:
        raise Unreachable(f'"{endpoint.host}" is not the name of a host: correct openbmc.bmc') from None


def _inside(base: URL, path: str, endpoint: Endpoint) -> URL:
    """Where a path leads. What leads away from the controller is not followed: it would get the password."""
    try:
        url = base.join(URL(path)).with_fragment(None)
    except ValueError:
        url = None
    if url is None or not path or url.origin() != base.origin():
        raise NodeError(
            f"{endpoint.place} refers to something outside itself: check that openbmc.bmc names a Redfish service"
        )
    return url


def _trouble(error: Exception, place: str) -> NodeError:
    """What went wrong on the way, as an error of ours. The text of the cause is not used: it may be anything."""
    if isinstance(error, _TooLong):
        return NodeError(f"{place} answers with more than {MAX_ANSWER >> 20} MiB: update or reset the BMC")
    if isinstance(error, aiohttp.ClientConnectorError):
        return _no_connection(error, place)
    if isinstance(error, aiohttp.ClientPayloadError):
        return NodeError(f"the answer of {place} breaks off in the middle: try again, and reset the BMC if it stays so")
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError | aiohttp.ClientOSError):
        return Unreachable(
            f"{place} closes the connection without an answer: try again, and reset the BMC if it stays so"
        )
    return NodeError(f"{place} does not answer by the rules of HTTP: check that openbmc.bmc names a Redfish service")


def _no_connection(error: aiohttp.ClientConnectorError, place: str) -> Unreachable:
    cause = error.os_error
    if isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(cause, socket.gaierror):
        return Unreachable(
            f"the BMC's name in {place} does not resolve: add it to /etc/hosts or the DNS, or correct openbmc.bmc"
        )
    if isinstance(error, aiohttp.ClientSSLError) or isinstance(cause, ssl.SSLError):
        return Unreachable(
            f"{place} does not speak HTTPS as it should ({_tls_reason(cause)}): check the port in openbmc.bmc, and TLS on "
            "the BMC"
        )
    if cause.errno == errno.ECONNREFUSED:
        return Unreachable(f"{place} refuses: nothing there speaks HTTPS; check openbmc.bmc, and Redfish on the BMC")
    why = os.strerror(cause.errno) if cause.errno else "none of its addresses answers"
    return Unreachable(f"{place} cannot be reached: {why}; check the network and openbmc.bmc")


def _tls_reason(cause: OSError) -> str:
    reason = getattr(cause, "reason", None)
    return reason.lower().replace("_", " ") if isinstance(reason, str) else "the handshake breaks off"
