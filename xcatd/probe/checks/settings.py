"""xcatd.yaml, and the name that stands in it."""

from __future__ import annotations

from collections.abc import Iterator

from xcatd.daemon.settings import split_addresses
from xcatd.model import Role
from xcatd.probe import Failed, Finding, Here, Noted, Warned, check


@check("xcatmn", "this host is set up", rank=10)
def set_up(here: Here) -> Iterator[Finding]:
    """Whether `xcatd init` was here, and the settings and the site's own schema can be read. Raises ConfigError."""
    settings, _ = here.settings, here.schema
    if here.role is Role.SERVICE:
        split_addresses(settings.master, 3001)
    if not here.paths.tls.ca.exists():
        way = f" --master {settings.master}" if settings.master else ""
        yield Failed(f"This host is not set up below {here.paths.root}: run xcatd init --name NAME{way}")
    marks = [role for role in ("mn", "sn") if here.paths.marker(role).exists()]
    if marks and str(here.role) not in marks:
        wrong, right = here.paths.marker(marks[0]), here.paths.marker(str(here.role))
        yield Warned(f"Old scripts take this host for another kind: mv {wrong} {right}")
    yield Noted(f"This is {here.name}, a {'service' if here.role is Role.SERVICE else 'management'} node")
