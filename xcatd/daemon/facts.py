"""What this daemon knows of itself, for the comparison with the other daemons of the cluster: `lsdaemons`."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from xcatd.daemon.active import Active
from xcatd.daemon.cfgloc import first_line, sealed
from xcatd.daemon.paths import Paths
from xcatd.errors import XcatError
from xcatd.hierarchy import Links
from xcatd.model import Role

NONE = "none"
REQUESTS = "requests"
"""The name of the fact that says what is under way; `sndrain` reads it."""


def nothing_more() -> Mapping[str, str]:
    """The condition of a daemon that is not looked after."""
    return {}


@dataclass(frozen=True, slots=True)
class Facts:
    """`below`: the names of the daemons that should be directly below; it raises XcatError when nobody can say.
    `trouble`: why there is no link to the daemon above, "" when nobody has tried or it is up. `requests`: what is under way besides
    the request that asks. `condition`: more facts."""

    paths: Paths
    role: Role
    version: str
    links: Links
    below: Callable[[], Sequence[str]]
    trouble: Callable[[], str]
    requests: Callable[[], Sequence[str]] = tuple
    condition: Callable[[], Mapping[str, str]] = nothing_more
    active: Active | None = None
    """Whether this is the active management node; None where there are no others."""

    async def __call__(self, salt: str) -> Mapping[str, str]:
        """The facts by name. `salt`: hexadecimal digits; without it, of what is secret there is only `there` or `none`."""
        links = dict(self._links())
        files = await asyncio.to_thread(facts_of_files, self.paths, salt)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        work = ", ".join(self.requests()) or NONE
        own = {"version": self.version, "role": str(self.role), "time": now}
        if self.active is not None:
            own |= dict(self.active.facts())
        return {**own, **files, **links, REQUESTS: work, **self.condition()}

    def _links(self) -> Iterator[tuple[str, str]]:
        above = self.links.above
        if above is not None:
            yield f"link {above.name}", f"up, {above.version}"
        elif self.role is Role.SERVICE:
            yield "link above", f"down, {self.trouble() or 'it was not dialled yet'}"
        there = {link.name: link for link in self.links.below}
        for name in dict.fromkeys((*self._below(), *there)):
            link = self.links.find(name)
            yield f"link {name}", f"up, {link.version}" if link else f"down, {self.links.why_not(name)}"

    def _below(self) -> Sequence[str]:
        try:
            return self.below()
        except XcatError:  # no tables yet, or a circle: there are only those that have called
            return ()


def facts_of_files(paths: Paths, salt: str) -> dict[str, str]:
    """The facts that stand in files; what cannot be read says why. Blocks."""
    return {
        "authority": _tried(lambda: fingerprint(paths.tls.ca)),
        "certificate ends": _tried(lambda: _end(paths.tls.certificate)),
        "cfgloc": _tried(lambda: _cfgloc(paths.cfgloc, salt)),
        "host keys": _tried(lambda: host_keys(paths.hostkeys)),
    }


def fingerprint(path: Path) -> str:
    """SHA-256 of the first certificate in a file. Raises OSError, and ValueError when there is none."""
    text = path.read_text(encoding="ascii", errors="replace")
    start, end = text.find(ssl.PEM_HEADER), text.find(ssl.PEM_FOOTER)
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(text[start : end + len(ssl.PEM_FOOTER)])).hexdigest()


def host_keys(folder: Path) -> str:
    """SHA-256 of the public parts of the nodes' ssh host keys, or `none`. Raises OSError."""
    public = sorted(folder.glob("ssh_host_*_key.pub"))
    whole = hashlib.sha256()
    for path in public:
        kind, key, *_ = [*path.read_text(encoding="utf-8", errors="replace").split(), "", ""]
        whole.update(f"{path.name} {kind} {key}\n".encode())
    return whole.hexdigest() if public else NONE


def _cfgloc(path: Path, salt: str) -> str:
    line = first_line(path)
    if not line:
        return NONE
    return sealed(line, bytes.fromhex(salt)) if salt else "there"


def _end(path: Path) -> str:
    from cryptography import x509  # a daemon that is not asked does without

    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc.strftime("%Y-%m-%d")


def _tried(look: Callable[[], str]) -> str:
    try:
        return look()
    except OSError as error:
        return f"unreadable ({error.strerror})"
    except ValueError:
        return "unreadable (it is damaged)"
