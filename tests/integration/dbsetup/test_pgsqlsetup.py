"""pgsqlsetup with Debian's own PostgreSQL, on a host of its own: see contract.py, and what is PostgreSQL's own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.helpers.alone import typed
from tests.helpers.cluster import Daemon, free_port, join
from tests.helpers.moves import (
    NOTHING,
    PASSWORD,
    cfgloc,
    command_lines,
    does_nothing,
    failed,
    see_no_password,
    setup,
    works,
)
from tests.helpers.ownhost import OwnHost
from tests.integration.dbsetup.contract import Mover, MoverContract

PROGRAM = "pgsqlsetup"
CONFIGURATION = "/etc/postgresql/15/main"


def forget(host: OwnHost) -> None:
    as_administrator(host, "dropdb", "--if-exists", "--force", "xcatdb")
    as_administrator(host, "dropuser", "--if-exists", "xcatadm")


def as_administrator(host: OwnHost, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return host.run("runuser", "-u", "postgres", "--", *words, stdin=stdin)


def login(host: OwnHost, cert: Path, prefix: str) -> subprocess.CompletedProcess[str]:
    """Log in as any program that speaks to PostgreSQL; with the certificate of this prefix, if there is one."""
    words = f"host=127.0.0.1 dbname=xcatdb user=xcatadm sslmode=verify-full sslrootcert={cert}/ca.pem"
    own = f" sslcert={cert}/{prefix}-cert.pem sslkey={cert}/{prefix}-key.pem" if prefix else ""
    return host.run("psql", "--no-psqlrc", "--no-password", "-c", "SELECT 1", f"{words}{own}")


def line(cert: Path, password: str) -> str:
    own = "" if password else f";sslcert={cert}/server-cert.pem;sslkey={cert}/server-key.pem"
    where = f"dbname=xcatdb;host=127.0.0.1;sslmode=verify-full;sslrootcert={cert}/ca.pem{own}"
    return f"Pg:{where}|xcatadm|{password}\n"


class TestPgsqlSetup(MoverContract):
    mover = Mover(
        program=PROGRAM,
        engine="Pg",
        password="XCATPGPW",
        server="PostgreSQL 15/main",
        removal="the user postgres: dropdb xcatdb",
        configuration=CONFIGURATION,
        ignored="-P",
        stranger="certificate authentication failed",
        nobody="connection requires a valid client certificate",
        line=line,
        login=login,
    )


def test_a_daemon_that_missed_the_move_is_told_the_next_time(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i")
    kept = cfgloc(daemon).rename(cfgloc(daemon).with_name("kept"))
    host.start(daemon)
    kept.rename(cfgloc(daemon))

    assert "data: xcatd works with xcatdb on 127.0.0.1" in setup(host, daemon, PROGRAM, "-i")
    works(daemon, "Pg")


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


def test_a_cfgloc_of_xcat_2_becomes_one_with_verified_tls(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i", XCATPGPW=PASSWORD)
    secure = cfgloc(daemon).read_text()
    cfgloc(daemon).write_text(f"Pg:dbname=xcatdb;host=127.0.0.1|xcatadm|{PASSWORD}\n")
    host.start(daemon)

    said = setup(host, daemon, PROGRAM, "-i")

    assert cfgloc(daemon).read_text() == secure
    assert said[-1] == "data: xcatd works with xcatdb on 127.0.0.1"
    works(daemon, "Pg")
