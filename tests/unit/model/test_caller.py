"""Who may speak for others."""

from __future__ import annotations

import pytest

from xcatd.model import Caller, Node, Role


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.MANAGEMENT, True),
        (Role.SERVICE, True),
        (Role.USER, False),
        (Role.NODE, False),
        (Role.ANONYMOUS, False),
    ],
)
def test_only_daemons_vouch_for_callers(role: Role, may: bool) -> None:
    assert Caller("root", role).may_vouch is may


def test_a_node_in_a_text_is_its_name() -> None:
    assert f"{Node('cn01')} is on" == "cn01 is on"
