"""Measurements against real daemons. Timing lives here, never in the tests."""
