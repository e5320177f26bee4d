"""Outages of MariaDB, see outages.py."""

from __future__ import annotations

import pytest

from tests.helpers.databases import MariaServer
from tests.integration.outages import OutagesContract


class TestMariaDb(OutagesContract):
    @pytest.fixture
    def server(self, mariadb_server: MariaServer) -> MariaServer:
        return mariadb_server
