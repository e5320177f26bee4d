"""What xCAT 2.19 (Perl) took for the same, wall seconds, and how much faster this must be."""

from __future__ import annotations

from collections.abc import Mapping

_SIZES = ((1_000, "node"), (1_000, "group"), (10_000, "node"), (10_000, "group"))

_MEASURED: Mapping[str, tuple[float, float, float, float]] = {
    "tabdump site": (0.12, 0.12, 0.17, 0.11),
    "nodels": (0.22, 0.21, 1.07, 0.92),
    "nodels of a rack of 40": (0.14, 0.12, 0.30, 0.32),
    "nodels n1-nN": (0.20, 0.19, 0.99, 0.90),
    "nodels by a regex": (0.14, 0.12, 0.37, 0.41),
    "nodels nodehm.mgt==ipmi": (0.22, 0.25, 1.22, 1.49),
    "nodels all nodehm.mgt": (0.28, 0.28, 1.8, 1.25),
    "nodels all ipmi.bmc": (0.29, 0.43, 1.65, 3.0),
    "tabdump nodelist": (0.16, 0.18, 0.49, 0.36),
    "lsdef of one node": (0.25, 0.25, 0.60, 0.33),
    "lsdef -i mgt,bmc of all": (0.48, 0.62, 10.9, 12.7),
    "lsdef -l of all": (1.44, 1.67, 13.6, 16.8),
    "chdef of one attribute on all": (0.65, 0.66, 5.6, 5.6),
    "nodech on all": (0.36, 0.39, 3.0, 3.6),
}
_CREATING: Mapping[str, float] = {
    "mkdef of 1,000 nodes by stanza": 61.1,
    "mkdef of 1,000 nodes by noderange": 62.5,
    "nodeadd of 1,000 nodes": 2.3,
    "rmdef of 1,000 nodes": 2.3,
    "noderm of 1,000 nodes": 13.1,
}
"""Measured once, on a database with few other nodes."""
_DOCUMENTED: Mapping[str, float] = {"xcat-inventory export": 200.0, "xcat-inventory import into no nodes": 1065.0}
"""xcat-inventory's own figures for 10,000 nodes."""

_TIMES: Mapping[str, float] = {
    "nodels": 8, "nodels all nodehm.mgt": 8, "tabdump nodelist": 8, "lsdef -i mgt,bmc of all": 20, "lsdef -l of all": 20,
    "chdef of one attribute on all": 20,
}  # fmt: skip
"""At least so many times faster at 10,000 nodes."""
_AT_ANY_SIZE: Mapping[str, float] = {
    "mkdef of 1,000 nodes by stanza": 61 / 20,
    "mkdef of 1,000 nodes by noderange": 61 / 20,
    "noderm of 1,000 nodes": 13 / 20,
    "completion": 0.1,
}
_AT_10_000: Mapping[str, float] = {"xcat-inventory export": 3.0, "xcat-inventory import into no nodes": 8.0}
_AT_100_000: Mapping[str, float] = {
    "lsdef -l of all": 12.0,
    "lsdef -l of all, first line": 0.3,
    "lsdef of one node": 0.06,
    "lsdef of one node just after a write": 0.06,
}


def reference(what: str, nodes: int, shape: str) -> float | None:
    """Seconds that the reference took; None where it was not measured."""
    if what in _CREATING:
        return _CREATING[what]
    if what in _DOCUMENTED:
        return _DOCUMENTED[what] if nodes == 10_000 else None
    if what in _MEASURED and (nodes, shape) in _SIZES:
        return _MEASURED[what][_SIZES.index((nodes, shape))]
    return None


def aim(what: str, nodes: int, shape: str) -> float | None:
    """Seconds within which it must be done."""
    if nodes == 10_000 and what in _TIMES:
        found = reference(what, nodes, shape)
        return None if found is None else round(found / _TIMES[what], 3)
    by_size: Mapping[int, Mapping[str, float]] = {10_000: _AT_10_000, 100_000: _AT_100_000}
    return by_size.get(nodes, {}).get(what, _AT_ANY_SIZE.get(what))
