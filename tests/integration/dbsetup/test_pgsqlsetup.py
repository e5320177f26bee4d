"""pgsqlsetup with Debian's own PostgreSQL, on a host of its own: there and back, again, and what happens when it fails."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.helpers.alone import credentials, typed
from tests.helpers.cluster import Daemon, free_port, join, made
from tests.helpers.moves import (
    NOTHING,
    PASSWORD,
    callers_are_served,
    cfgloc,
    command_lines,
    does_nothing,
    failed,
    see_no_password,
    setup,
    what_was_written_is_kept,
    works,
)
from tests.helpers.ownhost import OwnHost

PROGRAM = "pgsqlsetup"
CONFIGURATION = "/etc/postgresql/15/main"


def forget(host: OwnHost) -> None:
    as_administrator(host, "dropdb", "--if-exists", "--force", "xcatdb")
    as_administrator(host, "dropuser", "--if-exists", "xcatadm")


def as_administrator(host: OwnHost, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return host.run("runuser", "-u", "postgres", "--", *words, stdin=stdin)


def contents(host: OwnHost) -> dict[str, bytes]:
    """The files of the server's configuration."""
    return {str(path): path.read_bytes() for path in host.path(CONFIGURATION).rglob("*") if path.is_file()}


def login(host: OwnHost, cert: Path, prefix: str) -> subprocess.CompletedProcess[str]:
    """Log in with a certificate, as any program that speaks to PostgreSQL."""
    words = f"host=127.0.0.1 dbname=xcatdb user=xcatadm sslmode=verify-full sslrootcert={cert}/ca.pem"
    own = f"sslcert={cert}/{prefix}-cert.pem sslkey={cert}/{prefix}-key.pem"
    return host.run("psql", "--no-psqlrc", "--no-password", "-c", "SELECT 1", f"{words} {own}")


def test_there_and_back_and_there(host: OwnHost, daemon: Daemon) -> None:
    said = setup(host, daemon, PROGRAM, "-i", XCATPGPW=PASSWORD)
    assert any(line.startswith("data: copied ") for line in said), said
    assert said[-2].startswith("data: xcatd does not run: start it")
    ca = daemon.root / "etc/xcat/cert/ca.pem"
    assert cfgloc(daemon).read_text() == (
        f"Pg:dbname=xcatdb;host=127.0.0.1;sslmode=verify-full;sslrootcert={ca}|xcatadm|{PASSWORD}\n"
    )
    assert cfgloc(daemon).stat().st_mode & 0o777 == 0o600
    host.start(daemon)
    works(daemon, "Pg")

    back = setup(host, daemon, "sqlitesetup", "-i")
    assert f"data: removed {cfgloc(daemon)}" in back
    assert not cfgloc(daemon).exists()
    assert typed(daemon, "gettab key=written site.value") == "yes\n", "written while it was in PostgreSQL"
    works(daemon, "SQLite")

    typed(daemon, "chtab key=written site.value=later")
    setup(host, daemon, PROGRAM, "-i")
    assert typed(daemon, "gettab key=written site.value") == "later\n"
    works(daemon, "Pg")


def test_again_nothing_is_done(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i")
    before = cfgloc(daemon).read_bytes(), contents(host)

    assert does_nothing(host, daemon, PROGRAM, "-i")

    assert (cfgloc(daemon).read_bytes(), contents(host)) == before


def test_a_running_daemon_takes_it_over_and_no_caller_is_refused(host: OwnHost, daemon: Daemon) -> None:
    host.start(daemon)

    with callers_are_served(daemon), what_was_written_is_kept(daemon):
        said = setup(host, daemon, PROGRAM, "-i")

    assert "data: xcatd works with xcatdb on 127.0.0.1" in said
    works(daemon, "Pg")


def test_a_daemon_that_missed_the_move_is_told_the_next_time(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i")
    kept = cfgloc(daemon).rename(cfgloc(daemon).with_name("kept"))
    host.start(daemon)
    kept.rename(cfgloc(daemon))

    assert "data: xcatd works with xcatdb on 127.0.0.1" in setup(host, daemon, PROGRAM, "-i")
    works(daemon, "Pg")


def test_a_successor_that_cannot_start_leaves_everything_as_it_was(host: OwnHost, daemon: Daemon) -> None:
    host.start(daemon)
    cred = daemon.root / "etc/xcat/cert/server-cred.pem"
    good = cred.read_bytes()
    cred.write_bytes(b"damaged")

    sentence = failed(host, daemon, PROGRAM, "-i", "--wait", "5")

    assert "xcatd did not take over with xcatdb on 127.0.0.1 within 5 s: see what it said in" in sentence
    assert f"{daemon.root}/etc/xcat/xcat.sqlite is still in use: then run pgsqlsetup -i again" in sentence
    assert not cfgloc(daemon).exists()
    works(daemon, "SQLite")

    cred.write_bytes(good)
    setup(host, daemon, PROGRAM, "-i")
    works(daemon, "Pg")


def test_rows_of_somebody_else_are_not_written_over(host: OwnHost, daemon: Daemon, tmp_path: Path) -> None:
    other = made(Daemon(tmp_path / "other", "mn1", "127.0.0.1", free_port()))
    setup(host, other, PROGRAM, "-i")

    sentence = failed(host, daemon, PROGRAM, "-i", XCATPGPW=PASSWORD)

    assert "The database xcatdb of PostgreSQL 15/main holds rows already (" in sentence
    assert "remove it as the user postgres: dropdb xcatdb; " in sentence
    assert not cfgloc(daemon).exists()
    assert does_nothing(host, other, PROGRAM, "-i"), "its password is what it was"
    host.start(daemon)
    works(daemon, "SQLite")


def test_a_server_without_room_leaves_the_old_database_in_use(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i", "-N")
    host.start(daemon)
    typed(daemon, "nodeadd big[0001-5000] groups=big")
    used = host.run("df", "--output=used", "-k", "/var/lib/postgresql").stdout.split()[-1]
    small = f"remount,size={int(used) + 400}k"
    assert host.run("mount", "-o", small, "/var/lib/postgresql").returncode == 0
    try:
        sentence = failed(host, daemon, PROGRAM, "-i")
    finally:
        host.run("mount", "-o", "remount,size=50%", "/var/lib/postgresql")

    assert "is still in use: then run pgsqlsetup -i again" in sentence
    assert not cfgloc(daemon).exists()
    typed(daemon, "noderm big")
    works(daemon, "SQLite")


def test_a_mistake_of_the_administrators_is_named(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i", "-N")
    hba = host.path(f"{CONFIGURATION}/pg_hba.conf")
    good = hba.read_text()
    hba.write_text(good + "host all all nonsense/99 trust\n")
    try:
        sentence = failed(host, daemon, PROGRAM, "-i", "-a", "192.0.2.99")
    finally:
        hba.write_text(good)

    assert "PostgreSQL 15/main does not take its configuration: pg_hba.conf line " in sentence


def test_the_password_is_seen_nowhere(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i", "-N")
    as_administrator(host, "psql", stdin="ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf();")
    host.start(daemon)
    try:
        with command_lines() as seen:
            said = setup(host, daemon, PROGRAM, "-i", "-V", XCATPGPW=PASSWORD)
    finally:
        as_administrator(host, "psql", stdin="ALTER SYSTEM RESET log_statement; SELECT pg_reload_conf();")

    works(daemon, "Pg")
    assert any("psql" in line for line in seen), "the program was seen"
    logs = "".join(path.read_text() for path in host.path("/var/log/postgresql").iterdir())
    assert "ALTER ROLE xcatadm PASSWORD" in logs, "the server was told to log it"
    see_no_password(daemon, *seen, *said, logs)


def test_the_old_tables_are_kept_as_text_for_root_alone(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i")

    (folder,) = (daemon.root / "var/tmp").iterdir()
    assert re.fullmatch(r"xcat-db-backup-\d{8}T\d{6}Z", folder.name)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "nodehm.csv").read_text().splitlines()[1].startswith('"n1",')
    assert (folder / "nodehm.csv").stat().st_mode & 0o777 == 0o600


def test_certificates_instead_of_a_password(host: OwnHost, daemon: Daemon) -> None:
    host.start(daemon)
    setup(host, daemon, PROGRAM, "-i", "--cert")
    cert = daemon.root / "etc/xcat/cert"
    assert cfgloc(daemon).read_text() == (
        f"Pg:dbname=xcatdb;host=127.0.0.1;sslmode=verify-full;sslrootcert={cert}/ca.pem"
        f";sslcert={cert}/server-cert.pem;sslkey={cert}/server-key.pem|xcatadm|\n"
    )
    works(daemon, "Pg")
    assert does_nothing(host, daemon, PROGRAM, "-i")

    assert login(host, cert, "server").returncode == 0
    stranger = credentials(daemon, "joe")
    assert "certificate authentication failed" in login(host, stranger, "client").stderr


def test_a_revoked_service_node_is_let_in_no_more(host: OwnHost, daemon: Daemon, tmp_path: Path) -> None:
    service = join(daemon, Daemon(tmp_path / "sn1", "sn1", "127.0.1.1", free_port("127.0.1.1"), master=daemon.host))
    host.start(daemon)
    typed(daemon, "nodeadd sn1 groups=service", "chtab node=service servicenode.nameserver=1")
    said = setup(host, daemon, PROGRAM, "-i", "--cert", "-a", "127.0.1.1")
    assert any(line.startswith("access rules: sn1 has no address yet") for line in said)
    assert said[-2].startswith("service nodes: copy ")
    assert said[-2].endswith(" to sn1; one without it goes on over its link, which works too")
    assert said[-1].startswith("service nodes: they cannot reach the server at 127.0.0.1: set site.master")
    cert = service.root / "etc/xcat/cert"
    assert login(host, cert, "server").returncode == 0

    assert daemon.xcatcert("revoke", "sn1").returncode == 0
    setup(host, daemon, PROGRAM, "-i")

    assert "certificate revoked" in login(host, cert, "server").stderr
    host.run("rm", f"{CONFIGURATION}/xcat-crl.pem", f"{CONFIGURATION}/conf.d/xcat.conf")


def test_hosts_that_are_added_stay(host: OwnHost, daemon: Daemon) -> None:
    assert "move them with pgsqlsetup -i first" in failed(host, daemon, PROGRAM, "-a", "192.0.2.7")
    setup(host, daemon, PROGRAM, "-i", "-a", "192.0.2.7")
    setup(host, daemon, PROGRAM, "-a", "192.0.2.8", "-a", "192.0.2.0/28")
    assert does_nothing(host, daemon, PROGRAM, "-i")

    rules = host.path(f"{CONFIGURATION}/pg_hba.conf").read_text()
    for network in ("192.0.2.7/32", "192.0.2.8/32", "192.0.2.0/28", "127.0.0.1/32"):
        assert f"hostssl  xcatdb  xcatadm  {network}  scram-sha-256" in rules


def test_where_it_listens_is_added_to_what_the_administrator_wrote(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i", "-N")
    said = setup(host, daemon, PROGRAM, "-i", "-N", "-l", "127.0.3.1")
    assert "access rules: restarted PostgreSQL 15/main" in said
    assert "127.0.3.1" in as_administrator(host, "psql", "-Atc", "SHOW listen_addresses").stdout
    assert as_administrator(host, "pg_isready", "-h", "127.0.3.1").returncode == 0
    *steps, data = setup(host, daemon, PROGRAM, "-i", "-N")
    assert all(line.endswith(NOTHING) for line in steps)
    assert data.endswith("(-N): pgsqlsetup -i moves it")


def test_what_does_nothing_says_so(host: OwnHost, daemon: Daemon) -> None:
    said = setup(host, daemon, PROGRAM, "-i", "-N", "-o", "-P")
    assert said[0].startswith("ODBC is not needed")
    assert said[1].startswith("-P and -L prepared the server for other products")
    assert not cfgloc(daemon).exists()


def test_a_cfgloc_of_xcat_2_becomes_one_with_verified_tls(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i", XCATPGPW=PASSWORD)
    secure = cfgloc(daemon).read_text()
    cfgloc(daemon).write_text(f"Pg:dbname=xcatdb;host=127.0.0.1|xcatadm|{PASSWORD}\n")
    host.start(daemon)

    said = setup(host, daemon, PROGRAM, "-i")

    assert cfgloc(daemon).read_text() == secure
    assert said[-1] == "data: xcatd works with xcatdb on 127.0.0.1"
    works(daemon, "Pg")
