"""Nodes that nodeset has armed: who may ask, until when, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xcatd.errors import ServiceError
from xcatd.services.nodes.invitations import Invitations
from xcatd.services.nodes.tokens import Armed, Kind

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def invitations(tmp_path: Path) -> Invitations:
    return Invitations.below(tmp_path)


def invite(invitations: Invitations, *nodes: str, role: Kind = "node", until: datetime = LATER) -> None:
    invitations.invite([Armed(node, role, until, ("02:00",), "u") for node in nodes], until, NOW)


def asks(invitations: Invitations, node: str, role: Kind = "node", now: datetime = NOW) -> bool:
    return invitations.of(node, role, now) is not None


def names(invitations: Invitations) -> list[str]:
    return [f"{one.node} {one.role}" for one in invitations.all(NOW)]


def test_a_node_may_ask_in_its_time_until_it_is_ended(invitations: Invitations) -> None:
    assert not asks(invitations, "n1")
    invite(invitations, "n1", "n10")
    found = invitations.of("n1", "node", NOW)
    assert found == Armed("n1", "node", LATER, ("02:00",), "u")
    assert not asks(invitations, "n1", now=LATER)
    assert not asks(invitations, "n")
    invitations.end(("n1",))
    assert not asks(invitations, "n1")
    assert asks(invitations, "n10")
    invite(invitations, "n1")
    assert asks(invitations, "n1")


def test_only_a_service_node_may_have_two_certificates(invitations: Invitations) -> None:
    invite(invitations, "n1")
    assert not asks(invitations, "n1", "sn")
    invite(invitations, "sn1", role="sn")
    assert names(invitations) == ["n1 node", "sn1 node", "sn1 sn"]
    asked: tuple[Kind, ...] = ("node",)
    invitations.end(("sn1",), asked)
    assert names(invitations) == ["n1 node", "sn1 sn"]


def test_the_newest_counts(invitations: Invitations) -> None:
    invite(invitations, "n1", "n2", role="sn")
    invite(invitations, "n1", until=NOW)
    assert names(invitations) == ["n2 node", "n2 sn"]


def test_what_is_over_is_removed(invitations: Invitations, tmp_path: Path) -> None:
    folder = tmp_path / "etc/xcat/armed"
    invite(invitations, "n1", "n2")
    invitations.end(("n1",))
    invite(invitations, "n3", until=NOW)
    assert len(list(folder.iterdir())) == 4
    invite(invitations, "n2", "n1")
    assert [path.suffix for path in folder.iterdir()] == [".invited"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert next(folder.iterdir()).stat().st_mode & 0o777 == 0o600


def test_strange_names_are_found(invitations: Invitations) -> None:
    invite(invitations, 'a"b', "a/b", "\\")
    assert all(asks(invitations, node) for node in ('a"b', "a/b", "\\"))
    invitations.end(("a/b",))
    assert names(invitations) == ["\\ node", 'a"b node']


@pytest.mark.parametrize("text", ["", "yesterday\n", "2026-01-01T02:00:00+00:00\n[x\n"])
def test_a_damaged_file_says_what_to_do(invitations: Invitations, tmp_path: Path, text: str) -> None:
    folder = tmp_path / "etc/xcat/armed"
    folder.mkdir(parents=True)
    (folder / "1.invited").write_text(text)
    with pytest.raises(ServiceError, match="remove it"):
        invitations.all(NOW)
