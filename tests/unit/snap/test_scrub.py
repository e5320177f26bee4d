"""Secrets out of texts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.snap.scrub import Scrubber, masked


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("say hunter22 twice: hunter22", "say xxxxxxxx twice: xxxxxxxx"),
        ('"quo""te"', '"xxxxxxxx"'),
        (json.dumps({"x": 'quo"te'}), '{"x": "xxxxxxxx"}'),
        (json.dumps({"x": "mötley"}), '{"x": "xxxxxxxx"}'),
        ("http://a/?p=m%C3%B6tley&q", "http://a/?p=xxxxxxxx&q"),
        ("hunter22too", "xxxxxxxx"),
        ("abc", "abc"),
    ],
)
def test_known_secrets_are_found_however_they_are_written(text: str, left: str) -> None:
    assert Scrubber(["hunter22", "hunter22too", 'quo"te', "mötley", "abc", ""]).clean(text) == left


def test_private_keys_are_taken_out_also_when_their_end_is_missing() -> None:
    kind = "EC PRIVATE KEY"  # not in one piece: no text in the tree looks like a key
    key = f"-----BEGIN {kind}-----\nMHcCAQ\n-----END {kind}-----"
    assert Scrubber().clean(f"a {key} b") == "a xxxxxxxx b"
    assert Scrubber().clean(f"a {key[:40]}") == "a xxxxxxxx"


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("chtab passwd.password=abc x", "chtab passwd.password=xxxxxxxx x"),
        ("run --token abc --fast", "run --token xxxxxxxx --fast"),
        ("cifs //host/share username=a,password=b 0 0", "cifs //host/share username=a,password=xxxxxxxx 0 0"),
        ('{"event": "chtab passwd.password=abc", "ms": 3}', '{"event": "chtab passwd.password=xxxxxxxx", "ms": 3}'),
        ('{"password": "abc", "args": ["community=x"]}', '{"password": "xxxxxxxx", "args": ["community=xxxxxxxx"]}'),
        ('{"event": "password=abc', '{"event": "password=xxxxxxxx'),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_values_of_words_that_name_a_secret(line: str, left: str) -> None:
    assert masked(line) == left


@given(st.lists(st.text(min_size=4, max_size=12), min_size=1, max_size=30), st.data())
def test_no_secret_is_left_of_any_text(secrets: list[str], data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.sampled_from(secrets) | st.text(max_size=5), max_size=10))
    left = Scrubber(secrets).clean("|".join(parts))
    found = [secret for secret in secrets if secret in left.replace("xxxxxxxx", "\0")]
    assert not found


def test_many_secrets_take_no_long_time() -> None:
    """A pattern of 20,000 words that is tried word by word would take minutes."""
    secrets = [f"secret-{number:06}-{number * 7919 % 100003:06}" for number in range(20_000)]
    text = "\n".join(f"node{number} says {secrets[number]}" for number in range(0, 20_000, 7))
    assert "secret-" not in Scrubber(secrets).clean(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Pg:dbname=xcatdb;host=mn1|xcatadm|geheim", "Pg:dbname=xcatdb;host=mn1|xcatadm|xxxxxxxx"),
        (
            "was mysql:dbname=x;host=mn1|xcatadmin|ge|heim before",
            "was mysql:dbname=x;host=mn1|xcatadmin|xxxxxxxx before",
        ),
        ("SQLite:/etc/xcat|a|b", "SQLite:/etc/xcat|a|b"),
        ("STATEMENT: ALTER ROLE x PASSWORD 'ge''heim' LOGIN", "STATEMENT: ALTER ROLE x PASSWORD 'xxxxxxxx' LOGIN"),
        ("create user x identified by 'geheim'", "create user x identified by 'xxxxxxxx'"),
        ("SET PASSWORD FOR x = PASSWORD('geheim", "SET PASSWORD FOR x = PASSWORD('xxxxxxxx'"),
        ("it's the passwordless 'case'", "it's the passwordless 'case'"),
    ],
)
def test_passwords_of_databases_that_nobody_knows_any_more(text: str, shown: str) -> None:
    assert Scrubber().clean(text) == shown
