"""An installed client, a root for a daemon, and certificates."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.unit.client.authority import Authority
from xcat_client import install
from xcat_client.programs import PROGRAMS

Client = Callable[..., "subprocess.CompletedProcess[bytes]"]
NOBODY = 65534


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def root() -> Iterator[Path]:
    """A daemon's root with a short name, since a socket's path must be short for bind()."""
    with tempfile.TemporaryDirectory(prefix="xcat-") as name:
        yield Path(name)


@pytest.fixture
def credentials(authority: Authority, tmp_path: Path) -> Path:
    """Folder of a user with good certificates."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "ca.pem").write_bytes(authority.pem)
    (folder / "client-cred.pem").write_bytes(authority.issue("alice"))
    return folder


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the installed commands."""
    folder: Path = tmp_path_factory.mktemp("bin")
    install.install(folder, ["nodels", "rpower", *PROGRAMS])
    return folder


@pytest.fixture
def client(commands: Path) -> Client:
    """Run an installed command with exactly this environment."""

    def run(*words: str | bytes, env: dict[str, str], **options: object) -> subprocess.CompletedProcess[bytes]:
        program, *rest = words
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            [commands / os.fsdecode(program), *rest], env=env, capture_output=True, timeout=30, **options
        )

    return run


@pytest.fixture
def powerless() -> Callable[[Path], AbstractContextManager[None]]:
    """Within `with powerless(path):` this process may not use that file, even when the tests run as root."""

    @contextmanager
    def without_rights(path: Path) -> Iterator[None]:
        path.chmod(0)
        privileged = os.geteuid() == 0
        if privileged:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            if privileged:
                os.seteuid(0)
            path.chmod(0o600)

    return without_rights
