"""How one caller's changes end."""

from __future__ import annotations

import pytest

from xcatd.errors import StoreError, UsageError
from xcatd.model import Origin
from xcatd.store.batch import Batch


def test_a_batch_that_is_done_raises_nothing() -> None:
    batch = Batch((), Origin("root"))
    assert not batch.is_settled
    batch.settle()
    batch.outcome()


def test_the_first_end_counts() -> None:
    batch = Batch((), Origin("root"))
    batch.settle(UsageError("wrong"))
    batch.settle()
    with pytest.raises(UsageError, match="wrong"):
        batch.outcome()


def test_batches_that_fail_together_have_an_error_each() -> None:
    error, batches = StoreError("locked"), [Batch((), Origin("root")), Batch((), Origin("admin"))]
    for batch in batches:
        batch.settle(error)
    assert len({id(batch.error) for batch in batches}) == 2
