"""Old names of attributes."""

from __future__ import annotations

import pytest

from tests.helpers.cluster import SOURCE
from xcatd.objects import TYPES
from xcatd.objects.aliases import OLD_NAMES, canonical


@pytest.mark.parametrize("kind", OLD_NAMES)
def test_an_old_name_is_none_today_and_stands_for_one_that_is(kind: str) -> None:
    for old, today in OLD_NAMES[kind].items():
        assert old not in TYPES[kind].names
        assert today in TYPES[kind].names


def test_names_of_today_stay() -> None:
    assert canonical("node", "serialnumber") == "serial"
    assert canonical("group", "setupftpt") == "setuptftp"
    assert canonical("node", "nicdevice.eth0") == "nicdevices.eth0"
    assert canonical("node", "nicips.eth0") == "nicips.eth0"
    assert canonical("node", "passwd.HMC") == "passwd.HMC"
    assert canonical("network", "desc") == "desc"
    assert canonical("site", "name") == "name"


@pytest.mark.parametrize("kind", OLD_NAMES)
def test_the_page_on_objects_names_every_old_name(kind: str) -> None:
    section = (SOURCE / "docs/objects.md").read_text().partition("## Old names")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    [row] = [row for row in rows if kind in row.split("|")[1].replace(",", " ").split()]
    words = row.replace(",", " ").replace(";", " ").replace(":", " ").split()
    assert {*OLD_NAMES[kind], *OLD_NAMES[kind].values()} <= set(words)
