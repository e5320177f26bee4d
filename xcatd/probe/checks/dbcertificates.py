"""The files for TLS that cfgloc names: the authority of the database server, and what this daemon proves itself with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from xcat_certs import pem
from xcatd.errors import ConfigError
from xcatd.probe import Failed, Finding, Here, Noted, NotNow, Warned, check
from xcatd.probe.checks.certificates import SOON

_RENEWED = "renew it (xcatcert renew), or name another file in cfgloc"


@check("xcatmn", "the certificates that cfgloc names are valid", rank=30)
def are_valid(here: Here) -> Iterator[Finding]:
    """Each is there and has not expired. Whether the key belongs to it shows when the database is dialled. Raises Unusable."""
    try:
        location = here.location
    except ConfigError as error:
        raise NotNow("cfgloc cannot be read") from error
    if location is None:
        raise NotNow("the tables come over the link")
    tls = location.tls
    for name in filter(None, (tls.authority, tls.certificate)):
        yield from _dated(Path(name))


def _dated(path: Path) -> Iterator[Finding]:
    end, now = pem.read_certificate(path, "certificate that cfgloc names").not_valid_after_utc, datetime.now(UTC)
    if end < now:
        yield Failed(f"{path}, which cfgloc names, has expired on {end:%Y-%m-%d}: {_RENEWED}")
    elif end < now + SOON:
        yield Warned(f"{path}, which cfgloc names, ends on {end:%Y-%m-%d}, in {(end - now).days} days: {_RENEWED}")
    else:
        yield Noted(f"{path} ends on {end:%Y-%m-%d}")
