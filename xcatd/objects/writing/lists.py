"""Attributes whose text is a list: items are added to it and taken out."""

from __future__ import annotations

WHERE = "wherevals"


def delimiter_of(attribute: str) -> str:
    """What stands between the items of an attribute."""
    return "::" if attribute == WHERE else ","


def items(text: str, delimiter: str = ",") -> list[str]:
    """The items of a list, without empty ones."""
    return [item for item in map(str.strip, text.split(delimiter)) if item]


def with_items(text: str, given: str, delimiter: str = ",") -> str:
    """The list with more items at its end; those that it has are not repeated."""
    return delimiter.join(dict.fromkeys((*items(text, delimiter), *items(given, delimiter))))


def without_items(text: str, given: str, delimiter: str = ",") -> str:
    """The list without these items."""
    unwanted = items(given, delimiter)
    return delimiter.join(item for item in items(text, delimiter) if item not in unwanted)


def absent_items(text: str, given: str, delimiter: str = ",") -> list[str]:
    """Those of the given items that the list does not have."""
    there = items(text, delimiter)
    return [item for item in items(given, delimiter) if item not in there]
