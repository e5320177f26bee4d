"""Every syntax of cfgloc, every bad one, and no secret in any sentence."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.errors import ConfigError
from xcatd.model import Secret
from xcatd.store.location import FILE, Engine, Location, Tls, Trust, parse_location

FOLDER = Path("/etc/xcat")
SECRET = "s3cret|with=odd;signs"


def parsed(line: str) -> Location:
    return parse_location(line, FOLDER)


def sentence(line: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parsed(line)
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("", f"/etc/xcat/{FILE}"),
        ("  \n", f"/etc/xcat/{FILE}"),
        ("SQLite:/var/lib/xcat", f"/var/lib/xcat/{FILE}"),
        ("SQLite:/var/lib/xcat/", f"/var/lib/xcat/{FILE}"),
        ("/var/lib/xcat", f"/var/lib/xcat/{FILE}"),
        ("SQLite:/srv/cluster.sqlite", "/srv/cluster.sqlite"),
        ("/srv/cluster.sqlite\n", "/srv/cluster.sqlite"),
    ],
)
def test_a_file(line: str, path: str) -> None:
    location = parsed(line)
    assert location == Location.of_file(Path(path))
    assert location.is_file
    assert location.named() == path
    assert parsed(location.line()) == location


@pytest.mark.parametrize(
    ("line", "location"),
    [
        (
            f"Pg:dbname=xcatdb;host=mn1|xcatadm|{SECRET}",
            Location(Engine.POSTGRES, database="xcatdb", host="mn1", user="xcatadm", password=Secret(SECRET)),
        ),
        (
            "Pg:dbname=x;host=10.0.0.1;port=5433|a|",
            Location(Engine.POSTGRES, database="x", host="10.0.0.1", port=5433, user="a"),
        ),
        ("Pg:database=x|a|b", Location(Engine.POSTGRES, database="x", user="a", password=Secret("b"))),
        ("Pg:db=x;host=/run/pg|a", Location(Engine.POSTGRES, database="x", socket="/run/pg", user="a")),
        (
            "Pg:dbname=x;host=h;sslmode=verify-full;sslrootcert=/ca.pem;sslcert=/c.pem;sslkey=/k.pem|a|",
            Location(
                Engine.POSTGRES,
                database="x",
                host="h",
                user="a",
                tls=Tls(Trust.VERIFY_FULL, "/ca.pem", "/c.pem", "/k.pem"),
            ),
        ),
        ("Pg:dbname=x;sslmode=allow|a|", Location(Engine.POSTGRES, database="x", user="a")),
        (
            f"mysql:dbname=xcatdb;host=mn1;port=3307|xcatadmin|{SECRET}",
            Location(Engine.MYSQL, database="xcatdb", host="mn1", port=3307, user="xcatadmin", password=Secret(SECRET)),
        ),
        ("mysql:dbname=x;mysql_socket=/s|a|", Location(Engine.MYSQL, database="x", socket="/s", user="a")),
        ("mysql:dbname=x;mysql_ssl=0|a|", Location(Engine.MYSQL, database="x", user="a", tls=Tls(Trust.DISABLE))),
        ("mysql:dbname=x;mysql_ssl=1|a|", Location(Engine.MYSQL, database="x", user="a", tls=Tls(Trust.REQUIRE))),
        (
            "mysql:dbname=x;mysql_ssl=1;mysql_ssl_ca_file=/ca|a|",
            Location(Engine.MYSQL, database="x", user="a", tls=Tls(Trust.VERIFY_CA, "/ca")),
        ),
        (
            "mysql:dbname=x;host=h;mysql_ssl=1;mysql_ssl_ca_file=/ca;mysql_ssl_client_cert=/c;mysql_ssl_client_key=/k;"
            "mysql_ssl_verify_server_cert=1|a|",
            Location(Engine.MYSQL, database="x", host="h", user="a", tls=Tls(Trust.VERIFY_FULL, "/ca", "/c", "/k")),
        ),
    ],
)
def test_a_server(line: str, location: Location) -> None:
    assert parsed(line) == location
    assert not location.is_file
    assert parsed(location.line()) == location


@pytest.mark.parametrize("trust", list(Trust))
def test_every_trust_of_postgresql_is_written_and_read(trust: Trust) -> None:
    location = Location(Engine.POSTGRES, database="x", host="h", user="a", tls=Tls(trust, "/ca"))
    assert parsed(location.line()) == location


@pytest.mark.parametrize(
    ("tls", "verifies"),
    [
        (Tls(), False),
        (Tls(Trust.DISABLE, "/ca"), False),
        (Tls(Trust.PREFER, "/ca"), False),
        (Tls(Trust.REQUIRE), False),
        (Tls(Trust.REQUIRE, "/ca"), True),
        (Tls(Trust.VERIFY_CA), True),
        (Tls(Trust.VERIFY_FULL), True),
    ],
)
def test_which_trust_looks_at_the_certificate(tls: Tls, verifies: bool) -> None:
    assert tls.verifies is verifies


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("SQLite:etc/xcat", "begins with /"),
        ("SQLite:", "begins with /"),
        ("etc/xcat", "begins with /"),
        ("CSV:/etc/xcat", "the kind CSV, which is not supported"),
        ("DB2:xcatdb|xcatdb|s3cret", "the kind DB2, which is not supported"),
        ("Oracle:dbname=x|u|s3cret", "it begins with SQLite:, Pg: or mysql:"),
        ("PG:dbname=x|u|s3cret", "it begins with SQLite:, Pg: or mysql:"),
        ("Pg:", "names no database"),
        ("Pg:host=h|u|s3cret", "names no database"),
        ("Pg:dbname=x;host=h", "names no user"),
        ("Pg:dbname=x||s3cret", "names no user"),
        ("Pg:xcatdb|u|s3cret", "between Pg: and the first | stand words like dbname=xcatdb"),
        ("mysql:dbname=x;ho st=h|u|s3cret", "between mysql: and the first |"),
        ("Pg:dbname=x;port=0|u|s3cret", "port=0 is no port number"),
        ("Pg:dbname=x;port=65536|u|s3cret", "port=65536 is no port number"),
        ("Pg:dbname=x;port=five|u|s3cret", "port=five is no port number"),
        ("Pg:dbname=x;port=²|u|s3cret", "is no port number"),
        ("Pg:dbname=x;sslmode=yes|u|s3cret", "sslmode=yes is none of disable, prefer, require, verify-ca, verify-full"),
    ],
)
def test_what_cannot_be_read_is_told_without_the_password(line: str, what: str) -> None:
    told = sentence(line)
    assert what in told
    assert "cfgloc" in told
    assert "s3cret" not in told


def test_no_secret_is_in_what_is_shown() -> None:
    location = parsed(f"Pg:dbname=xcatdb;host=mn1;port=5433|xcatadm|{SECRET}")
    for shown in (repr(location), str(location), location.named(), location.source(), location.shown(), f"{location}"):
        assert SECRET not in shown
        assert "s3cret" not in shown
    assert location.shown() == "Pg:dbname=xcatdb;host=mn1;port=5433|xcatadm"
    assert location.source() == "Pg:dbname=xcatdb;host=mn1;port=5433"
    assert location.line().endswith(f"|xcatadm|{SECRET}")


def test_no_secret_is_in_a_traceback_of_a_bad_line() -> None:
    line = f"Pg:dbname=x;port=five|u|{SECRET}"
    try:
        parsed(line)
    except ConfigError as error:
        assert SECRET not in "".join(traceback.format_exception(error))
        return
    raise AssertionError


@pytest.mark.parametrize(
    ("location", "name"),
    [
        (Location(Engine.POSTGRES, database="x", host="mn1"), "x on mn1"),
        (Location(Engine.POSTGRES, database="x", host="mn1", port=5433), "x on mn1 port 5433"),
        (Location(Engine.MYSQL, database="x", socket="/run/s"), "x on /run/s"),
        (Location(Engine.MYSQL, database="x"), "x on this host"),
    ],
)
def test_the_name_in_sentences(location: Location, name: str) -> None:
    assert location.named() == name


words = st.text(
    st.characters(blacklist_characters="|;\n\r", blacklist_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1
)
names = words.filter(lambda text: not text.startswith("/"))


@given(st.sampled_from([Engine.POSTGRES, Engine.MYSQL]), names, names, st.integers(0, 65535), words, words, words)
def test_what_is_written_is_read(
    engine: Engine, database: str, host: str, port: int, user: str, password: str, authority: str
) -> None:
    location = Location(
        engine,
        database=database,
        host=host,
        port=port,
        user=user,
        password=Secret(password + "|" + password),
        tls=Tls(Trust.VERIFY_CA, authority),
    )
    assert parsed(location.line()) == location


@given(st.text())
def test_any_line_is_read_or_refused_with_one_sentence(line: str) -> None:
    try:
        location = parsed(line)
    except ConfigError as error:
        assert "cfgloc" in str(error)
    else:
        assert parsed(location.line()) == location
