"""The parser itself, for whoever uses it without a reader before it."""

from __future__ import annotations

import pytest

from xcatd.errors import Malformed
from xcatd.protocol.limits import Limits
from xcatd.protocol.xml.tree import Tree, parse, render


def test_a_tree_is_written_and_read() -> None:
    tree: Tree = {"b": ["1", ""], "A": [{"y": [" "], "x": ["<&>"]}]}
    text = render("root", tree)
    assert text == ("<root>\n  <A>\n    <x>&lt;&amp;&gt;</x>\n    <y> </y>\n  </A>\n  <b>1</b>\n  <b></b>\n</root>\n")
    assert parse(text.encode(), Limits()) == tree
    assert render("root", {}) == "<root></root>\n"


@pytest.mark.parametrize(
    "declared", ["<!DOCTYPE r>", '<!DOCTYPE r SYSTEM "http://x/y">', '<!DOCTYPE r [<!ENTITY a "b">]>']
)
def test_a_document_type_is_refused_before_it_takes_effect(declared: str) -> None:
    with pytest.raises(Malformed, match="entity declarations are not accepted"):
        parse(f"{declared}<r>&a;</r>".encode(), Limits())
