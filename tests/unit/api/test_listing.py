"""`--json` and `--dry-run`, which the dispatch gives to every command that lists or edits."""

from __future__ import annotations

import json

import pytest

from xcatd.api.listing import Listing


async def listed(count: int, size: int = 1) -> list[str]:
    """What is sent for so many items."""
    sent: list[str] = []

    async def say(text: str) -> None:
        sent.append(text)

    listing = Listing(say)
    for number in range(count):
        await listing.add("node", f"n{number}", {"usercomment": "ü" * size})
    await listing.close()
    return sent


@pytest.mark.parametrize("count", [0, 1, 2, 5])
async def test_any_number_of_items_is_an_array(count: int) -> None:
    read = json.loads("\n".join(await listed(count)))
    assert read == [{"type": "node", "name": f"n{n}", "attributes": {"usercomment": "ü"}} for n in range(count)]


async def test_items_are_lines_and_other_letters_stay_as_they_are() -> None:
    [text] = await listed(1)
    assert text.splitlines() == ["[", '{"type":"node","name":"n0","attributes":{"usercomment":"ü"}}', "]"]


async def test_for_old_clients_other_letters_are_escaped_and_so_are_bytes_that_are_no_letters_for_all() -> None:
    for plain, shown in ((True, '"a":"\\u00fc"'), (False, '"a":"ü"')):
        sent: list[str] = []

        async def say(text: str, sent: list[str] = sent) -> None:
            sent.append(text)

        listing = Listing(say, plain=plain)
        await listing.add("node", "n1", {"a": "ü"})
        await listing.add("node", "n2", {"a": "ü\udcff"})
        await listing.close()
        assert shown in sent[0]
        assert '"a":"\\u00fc\\udcff"' in sent[0]
        assert json.loads(sent[0].encode())[1]["attributes"]["a"] == "ü\udcff"


async def test_a_long_listing_is_sent_as_it_comes() -> None:
    sent = await listed(100, size=5000)
    assert len(sent) > 5
    assert len(json.loads("\n".join(sent))) == 100
