"""A thing before and after, in lines that people can read. Secrets are masked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from xcatd.policy.mask import MASK

Cells = Mapping[str, str | None]
"""Name -> text; None and the empty text are nothing."""
_NOTHING: Cells = {}


def difference(before: Cells | None, after: Cells | None, is_secret: Callable[[str], bool]) -> Iterator[str]:
    """Lines `-   name: text` and `+   name: text` for what differs; None is a thing that is not there."""
    for name, was, will_be in _changed(before, after):
        secret = is_secret(name)
        for sign, text in (("-", was), ("+", will_be)):
            if text:
                yield f"{sign}   {name}: {MASK if secret else _on_one_line(text)}"


def signed(before: Cells | None, after: Cells | None, is_secret: Callable[[str], bool]) -> dict[str, str]:
    """The same as attributes for JSON: `-name` and `+name`."""
    found: dict[str, str] = {}
    for name, was, will_be in _changed(before, after):
        for sign, text in (("-", was), ("+", will_be)):
            if text:
                found[sign + name] = MASK if is_secret(name) else text
    return found


def _changed(before: Cells | None, after: Cells | None) -> Iterator[tuple[str, str, str]]:
    old, new = before or _NOTHING, after or _NOTHING
    for name in dict.fromkeys((*old, *new)):
        was, will_be = old.get(name) or "", new.get(name) or ""
        if was != will_be:
            yield name, was, will_be


def _on_one_line(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n") if "\n" in text else text
