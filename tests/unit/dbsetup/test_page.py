"""The page on databases shows every option, and what the programs write."""

from __future__ import annotations

import re

from tests.helpers.cluster import SOURCE
from xcatd.dbsetup.job import DATABASE, OWNERS
from xcatd.dbsetup.main import USAGES
from xcatd.dbsetup.mariadb_steps import COLLATION
from xcatd.store.location import Engine

PAGE = (SOURCE / "docs/databases.md").read_text()


def test_every_option_is_on_the_page() -> None:
    options = {option for usage in USAGES.values() for option in re.findall(r"(?<![\w-])--?[A-Za-z]+", usage)}

    assert {"-i", "--init", "--cert", "--wait", "-L", "-f"} <= options
    assert {option for option in options if not re.search(rf"`{option}[` ]", PAGE)} == set()


def test_what_is_made_is_on_the_page() -> None:
    assert all(f"`{name}`" in PAGE for name in (DATABASE, COLLATION, OWNERS[Engine.POSTGRES]))
