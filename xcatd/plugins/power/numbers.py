"""Numbers in the site table."""

from __future__ import annotations

from xcatd.api import Ctx, UsageError


def site_number(ctx: Ctx, key: str) -> float | None:
    """The value of a site attribute, None when it is unset. Raises UsageError when it is not a number from 0 on."""
    text = ctx.site(key).strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise UsageError(
            f"site.{key} is {text!r}, which is no number from 0 on: correct it with chtab key={key} site.value=..."
        )
    return number
