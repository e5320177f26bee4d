"""Which request this is all about: set where a request enters the hall, read by the log for each line until its last wire."""

from contextvars import ContextVar

current_request: ContextVar[str] = ContextVar("current_request", default="")
"""The id of the request that the running task works for; "" when it works for none."""
