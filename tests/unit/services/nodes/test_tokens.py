"""Tokens are good once, for one node, for a while."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xcatd.errors import Denied, ServiceError
from xcatd.services.nodes.tokens import Armed, Kind, Shown, Tokens

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02")


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "armed")


def armed(tokens: Tokens, node: str, macs: Sequence[str] = (), uuid: str = "", role: Kind = "node") -> str:
    """Arm one node for an hour from NOW; gives its token."""
    return tokens.arm([Armed(node, role, NOW + HOUR, tuple(macs), uuid)])[node]


def test_a_token_is_good_once(tokens: Tokens) -> None:
    made = tokens.arm([Armed("n1", "node", NOW + HOUR), Armed("n2", "sn", NOW + HOUR)])
    assert [one.node for one in tokens.armed(NOW)] == ["n1", "n2"]
    assert tokens.use("n2", Shown(made["n2"].upper() + "\n"), NOW).armed.role == "sn"
    assert tokens.use("n1", Shown(made["n1"]), NOW + HOUR / 2).armed.role == "node"
    with pytest.raises(Denied, match="n1 is not armed"):
        tokens.use("n1", Shown(made["n1"]), NOW)
    assert not tokens.armed(NOW)


def test_of_many_who_use_it_at_once_one_has_it(tokens: Tokens) -> None:
    token = armed(tokens, "n1")

    def use(_: int) -> bool:
        try:
            return bool(tokens.use("n1", Shown(token), NOW))
        except Denied:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(use, range(64))) == 1


def test_it_is_kept_as_a_digest_for_root_only(tokens: Tokens, tmp_path: Path) -> None:
    token = armed(tokens, "n/../1", MACS)
    (path,) = (tmp_path / "armed").iterdir()
    assert token not in path.read_text()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert tokens.armed(NOW)[0].node == "n/../1"


@pytest.mark.parametrize(
    ("shown", "late", "why"),
    [
        (Shown("wrong", MACS, "U"), timedelta(), "the token is not that of n1"),
        (Shown("\udcff\ud800", MACS, "U"), timedelta(), "the token is not that of n1"),
        (Shown("", MACS[1:], "u-1"), HOUR, "the token of n1 was good until"),
        (Shown("", (), "u-1"), timedelta(), "none of the MAC addresses is one of n1"),
        (Shown("", ("02:00:00:00:00:03",), "u-1"), timedelta(), "none of the MAC addresses is one of n1"),
        (Shown("", MACS, "u-2"), timedelta(), "the UUID is not that of n1"),
    ],
)
def test_it_is_good_for_its_node_in_its_time(tokens: Tokens, shown: Shown, late: timedelta, why: str) -> None:
    token = armed(tokens, "n1", MACS, "U-1")
    with pytest.raises(Denied, match=why):
        tokens.use("n1", Shown(shown.token or token, shown.macs, shown.uuid), NOW + late)
    seen = Shown(token, ("02-00-00-00-00-99", "02-00-00-00-00-02"), "u1")
    assert tokens.use("n1", seen, NOW).armed.node == "n1"


def test_a_token_that_was_used_in_vain_is_given_back_but_not_over_a_newer_one(tokens: Tokens) -> None:
    token = armed(tokens, "n1", MACS, "U-1")
    use = tokens.use("n1", Shown(token, MACS, "u-1"), NOW)
    tokens.give_back(use)
    again = tokens.use("n1", Shown(token, MACS, "u-1"), NOW)
    assert again.armed == use.armed
    newer = armed(tokens, "n1")
    tokens.give_back(again)
    with pytest.raises(Denied, match="not that of n1"):
        tokens.use("n1", Shown(token, MACS, "u-1"), NOW)
    assert tokens.use("n1", Shown(newer), NOW).armed.node == "n1"


def test_a_newer_token_that_was_used_up_does_not_bring_the_older_one_back(tokens: Tokens) -> None:
    use = tokens.use("n1", Shown(armed(tokens, "n1")), NOW)
    tokens.used_up(tokens.use("n1", Shown(armed(tokens, "n1")), NOW))
    tokens.give_back(use)
    assert not tokens.armed(NOW)


def test_one_that_was_disarmed_while_it_was_used_is_not_given_back(tokens: Tokens, tmp_path: Path) -> None:
    other = tokens.use("n1.c.net", Shown(armed(tokens, "n1.c.net")), NOW)
    use = tokens.use("n1", Shown(armed(tokens, "n1")), NOW)
    tokens.disarm({"n1", "n2"})
    tokens.give_back(use)
    tokens.give_back(other)
    assert [one.node for one in tokens.armed(NOW)] == ["n1.c.net"]
    tokens.used_up(tokens.use("n1.c.net", Shown(armed(tokens, "n1.c.net")), NOW))
    assert not list((tmp_path / "armed").iterdir())


def test_a_file_that_cannot_be_read_says_what_to_do(tokens: Tokens, tmp_path: Path) -> None:
    armed(tokens, "n1")
    (tmp_path / "armed/n1.armed").write_text("{}")
    with pytest.raises(ServiceError, match="arm the node again with nodetoken n1"):
        tokens.use("n1", Shown("x"), NOW)
    tokens.disarm({"n1"})
    assert not tokens.armed(NOW)
