"""JSON as an inventory: every value a text, and no name twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from xcatd.api import UsageError
from xcatd.plugins.inventory.document import Branch, Tree


def read_json(text: str) -> Tree:
    """The object in the text; numbers are taken as they are written. Raises UsageError that names the line or the name."""
    try:
        tree = json.loads(text, object_pairs_hook=_object, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        raise UsageError(f"line {error.lineno}: this is no JSON: {error.msg}") from error
    except RecursionError:
        raise UsageError("this is nested too deeply for an inventory") from None
    if not isinstance(tree, dict):
        raise UsageError('line 1: an inventory is an object of types ({"node": ...})')
    return tree


def _object(pairs: Sequence[tuple[str, Branch]]) -> dict[str, Branch]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise UsageError(f"{twice!r} is there twice in one object")
    return found
