"""A Redfish service of our own, certificates that verify, and controllers to reach it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.helpers.certificates import Certificates
from tests.simulators.badredfish import Service, serving
from tests.simulators.redfish import Emulator, emulator
from tests.unit.hardware.redfish.places import Site
from xcat_certs.layout import Credentials


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("redfish"), "bmcs")


@pytest.fixture(scope="session")
def credentials(certificates: Certificates) -> Credentials:
    return certificates.server("bmc7")


@pytest.fixture(scope="session")
def context(credentials: Credentials) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(credentials.certificate, credentials.key)
    return context


@pytest.fixture
async def service(context: ssl.SSLContext) -> AsyncIterator[Service]:
    async with serving(Service(), context) as service:
        yield service


@pytest.fixture
async def site(certificates: Certificates) -> AsyncIterator[Site]:
    async with Site(certificates.ca) as site:
        yield site


@pytest.fixture(scope="session")
def sushy(tmp_path_factory: pytest.TempPathFactory, credentials: Credentials) -> Iterator[Emulator]:
    """A hundred fake systems."""
    with emulator(100, tmp_path_factory.mktemp("sushy"), credentials) as started:
        yield started
