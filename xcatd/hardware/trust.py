"""Which certificate of a controller is believed, where it is spoken to by TLS."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class TrustKind(StrEnum):
    AUTHORITIES = "authorities"
    """Of an authority that the system trusts, or of the cluster's own, for the controller's name."""
    CA = "ca"
    """Of an authority in the file, for the controller's name."""
    PINS = "pins"
    """Exactly the one whose SHA-256 the file names: lines `host sha256`."""
    ANY = "any"
    """Whatever it shows. Who stands between can then read the password."""


@dataclass(frozen=True, slots=True)
class Trust:
    """`file` belongs to CA and PINS."""

    kind: TrustKind = TrustKind.AUTHORITIES
    file: Path | None = None


VERIFIED = Trust()
