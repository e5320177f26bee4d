"""Times as people write and read them, in this host's time zone."""

from __future__ import annotations

import re
import time
from datetime import datetime

from xcatd.errors import UsageError

_AGO = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_OF_TODAY = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def moment(text: str) -> int:
    """Milliseconds since 1970. Raises UsageError.

    `14:00` is today's; ISO 8601 as in `2026-11-21 14:00`, which is local time unless it says otherwise; `10m` is ten minutes ago.
    """
    text = text.strip()
    if ago := _AGO.fullmatch(text):
        return int((time.time() - int(ago[1]) * _SECONDS[ago[2]]) * 1000)
    if _OF_TODAY.fullmatch(text):
        hour, _, rest = text.partition(":")
        text = f"{datetime.now():%Y-%m-%d} {hour:0>2}:{rest}"
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"{text!r} is no time; write it as 14:00, 2026-11-21, '2026-11-21 14:00', or 10m, 2h, 3d for so long ago"
        ) from None


def shown(ms: int) -> str:
    """`2026-11-21 14:00:03.250`"""
    return f"{datetime.fromtimestamp(ms // 1000):%Y-%m-%d %H:%M:%S}.{ms % 1000:03d}"
