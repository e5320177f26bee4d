"""The attributes of the site table are described."""

from __future__ import annotations

import pytest

from xcatd.store import SITE_ATTRIBUTES


@pytest.mark.parametrize(
    "name", ["master", "domain", "xcatdport", "SNsyncfiledir", "ipmidispatch", "hierarchicalattrs"]
)
def test_known_attributes(name: str) -> None:
    assert SITE_ATTRIBUTES[name]


def test_every_attribute_has_one_line_of_description() -> None:
    assert len(SITE_ATTRIBUTES) == 138 + 13, "those of xCAT, and our own"
    assert all(text and "\n" not in text for text in SITE_ATTRIBUTES.values())
