"""The collectors, a file per kind of thing."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from xcatd.snap.collect import Collect, is_collector


def collectors() -> Iterator[Collect]:
    """All of them, in the order of their files."""
    for info in pkgutil.iter_modules(__path__, f"{__name__}."):
        yield from filter(is_collector, vars(importlib.import_module(info.name)).values())
