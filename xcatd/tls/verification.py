"""What OpenSSL found wrong with a certificate, in words: X509_V_ERR_* of x509_vfy.h."""

from __future__ import annotations

import ssl
from enum import Enum, auto
from pathlib import Path


class Fault(Enum):
    EXPIRED = auto()
    NOT_YET_VALID = auto()
    FOREIGN = auto()
    REVOKED = auto()
    WRONG_ROLE = auto()
    WRONG_NAME = auto()
    WEAK = auto()
    OTHER = auto()


_CODES = {
    9: Fault.NOT_YET_VALID,
    10: Fault.EXPIRED,
    7: Fault.FOREIGN,  # signed by a key that only has our authority's name
    18: Fault.FOREIGN,
    19: Fault.FOREIGN,
    20: Fault.FOREIGN,
    21: Fault.FOREIGN,
    30: Fault.FOREIGN,
    23: Fault.REVOKED,
    26: Fault.WRONG_ROLE,
    62: Fault.WRONG_NAME,
    64: Fault.WRONG_NAME,
    66: Fault.WEAK,
    67: Fault.WEAK,
    68: Fault.WEAK,
}


def fault(error: ssl.SSLCertVerificationError) -> Fault:
    return _CODES.get(error.verify_code, Fault.OTHER)


def own_fault(error: ssl.SSLCertVerificationError, certificate: Path, ca: Path) -> str:
    """What is wrong with this daemon's own certificate, and the remedy."""
    match fault(error):
        case Fault.EXPIRED:
            return f"The certificate in {certificate}, or its authority in {ca}, has expired: run `xcatcert renew`."
        case Fault.NOT_YET_VALID:
            return f"The certificate in {certificate} is not valid yet: set the clock of this host."
        case Fault.FOREIGN:
            return f"The certificate in {certificate} was not signed by the authority in {ca}: install one that was."
        case Fault.WRONG_ROLE:
            return f"The certificate in {certificate} is not for this use: a daemon needs one issued as mn or sn."
    return f"The certificate in {certificate} is not accepted ({error.verify_message}): run `xcatcert renew`."


def peer_fault(error: ssl.SSLCertVerificationError) -> str:
    """What is wrong with the certificate that the other side showed, and the remedy."""
    match fault(error):
        case Fault.EXPIRED:
            return "The peer's certificate has expired: run `xcatcert renew` for it on the management node."
        case Fault.NOT_YET_VALID:
            return "The peer's certificate is not valid yet: set the clocks of both hosts."
        case Fault.FOREIGN:
            return "The peer's certificate is of an unknown authority: it must be issued by this cluster's."
        case Fault.REVOKED:
            return "The peer's certificate is revoked: have a new one issued."
        case Fault.WRONG_ROLE:
            return "The peer's certificate is not for this use: a daemon needs one issued as mn or sn."
        case Fault.WRONG_NAME:
            return "The peer's certificate is of another host: dial a name in it, or issue it with --address."
        case Fault.WEAK:
            return "The peer's certificate has a key or signature too weak to be accepted: have a new one issued."
    return f"The peer's certificate is not accepted: {error.verify_message}."
