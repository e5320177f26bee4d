"""The tree of errors: what others rely on when they catch, count and send errors."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from xcatd import errors
from xcatd.errors import NodeError, XcatError

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, XcatError)]


def test_every_error_has_a_word_of_its_own_on_the_wire() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn = re.findall(r"^ {4}[| ]*(?:[|`]-- )?([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE)
    assert sorted(drawn) == sorted(kind.__name__ for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_is_a_sentence_and_fails_the_command(kind: type[XcatError]) -> None:
    error = kind("cn01 is away; try again")
    assert str(error) == "cn01 is away; try again"
    assert error.status != 0
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_trying_again_helps_against_what_passes() -> None:
    hopeful = {kind.__name__ for kind in KINDS if kind.try_again}
    passing = {"Unreachable", "Busy", "Moved", "TimedOut", "StandsBy", "Superseded"}
    assert hopeful == {"StoreError", "Away", "Conflict", "NoServiceNode", "PeerLost"} | passing


def test_errors_of_one_node_can_be_caught_together() -> None:
    of_a_node = {kind.__name__ for kind in KINDS if issubclass(kind, NodeError)}
    assert of_a_node == {
        "NodeError",
        "Unreachable",
        "BadCredentials",
        "Untrusted",
        "Unsupported",
        "Busy",
        "Moved",
        "TimedOut",
    }
