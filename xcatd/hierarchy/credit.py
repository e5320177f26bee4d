"""How much may be under way on a link for one request."""

from __future__ import annotations

CREDIT = 32
"""Batches of replies that may be under way for one request."""
BATCH = 256
"""Replies in one batch at the most."""
BATCH_TEXT = 1 << 16
"""Characters after which a batch is full: replies may be long, and what is under way costs memory on both sides."""
