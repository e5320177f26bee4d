"""A host's own side of enrolment: show the token and a request to the daemon above, and install what comes back.

The daemon is spoken to in xCAT 2's language over TLS (protocol.md 1.4), without a certificate, since there is none yet; the
daemon must prove with the authority's that it is the one.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, unescape

from xcat_certs import files
from xcat_certs.errors import Refused, Unusable

PORT = 3001
PATIENCE = 60.0
"""Seconds for which the daemon may be silent."""
_MOST = 1 << 20
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)
_HOST_CERTIFICATE = re.compile(r"^[a-z0-9-]+-cert-v01@openssh\.com [A-Za-z0-9+/=]+", re.MULTILINE)
_ERROR = re.compile(r"<error>(.*?)</error>", re.DOTALL)
_END = b"</serverdone>"
_PLACE = re.compile(r"(?:\[(?P<inside>[^\]]+)\]|(?P<host>[^:\[\]]+))(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Master:
    """Where the daemon above listens; `ca` is the certificate of its authority, in a file."""

    host: str
    port: int
    ca: Path


def master_of(text: str, ca: Path) -> Master:
    """`host`, `host:port` or `[address]:port`. Refused: it is none of them."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise Refused(f"{text!r} is no address: write host, host:port or [address]:port.")
    return Master(found["inside"] or found["host"], int(found["port"] or PORT), ca)


@dataclass(frozen=True, slots=True)
class Given:
    """The certificate of this host, in PEM, and those of its ssh host keys, a line each, in their order."""

    certificate: bytes
    host_certificates: tuple[str, ...]


def enrol(
    master: Master, name: str, token: str, request: bytes, host_keys: Sequence[str] = (), root: Path = Path("/")
) -> Given:
    """Have this host's certificates made. Refused: the daemon says no; Unusable: it cannot be asked."""
    marks = [f"token: {token.strip()}", f"mac: {' '.join(own_macs(root))}", f"uuid: {own_uuid(root)}"]
    marks += [f"hostkey: {key.strip()}" for key in host_keys]
    text = "".join(f"{mark}\n" for mark in marks) + request.decode("ascii", "replace")
    answer = _ask(master, _document(name, text)).decode("utf-8", "replace")
    if found := _ERROR.search(answer):
        raise Refused(unescape(found[1]))
    answer = unescape(answer)
    certificates = _CERTIFICATE.findall(answer)
    if not certificates:
        raise Unusable(f"The daemon at {master.host} gave no certificate: see its log.")
    return Given(str(certificates[0]).encode(), tuple(_HOST_CERTIFICATE.findall(answer)))


def own_macs(root: Path) -> Sequence[str]:
    """The hardware addresses of this host."""
    found = (_read(path) for path in sorted((root / "sys/class/net").glob("*/address")))
    return [mac for mac in found if mac and mac != "00:00:00:00:00:00"]


def own_uuid(root: Path) -> str:
    """The UUID of this host's board; "" where it has none, or for others than root."""
    return _read(root / "sys/class/dmi/id/product_uuid")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _document(name: str, text: str) -> bytes:
    body = f"<command>nodeenrol</command><arg>{escape(name)}</arg><stdin>{escape(text)}</stdin>"
    return f"<xcatrequest>{body}</xcatrequest>\n".encode()


def _ask(master: Master, document: bytes) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(
            cadata=files.read(master.ca, "authority's certificate").decode("ascii", "replace")
        )
        with (
            socket.create_connection((master.host, master.port), PATIENCE) as bare,
            context.wrap_socket(bare, server_hostname=master.host) as channel,
        ):
            channel.sendall(document)
            return _answer(channel)
    except ssl.SSLCertVerificationError as error:
        raise Refused(f"{master.host} is not the daemon it should be: {error.verify_message}.") from error
    except OSError as error:
        raise Unusable(f"{master.host} port {master.port} cannot be asked: {error.strerror or error}.") from error


def _answer(channel: ssl.SSLSocket) -> bytes:
    answer = b""
    while _END not in answer and len(answer) < _MOST:
        piece = channel.recv(65536)
        if not piece:
            break
        answer += piece
    return answer
