"""Names for nodes that do not exist yet, as `nodeadd` and `mkdef` take them."""

from __future__ import annotations

import pytest

from xcatd.errors import BadNoderange
from xcatd.noderange import names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cn1", "cn1"),
        ("b,a,b", "b a"),
        ("cn[01-03]", "cn01 cn02 cn03"),
        ("f[1-2]p[1,3]", "f1p1 f1p3 f2p1 f2p3"),
        ("n08-n11", "n08 n09 n10 n11"),
        ("n3:n1", "n1 n2 n3"),
        ("n9+2", "n9 n10 n11"),
        ("5,7-8", "node5 node7 node8"),
        ("[1-2]", "node1 node2"),
        ("n[1-5],-n[2-3]", "n1 n4 n5"),
        ("-n2,n[1-3]", "n1 n3"),
        ("n[3-1]@(n2,n3)", "n2 n3"),
        ("(n2,n1),n0", "n2 n1 n0"),
        ("r1-2", "r1-2"),
        ("web-a-1", "web-a-1"),
        ("r1-r[1-2]", "r1-r1 r1-r2"),
        ("cn1-ib0", "cn1-ib0"),
        ("'n1' , n2 ", "n1 n2"),
        ("", ""),
    ],
)
def test_the_text_alone_is_expanded_in_the_order_typed(text: str, expected: str) -> None:
    assert names(text) == tuple(expected.split())


def test_digits_take_prefix_and_suffix() -> None:
    assert names("05-06", prefix="cn", suffix="-ib") == ("cn05-ib", "cn06-ib")


@pytest.mark.parametrize("text", ["/n.*", "mgt==ipmi", "n=1", "n1,^/tmp/list", "n1,-(/n2)"])
def test_what_chooses_among_existing_nodes_is_refused(text: str) -> None:
    with pytest.raises(BadNoderange, match="chooses among nodes that exist: write the new names themselves"):
        names(text)


def test_a_file_holds_names_if_it_may_be_read() -> None:
    content = "n9 the last\n# no\n^more\n\nn[1-3]:x\n-n2\n"
    assert names("n0,^list,-n3", read_file={"list": content}.__getitem__) == ("n0", "n9", "n1")


def test_what_is_wrong_with_a_file_is_said() -> None:
    def content(path: str) -> str:
        if path == "none":
            raise FileNotFoundError("there is none")
        return "n1\nn[2\n" if path == "bad" else "/n1"

    with pytest.raises(BadNoderange, match="Cannot read 'none', check the name: there is none"):
        names("^none", read_file=content)
    with pytest.raises(BadNoderange, match="In bad, line 2: "):
        names("^bad", read_file=content)
    with pytest.raises(BadNoderange, match="'/n1' chooses among nodes that exist"):
        names("^regex", read_file=content)
