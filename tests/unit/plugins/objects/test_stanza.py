"""Stanza files."""

from __future__ import annotations

import pytest

from xcatd.errors import UsageError
from xcatd.plugins.objects.stanza import Stanza, read_stanzas


def test_objects_with_their_types_and_attributes() -> None:
    text = "# made by hand\n\nn01:\n    objtype=node\n    groups = compute,all\n    usercomment=a = b: c\n\nnet1:\n  net=\n"
    assert read_stanzas(text) == [
        Stanza("n01", "node", {"groups": "compute,all", "usercomment": "a = b: c"}),
        Stanza("net1", "", {"net": ""}),
    ]


def test_defaults_are_for_the_objects_behind_them() -> None:
    text = """
        n0:
            objtype=node
        default-node:
            mgt=ipmi
        default:
            usercomment=x
        n1:
            objtype=node
            mgt=openbmc
        n2:
            objtype=node
        g1:
            objtype=group
    """
    assert read_stanzas(text) == [
        Stanza("n0", "node", {}),
        Stanza("n1", "node", {"usercomment": "x", "mgt": "openbmc"}),
        Stanza("n2", "node", {"usercomment": "x", "mgt": "ipmi"}),
        Stanza("g1", "group", {"usercomment": "x"}),
    ]


def test_values_in_quotes_and_a_stanza_in_two_parts() -> None:
    text = 'n1:\n  objtype=node\n  usercomment=" a b "\nn1:\n  objtype=node\n  os=x\nfd59::/64:\n  objtype=network\n'
    assert read_stanzas(text) == [
        Stanza("n1", "node", {"usercomment": "a b", "os": "x"}),
        Stanza("fd59::/64", "network", {}),
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("n1:\n  mgt", "Line 2 of the stanza file is neither a header (name:) nor attr=value: mgt"),
        ("n1:\n\n  =x", "Line 3 of the stanza file is neither a header (name:) nor attr=value: =x"),
        (":\n", "Line 1 of the stanza file has a colon and no name before it: :"),
        ("mgt=ipmi\n", "Line 1 of the stanza file stands before any header (name:): mgt=ipmi"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, error: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_stanzas(text)
    assert str(raised.value) == error
