"""`.treeinfo` of a medium (productmd's "Treeinfo file format"): an INI file about what is installed from it."""

from __future__ import annotations

import configparser
from collections.abc import Mapping

Treeinfo = Mapping[str, Mapping[str, str]]
"""Section -> key -> value."""


def read_treeinfo(text: str) -> Treeinfo:
    """Its sections; none for a text that is no INI file."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # names of files are keys
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}


def value(info: Treeinfo, *places: tuple[str, str]) -> str:
    """The first of these values (section, key) that there is, else ""."""
    return next(filter(None, (info.get(section, {}).get(key, "") for section, key in places)), "")
