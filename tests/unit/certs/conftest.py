"""An authority in a temporary folder, and openssl to judge it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from xcat_certs.authority import Authority
from xcat_certs.keys import make_request


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path / "xcat/ca", "xCAT CA alpha", "alpha")


@pytest.fixture
def request_of(tmp_path: Path) -> Callable[..., bytes]:
    """The request that the host `name` makes, with a key of its own."""

    def make(name: str, *addresses: str, kind: str = "ec") -> bytes:
        return make_request(tmp_path / "hosts" / name, name, addresses=addresses, kind=kind).read_bytes()  # type: ignore[arg-type]

    return make


@pytest.fixture
def openssl(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The openssl command line, run in the test's folder."""

    def run(*arguments: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(["openssl", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return run
