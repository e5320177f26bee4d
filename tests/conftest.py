"""How thorough the generated tests are: `make check` looks quickly, `make test` and CI look well."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadline: a busy machine is not a fault of the code under test, and timing belongs to benchmarks/.
settings.register_profile("thorough", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("thorough"), max_examples=15)
settings.load_profile(os.environ.get("TEST_PROFILE", "thorough"))
