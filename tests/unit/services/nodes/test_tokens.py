"""Tokens are good once, for one node, for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xcatd.errors import Denied, ServiceError
from xcatd.services.nodes.tokens import Shown, Tokens

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02")


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "armed")


def test_a_token_is_good_once(tokens: Tokens) -> None:
    token = tokens.arm("n1", "node", NOW, HOUR, (), "")
    other = tokens.arm("n2", "sn", NOW, HOUR, (), "")
    assert [one.node for one in tokens.armed(NOW)] == ["n1", "n2"]
    assert tokens.use("n2", Shown(other.upper() + "\n"), NOW).role == "sn"
    assert tokens.use("n1", Shown(token), NOW + HOUR / 2).role == "node"
    with pytest.raises(Denied, match="n1 is not armed"):
        tokens.use("n1", Shown(token), NOW)
    assert not tokens.armed(NOW)


def test_it_is_kept_as_a_digest_for_root_only(tokens: Tokens, tmp_path: Path) -> None:
    token = tokens.arm("n/../1", "node", NOW, HOUR, MACS, "")
    (path,) = (tmp_path / "armed").iterdir()
    assert token not in path.read_text()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert tokens.armed(NOW)[0].node == "n/../1"


@pytest.mark.parametrize(
    ("shown", "late", "why"),
    [
        (Shown("wrong", MACS, "U"), timedelta(), "the token is not that of n1"),
        (Shown("", MACS[1:], "u-1"), HOUR, "the token of n1 was good until"),
        (Shown("", (), "u-1"), timedelta(), "none of the MAC addresses is one of n1"),
        (Shown("", ("02:00:00:00:00:03",), "u-1"), timedelta(), "none of the MAC addresses is one of n1"),
        (Shown("", MACS, "u-2"), timedelta(), "the UUID is not that of n1"),
    ],
)
def test_it_is_good_for_its_node_in_its_time(tokens: Tokens, shown: Shown, late: timedelta, why: str) -> None:
    token = tokens.arm("n1", "node", NOW, HOUR, MACS, "U-1")
    with pytest.raises(Denied, match=why):
        tokens.use("n1", Shown(shown.token or token, shown.macs, shown.uuid), NOW + late)
    seen = Shown(token, ("02-00-00-00-00-99", "02-00-00-00-00-02"), "u1")
    assert tokens.use("n1", seen, NOW).node == "n1"


def test_a_token_that_was_used_in_vain_is_given_back_but_not_over_a_newer_one(tokens: Tokens) -> None:
    token = tokens.arm("n1", "node", NOW, HOUR, MACS, "U-1")
    armed = tokens.use("n1", Shown(token, MACS, "u-1"), NOW)
    tokens.give_back(armed, token)
    assert tokens.use("n1", Shown(token, MACS, "u-1"), NOW) == armed
    newer = tokens.arm("n1", "node", NOW, HOUR, (), "")
    tokens.give_back(armed, token)
    with pytest.raises(Denied, match="not that of n1"):
        tokens.use("n1", Shown(token, MACS, "u-1"), NOW)
    assert tokens.use("n1", Shown(newer), NOW).node == "n1"


def test_a_file_that_cannot_be_read_says_what_to_do(tokens: Tokens, tmp_path: Path) -> None:
    tokens.arm("n1", "node", NOW, HOUR, (), "")
    (tmp_path / "armed/n1.armed").write_text("{}")
    with pytest.raises(ServiceError, match="arm the node again with nodetoken n1"):
        tokens.use("n1", Shown("x"), NOW)
    assert tokens.disarm("n1") and not tokens.disarm("n1")
