"""What lines of synclists mean, and what is said of those that mean nothing."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.errors import ServiceError
from xcatd.remote.syncing.synclist import Clause, parse

LIST = Path("/install/custom/compute.synclist")
names = st.text(string.ascii_letters + string.digits + "._-$", min_size=1).map("/etc/{}".format)
sources = st.lists(names.filter(lambda name: ".." not in name), min_size=1, max_size=4)


def test_all_that_a_list_may_have() -> None:
    found = parse(
        LIST,
        "# the site's files\n\n"
        "/etc/common_hosts -> /etc/hosts\n"
        "  /tmp/a   /tmp/b ->  /tmp/etc   # two of them\n"
        "/etc/hosts -> (n1, n[2-3]) /etc/hosts\n"
        "EXECUTE:\n/tmp/a.post\n"
        "EXECUTEALWAYS:\n/tmp/always  # each time\n"
        "APPEND:\n/etc/more -> /etc/mysetup/setup\n"
        "MERGE:\n/etc/mine -> /etc/passwd\n\n",
    )
    assert [(each.sources, each.destination, each.noderange) for each in found.files] == [
        (("/etc/common_hosts",), "/etc/hosts", ""),
        (("/tmp/a", "/tmp/b"), "/tmp/etc", ""),
        (("/etc/hosts",), "/etc/hosts", "n1,n[2-3]"),
    ]
    assert [each.place.number for each in found.files] == [3, 4, 5]
    assert [each.path for each in (*found.after, *found.always)] == ["/tmp/a.post", "/tmp/always"]
    assert [each.destination for each in (*found.appended, *found.merged)] == ["/etc/mysetup/setup", "/etc/passwd"]


@pytest.mark.parametrize("text", ["", "\n\n", "# /a -> /b\n", "EXECUTE:\n"])
def test_a_list_without_a_line_is_an_error_in_the_old_words(text: str) -> None:
    with pytest.raises(ServiceError, match=f"^Found no lines to process in {LIST}.$"):
        parse(LIST, text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("/a", "it should be FILE ... -> FILE or FOLDER/, with blanks around the arrow"),
        ("/a->/b", "it should be FILE ... -> FILE"),
        ("/a -> /b -> /c", "it should be FILE ... -> FILE"),
        (" -> /b", "there is no file on the left of the arrow"),
        ("/a -> ", "one path stands on the right"),
        ("/a -> /b /c", "one path stands on the right"),
        ("/a -> (n1 /b", "it should be (NODERANGE) PATH"),
        ("/a -> () /b", "there is no node between the parentheses"),
        ("a -> /b", "the path on the left of the arrow is a, which does not begin with /"),
        ("/a -> b", "the path on the right of the arrow is b, which does not begin with /"),
        ("/a -> /b/../../etc", "write it without .."),
        ("EXECUTE: /a.post", "EXECUTE: stands alone"),
        ("EXECUTE:\n/a", "a script of EXECUTE is FILE.post"),
        ("EXECUTEALWAYS:\n/a now", "a script stands alone in its line"),
        ("APPEND:\n/a /b -> /c", "in APPEND it should be FILE -> FILE"),
        ("APPEND:\n/a -> /c/", "in APPEND it should be FILE -> FILE"),
        ("MERGE:\n/a* -> /etc/passwd", "in MERGE it should be FILE -> FILE"),
        ("MERGE:\n/a -> /etc/gshadow", "MERGE goes into /etc/passwd, /etc/shadow, /etc/group only"),
    ],
)
def test_a_line_that_means_nothing_is_named(text: str, sentence: str) -> None:
    with pytest.raises(ServiceError) as caught:
        parse(LIST, f"# first\n{text}\n")
    number = len(text.split("\n")) + 1
    assert str(caught.value).startswith(f"line {number} of {LIST}: ")
    assert sentence in str(caught.value)


@given(st.lists(st.tuples(sources, names, st.booleans()), min_size=1, max_size=5))
def test_what_is_written_is_read(lines: list[tuple[list[str], str, bool]]) -> None:
    text = "".join(f"{' '.join(left)} -> {'(all) ' if some else ''}{right}\n" for left, right, some in lines)
    if any(".." in right for _, right, _ in lines):
        return
    found = parse(LIST, text)
    read = [(list(each.sources), each.destination, each.noderange == "all") for each in found.files]
    assert read == lines


@given(st.text(max_size=200))
def test_any_text_is_a_list_or_one_sentence(text: str) -> None:
    try:
        found = parse(LIST, text)
    except ServiceError as error:
        assert "\n" not in str(error).replace(text, "")
    else:
        assert any((found.files, found.appended, found.merged, found.after, found.always))


def test_every_clause_is_known_by_its_whole_word() -> None:
    for clause in Clause:
        with pytest.raises(ServiceError, match="line 1 of"):
            parse(LIST, f"x{clause}\n/a -> /b\n")
