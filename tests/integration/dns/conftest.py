"""A management node whose name server does not run yet."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.dnssite import DnsSite, dns_site, furnish
from tests.helpers.namespaces import Namespace, cable, namespaces
from tests.integration.conftest import port_of


@pytest.fixture(scope="module")
def hosts() -> Iterator[tuple[Namespace, Namespace]]:
    with namespaces("mn", "sn") as (here, there):
        cable(here, there, "eth0")
        here.up("eth0", "10.0.0.1/16", "2001:db8::f/64")
        there.up("eth0", "10.0.0.11/16", "10.0.0.53/16")
        yield here, there


@pytest.fixture(scope="module")
def furnished(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a management node whose tables are filled, to be copied."""
    root = tmp_path_factory.mktemp("furnished") / "root"
    shutil.copytree(installed, root, symlinks=True)
    furnish(root)
    return root


@pytest.fixture
def place(hosts: tuple[Namespace, Namespace], furnished: Path, tmp_path: Path) -> Iterator[DnsSite]:
    with dns_site(furnished, tmp_path, port_of(furnished), hosts) as site:
        yield site
