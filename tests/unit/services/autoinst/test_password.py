"""Passwords come hashed, whatever the table has."""

from __future__ import annotations

import subprocess

import pytest

from tests.unit.services.autoinst.sites import HASH, at
from tests.unit.services.postscripts.sheets import site
from xcatd.errors import ServiceError
from xcatd.services.autoinst.password import hashed


def made(password: str, **rows: str) -> str:
    there = at(passwd=[{"key": "system", "username": "root", "password": password}], site=site(**rows))
    return hashed(there, "system", "root", or_locked=False)


@pytest.mark.parametrize("text", [HASH, "$1$abc$def", "$y$j9T$abc$def", "$2b$12$abc"])
def test_a_hash_stays(text: str) -> None:
    assert made(text) == text


@pytest.mark.parametrize("text", ["cluster", "$6$", "$HOME", "$9$a$b", "two words"])
def test_a_password_is_hashed_and_the_same_each_time(text: str) -> None:
    found = made(text)
    assert found == made(text) != made(text, domain="other")
    words = ["openssl", "passwd", "-6", "-salt", found.split("$")[2], "-stdin"]
    assert (
        found
        == subprocess.run(words, input=text, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    )


def test_root_is_locked_where_the_site_says_so() -> None:
    assert made(HASH, secureroot="1") == "*"


def test_a_missing_password_is_said() -> None:
    with pytest.raises(ServiceError, match="There is no password for root"):
        made("")
