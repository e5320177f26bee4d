"""The one error of computed values: a rule that cannot be read or worked out."""

from __future__ import annotations

from typing import ClassVar

from xcatd.errors import XcatError


class BadRule(XcatError):
    """A `/A/B/` or `|A|B|` value is wrong. The value then counts as unset; `World.problem` shows the sentence."""

    code: ClassVar[str] = "bad-rule"
