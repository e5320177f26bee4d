"""What is typed after mkvm and chvm, and how addresses are made."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk
from xcatd.api import UsageError
from xcatd.plugins.vm.sizes import count_in, listed, memory_in, size_in

GIB = 1 << 30


@pytest.mark.parametrize(
    ("text", "size"),
    [("20", 20 * GIB), ("20G", 20 * GIB), ("20480M", 20 * GIB), ("20971520K", 20 * GIB), ("0.5", GIB // 2), ("1TB", 1024 * GIB)],
)  # fmt: skip
def test_sizes_of_disks(text: str, size: int) -> None:
    assert size_in(text, "G") == size


@pytest.mark.parametrize("text", ["", "0", "-1", "ten", "1P", "1e9", "10 20", "٣"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(UsageError, match="is no size: write a number of GB"):
        size_in(text, "G")


def test_memory_and_processors() -> None:
    assert [memory_in(text) for text in ("", "4096", "4G", "4194304K")] == [None, 4 * GIB, 4 * GIB, 4 * GIB]
    assert [count_in(text) for text in ("", "2")] == [None, 2]
    for wrong in ("0", "-1", "two", "99999"):
        with pytest.raises(UsageError, match="is no number of processors"):
            count_in(wrong)


def test_lists() -> None:
    assert listed(["1,2G", " 3 ", ","]) == ["1", "2G", "3"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mkvm n1 -s much", "'much' is no size"),
        ("mkvm n1 --mem 0", "'0' is no size"),
        ("mkvm n1 --cpus many", "'many' is no number"),
        ("chvm n1", "chvm: say what to change; see: chvm --help"),
        ("chvm n1 -a 1 -p vda", "Currently adding and purging concurrently is not supported"),
        ("chvm n1 --resize vda", "--resize takes <disk>=<size>, not 'vda'"),
        ("chvm n1 --resize vda=no", "'no' is no size"),
    ],
)
async def test_wrong_words_are_one_sentence_before_anything_is_done(desk: Desk, line: str, words: str) -> None:
    await desk.fill(nodelist=[{"node": "n1", "groups": "all"}])
    seen = await desk.type(line)
    assert (seen.stdout, seen.status) == ("", 1)
    assert seen.stderr.startswith("Error: ")
    assert words in seen.stderr
    assert len(seen.stderr.splitlines()) == 1
