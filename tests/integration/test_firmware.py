"""Machines with UEFI and Kea, see firmwarecontract.py. With ISC's server: tests/lab/test_firmware.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.dhcpsite import Site
from tests.integration.firmwarecontract import FirmwareContract, firmware_site

pytestmark = pytest.mark.endurance


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with firmware_site("kea") as made:
        yield made


class TestKea(FirmwareContract):
    pass
