"""Endpoints for the simulators of these tests."""

from __future__ import annotations

from tests.simulators.bmcs import Bmc
from tests.simulators.responder import Responder
from xcatd.hardware import Endpoint
from xcatd.model import Secret


def endpoint_of(bmc: Bmc | Responder, user: str = "admin", password: str = "secret", kg: str = "") -> Endpoint:
    host, port = (bmc.host, bmc.port) if isinstance(bmc, Bmc) else bmc.place
    return Endpoint("cn01", host, user, Secret(password), port, Secret(kg))
