"""Hashes that openssl makes too."""

from __future__ import annotations

import subprocess

import pytest

from xcatd.services.autoinst.crypt512 import salt_from, sha512crypt


@pytest.mark.parametrize("password", ["cluster", "a", "x" * 64, "x" * 200, "ü$'\"\\ €"])
@pytest.mark.parametrize("salt", ["abcdefgh", "0123456789abcdef", "./"])
def test_it_is_what_openssl_says(password: str, salt: str) -> None:
    words = ["openssl", "passwd", "-6", "-salt", salt, "-stdin"]
    done = subprocess.run(words, input=password, capture_output=True, text=True, check=True, timeout=20)
    assert sha512crypt(password, salt) == done.stdout.strip()


def test_a_salt_is_made_of_a_text() -> None:
    assert salt_from("a") == salt_from("a") != salt_from("b")
    assert len(salt_from("a")) == 16
