"""PDUs for these tests: real agents, each on a loopback address of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.claims import network
from tests.simulators.snmpd import Agent, ibm, snmpd


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """A PDU that answers; each test makes it what it needs."""
    with snmpd(f"{network()}.30.7", ibm(4), tmp_path_factory.mktemp("pdu")) as agent:
        yield agent


@pytest.fixture
def rack(running: Agent) -> Agent:
    """A PDU with four outlets, of which the last is on."""
    running.change(ibm(4))
    return running
