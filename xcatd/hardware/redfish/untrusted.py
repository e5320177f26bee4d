"""The sentence for a certificate that is not believed: what is wrong with it, its fingerprint, and how to accept it."""

from __future__ import annotations

import re
import ssl

from xcatd.errors import Untrusted
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.trust import TrustKind


def untrusted(endpoint: Endpoint, seen: bytes | None, error: BaseException | None = None) -> Untrusted:
    """`seen` is the certificate's SHA-256, None when it could not be had; `error` why the authorities refuse it."""
    place, trust = endpoint.place, endpoint.trust
    if trust.kind is TrustKind.PINS:
        return Untrusted(
            f"the certificate of {place} is not the one that {trust.file} names: its SHA-256 is {_hex(seen)}; if that is "
            f'right, make it the line "{endpoint.host} {_hex(seen)}" there'
        )
    shown = f", SHA-256 {_hex(seen)}" if seen else ""
    line = f'write "{endpoint.host} {_hex(seen)}" into a file and name it with bmctrust=pins:<file>' if seen else ""
    return Untrusted(
        f"the certificate of {place} is not trusted: {_reason(error)}{shown}; give the BMC one of an authority that is "
        f"trusted, or {line + ', or ' if line else ''}set the site attribute bmctrust to ca:<file> or, to accept any, to any"
    )


def _hex(digest: bytes | None) -> str:
    return digest.hex() if digest else "not known"


def _reason(error: BaseException | None) -> str:
    """OpenSSL's words, such as "certificate has expired"."""
    cause = getattr(error, "certificate_error", error)  # aiohttp's error has the one of OpenSSL
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return "it cannot be verified"
    words = re.sub(r"[^ -~]", " ", cause.verify_message)[:200].rstrip(". ")
    return words if words[:2].isupper() else words[:1].lower() + words[1:]
