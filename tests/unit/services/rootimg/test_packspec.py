"""What the daemon tells the program that packs."""

from __future__ import annotations

import json

from xcatd.model.secret import Secret
from xcatd.services.rootimg.packspec import PackSpec, pack_spec
from xcatd.services.rootimg.steps import Steps, step_of


def test_a_spec_arrives_as_it_was_and_shows_no_password() -> None:
    spec = PackSpec(
        "/i", "tar", "xz", ("./a",), ("./b",), Secret("$6$x"), "key", "UTC", ("/list",), {"A": "1"}, "/root"
    )
    assert pack_spec(json.loads(json.dumps(spec.told()))) == spec
    assert "$6$x" not in repr(spec)


def test_steps_are_said_now_and_then_and_are_no_text() -> None:
    said: list[str] = []
    steps = Steps(said.append)
    for done in range(1000):
        steps.reached(done, 1000)
    assert step_of(said[0]) == (0, 1000)
    assert len(said) < 100
    assert step_of("progress is slow") is None
