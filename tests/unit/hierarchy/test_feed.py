"""What a feed makes of followers that do not behave. How tables go down is tested from below (test_remote.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.hierarchy.stairs import site, stairs, told, until
from tests.unit.hierarchy.wires import turns
from xcatd.errors import Malformed
from xcatd.hierarchy import Feed, feed
from xcatd.hierarchy.feed import DIGESTS
from xcatd.protocol.frames import Kind


async def test_who_does_not_say_what_it_lacks_gets_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(feed, "PATIENCE", 0.01)
    async with stairs(tmp_path) as made:
        store, old = made.below(made.feed)
        await store.arrived()
        made.cut(store, old)
        monkeypatch.setattr(store, "compare", _mute)
        new = made.connect(Feed(made.top, lambda: ""), store)
        await until(lambda: store.outage is None)
        assert len(told(new)) == len(list(made.top.snapshot)) + 1
        assert "sn1 does not say which tables it lacks, so it gets all" in caplog.text


async def _mute(*_: object) -> bytes:
    """An answer that names no table that there is."""
    await turns(100_000)
    return b'{"lacks": []}'


async def test_tables_that_there_are_not_are_not_sent(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        await site(made.top, "a", "1")
        store, old = made.below(made.feed)
        await store.arrived()
        made.cut(store, old)
        restarted = Feed(made.top, lambda: "")
        new = made.connect(restarted, store)
        await until(lambda: new.down in restarted._followers)
        restarted.lacks(new.down, b'{"lacks": ["nosuch", "site", "auditlog"]}')
        await until(lambda: store.outage is None)
        assert told(new) == ["site", "."]


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"lacks": 3}'])
async def test_what_is_no_list_of_tables_is_malformed(tmp_path: Path, text: bytes) -> None:
    async with stairs(tmp_path) as made:
        _, pair = made.below(made.feed)
        with pytest.raises(Malformed, match="What sn1 says of its tables cannot be read"):
            made.feed.lacks(pair.down, text)


async def test_a_list_that_nobody_asked_for_changes_nothing(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        store, pair = made.below(made.feed)
        await store.arrived()
        before = told(pair)
        made.feed.lacks(pair.down, b'{"lacks": ["site"]}')
        await site(made.top, "a", "1")
        await until(lambda: store.snapshot.site("a") == "1")
        assert told(pair) == [*before, "site", "."]
        assert [frame for frame in pair.mn.sent if (frame.kind, frame.stream) == (Kind.SNAPSHOT, DIGESTS)] == []
