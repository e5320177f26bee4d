"""What becomes of nodes whose service nodes could not have the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.errors import NodeError, Unreachable, UsageError
from xcatd.model import Batch, Ended, Failure, Reply, Verdict
from xcatd.remote.staging import Staged, batches, copy_of, folder_of, is_me
from xcatd.remote.syncing.sides import STAGED


class Heard:
    """A caller who hears everything."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    async def send(self, reply: Reply) -> None:
        self.replies.append(reply)


def test_the_folder_of_copies() -> None:
    assert [folder_of(text) for text in ("", "/data/sync/")] == [STAGED, "/data/sync"]
    for text in ("/", "/etc", "relative/folder", "/var/xcat/../..", "/var/x y"):
        with pytest.raises(UsageError, match="where no copies are kept"):
            folder_of(text)


def test_where_a_copy_is() -> None:
    assert copy_of("/etc/hosts", "/var/xcat/sync", Path("/")) == Path("/var/xcat/sync/etc/hosts")
    assert copy_of("/etc/hosts", "/var/xcat/sync", Path("/root1")) == Path("/root1/var/xcat/sync/etc/hosts")
    assert copy_of("/etc/hosts", "/root1/sync/x", Path("/root1")) == Path("/root1/sync/x/etc/hosts")


def test_a_daemon_is_known_by_its_short_name() -> None:
    assert [is_me(name, "sn1.cluster") for name in ("sn1", "sn1.cluster", "sn10", "mn")] == [True, True, False, False]


async def test_all_is_as_usual_when_all_have_them() -> None:
    heard = Heard()
    assert await batches(heard, ["n1"], Staged({}, {}), "mn") == ()
    assert heard.replies == []


async def test_who_is_left_of_a_pool_serves_its_nodes_and_the_others_end() -> None:
    heard = Heard()
    failed: dict[str, NodeError] = {"sn2": NodeError("its disk is full"), "sn1": Unreachable("nobody answers")}
    pools = {"n1": (), "n2": ("sn3",)}
    assert await batches(heard, ["n1", "n2", "n3"], Staged(failed, pools), "mn") == (
        Batch(("n2", "n3"), pools={"n2": ("sn3",)}),
    )
    said = "the files could not be brought to service node {}, so it is left out: {}"
    assert heard.replies == [
        Failure(said.format("sn1", "nobody answers"), code=1, source="mn", cause="unreachable"),
        Failure(said.format("sn2", "its disk is full"), code=1, source="mn", cause="node"),
        Ended("n1", Verdict.UNREACHABLE),
    ]
