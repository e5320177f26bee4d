"""Numbered scenarios: faults of hosts, networks, disks, clocks, certificates and databases while people work: docs/faults.md."""

from __future__ import annotations

import os

IS_FULL = os.environ.get("TEST_PROFILE") == "faults"
"""Whether all scenarios are played, as `make faults` does, or those that differ most."""
