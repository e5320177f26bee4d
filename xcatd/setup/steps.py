"""The steps of xcatconfig, in the order in which they are done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from xcatd.daemon.init import adopt, make_folders
from xcatd.daemon.settings import write_settings
from xcatd.probe import Here
from xcatd.probe.checks.rights import secret_files
from xcatd.setup import credentials, database, sshkeys, tunables
from xcatd.setup.job import Job, make_folder


@dataclass(frozen=True, slots=True)
class Step:
    """`options` are the letters of which each asks for it alone; `sets` the letters of those (i, u, f) that
    contain it. `work` does it and gives a line for each thing that it has done, as it goes. It raises what says why it cannot."""

    options: str
    sets: str
    title: str
    work: Callable[[Job], Iterator[str]]


def folders(job: Job) -> Iterator[str]:
    """The daemon's folders, those for nodes, the settings, and the mark by which old scripts know a management node. First
    of all the tables of an xCAT 2 that was here: they say where some of the folders are."""
    make_folders(job.paths)
    yield from adopt(job.paths)
    for path in (job.install, job.tftpboot, job.postscripts):
        yield from make_folder(path)
    if not job.paths.settings.exists():
        write_settings(job.paths.settings, job.settings)
        yield f"made {job.paths.settings}"
    if not job.paths.marker("mn").exists():
        job.paths.marker("mn").touch()
        yield f"made {job.paths.marker('mn')}"


def modes(job: Job) -> Iterator[str]:
    """Take keys and passwords away from others."""
    for path in secret_files(Here(job.paths)):
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
            yield f"closed {path}, which others could use"


STEPS = (
    Step("", "iuf", "folders and settings", folders),
    Step("s", "iuf", "ssh host keys of the nodes", sshkeys.host_keys),
    Step("t", "if", "tunables of the kernel", tunables.tunables),
    Step("k", "iuf", "ssh keys of root", sshkeys.root_keys),
    Step("c", "iuf", "credentials", credentials.credentials),
    Step("ksc", "iuf", "modes of keys", modes),
    Step("", "iu", "database", database.first_defaults),
    Step("d", "f", "database defaults", database.defaults),
    Step("m", "if", "management node in the database", database.management_node),
)
