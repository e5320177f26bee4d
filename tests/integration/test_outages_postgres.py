"""Outages of PostgreSQL, see outages.py."""

from __future__ import annotations

import pytest

from tests.helpers.databases import PostgresServer
from tests.integration.outages import OutagesContract


class TestPostgres(OutagesContract):
    @pytest.fixture
    def server(self, postgres_server: PostgresServer) -> PostgresServer:
        return postgres_server
