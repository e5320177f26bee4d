"""What this host says about the cluster: versions, diagnosis, links, certificates and settings."""

from __future__ import annotations

import importlib.metadata
import platform
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from xcat_certs import pem, report
from xcat_certs.errors import CertsError
from xcat_certs.layout import Layout
from xcatd.daemon.cfgloc import without_password
from xcatd.daemon.version import version_line
from xcatd.probe.lines import told
from xcatd.probe.main import results
from xcatd.snap import Part, Source, collector

_PACKAGES = ("cryptography", "PyYAML", "SQLAlchemy", "aiosqlite", "asyncpg", "aiomysql")


@collector
def versions(source: Source) -> Iterator[Part]:
    """Of this program, and of what it builds on."""
    installed = {each.name.lower(): each.version for each in importlib.metadata.distributions()}
    lines = [version_line(), f"Python {platform.python_version()}", platform.version(), platform.platform()]
    lines += [f"{name} {installed.get(name.lower(), 'is not installed')}" for name in _PACKAGES]
    yield Part("versions.txt", "\n".join([*lines, ""]))


@collector
def diagnosis(source: Source) -> Iterator[Part]:
    """What xcatprobe says, with what daemons answer."""
    if source.bypass:
        return
    lines = []
    for result in results(source.here, ("xcatmn", "hierarchy")):
        lines += [f"[{level}] :{text}" for level, text in told(str(source.here.role), result, verbose=True)]
    yield Part("diagnosis.txt", "\n".join([*lines, ""]), is_log=True)
    for words in (("lsxcatd", "-a"), ("lsdaemons",)):
        answer = source.here.ask(*words)
        yield Part(f"commands/{'_'.join(words)}.txt", answer.stdout + answer.stderr, is_log=True)


@collector
def certificates(source: Source) -> Iterator[Part]:
    """The public parts: whose, until when, signed by whom. Files with keys are not opened."""
    layout = Layout(source.here.paths.root)
    public = (
        layout.authority / "ca-cert.pem",
        layout.server.ca,
        layout.server.certificate,
        layout.client("root").ca,
        layout.client("root").certificate,
    )
    yield Part("certificates.txt", "\n".join(_certificate(path) for path in public))
    if (layout.authority / "index").exists():
        yield Part("issued.txt", source.read(layout.authority / "index"))


def _certificate(path: Path) -> str:
    try:
        return f"{path}\n{report.details(pem.read_certificate(path), None, datetime.now(UTC))}"
    except CertsError as error:
        return f"{path}\n({error})\n"


@collector
def settings(source: Source) -> Iterator[Part]:
    """xcatd.yaml, cfgloc without its password, and which files there are."""
    paths = source.here.paths
    yield Part("settings/xcatd.yaml", source.read(paths.settings), is_log=True)
    yield Part("settings/cfgloc", f"{without_password(source.here.cfgloc) or '(there is none)'}\n")
    for path in sorted([*paths.schema.glob("*.y*ml"), *paths.plugins.glob("*.py"), *paths.checks.glob("*.py")]):
        yield Part(f"settings/{path.parent.name}/{path.name}", source.read(path), is_log=True)
    places = [path for folder in (paths.etc, paths.run, paths.log) for path in sorted(folder.rglob("*"))]
    yield Part("files.txt", "".join(map(_listed, places)))


def _listed(path: Path) -> str:
    found = path.lstat()
    when = datetime.fromtimestamp(found.st_mtime, UTC)
    return f"{stat.filemode(found.st_mode)} {found.st_uid}:{found.st_gid} {found.st_size:>12} {when:%Y-%m-%dT%H:%M:%SZ} {path}\n"
