"""The authority, this daemon's certificate, and root's; and what nodes need to believe them."""

from __future__ import annotations

from collections.abc import Iterator

from xcatd.daemon.init import make_credentials
from xcatd.setup.job import Job, make_copy

_SINCE_ALL_IS_NEW = (
    "every service node and user needs a new certificate now: xcatcert sign sn NAME REQUEST, xcatcert issue user NAME"
)


def credentials(job: Job) -> Iterator[str]:
    """What is missing, has expired, or does not belong together. With `force` a new authority, and all from it."""
    root = job.layout.client("root")
    anew = job.force and job.layout.authority.exists()
    for place in (job.layout.authority, job.paths.etc / "cert", root.directory):
        yield from job.put_away(place)
    made = make_credentials(job.paths, job.settings.name, job.cluster, job.settings.addresses)
    yield from (f"made {path}" for path in made)
    yield from make_copy(job.layout.authority / "ca-cert.pem", job.postscripts / "ca/ca-cert.pem")
    yield from make_copy(root.ca, job.postscripts / "_xcat/ca.pem")
    if anew:
        yield _SINCE_ALL_IS_NEW
