"""mysqlsetup with Debian's own MariaDB, on a host of its own: see contract.py, and what is MariaDB's own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.helpers.cluster import Daemon
from tests.helpers.moves import PASSWORD, command_lines, does_nothing, failed, see_no_password, setup, works
from tests.helpers.ownhost import OwnHost
from tests.integration.dbsetup.contract import Mover, MoverContract

PROGRAM = "mysqlsetup"
ROOT = "Wurzel'\"\\42"


def forget(host: OwnHost) -> None:
    users = sql(host, "SELECT host FROM mysql.user WHERE user = 'xcatadmin'").stdout.split()
    sql(host, "".join(f"DROP USER xcatadmin@'{each}'; " for each in users) + "DROP DATABASE IF EXISTS xcatdb")


def sql(host: OwnHost, statements: str) -> subprocess.CompletedProcess[str]:
    """Tell the server something, as its administrator."""
    return host.run("mariadb", "--batch", "--skip-column-names", stdin=statements)


def login(host: OwnHost, cert: Path, prefix: str = "", *words: str) -> subprocess.CompletedProcess[str]:
    """Log in as any program that speaks to MariaDB."""
    own = [f"--ssl-cert={cert}/{prefix}-cert.pem", f"--ssl-key={cert}/{prefix}-key.pem"] if prefix else []
    how = ["--no-defaults", "--host=127.0.0.1", "--user=xcatadmin", f"--ssl-ca={cert}/ca.pem", *own, *words]
    return host.run("mariadb", *how, "--execute=SELECT 1", "xcatdb")


def line(cert: Path, password: str) -> str:
    own = f";mysql_ssl_client_cert={cert}/server-cert.pem;mysql_ssl_client_key={cert}/server-key.pem"
    return (
        f"mysql:dbname=xcatdb;host=127.0.0.1;mysql_ssl=1;mysql_ssl_ca_file={cert}/ca.pem{'' if password else own}"
        f";mysql_ssl_verify_server_cert=1|xcatadmin|{password}\n"
    )


class TestMysqlSetup(MoverContract):
    mover = Mover(
        program=PROGRAM,
        engine="mysql",
        password="XCATMYSQLADMIN_PW",
        server="MariaDB",
        removal="root: mariadb-admin drop xcatdb",
        configuration="/etc/mysql",
        ignored="-L",
        stranger="Access denied",
        nobody="Access denied",
        line=line,
        login=login,
    )


def test_texts_are_compared_octet_by_octet(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i")
    assert "utf8mb4_nopad_bin" in sql(host, "USE xcatdb; SELECT @@collation_database").stdout


def test_the_passwords_are_seen_nowhere(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i", "-N")
    log = "/run/mysqld/general.log"
    quoted = ROOT.replace("\\", "\\\\").replace("'", "\\'")
    sql(host, f"ALTER USER root@localhost IDENTIFIED BY '{quoted}'")
    host.start(daemon)
    secret = {"XCATMYSQLADMIN_PW": PASSWORD, "XCATMYSQLROOT_PW": ROOT}
    try:
        assert "Access denied for user 'root'" in failed(host, daemon, PROGRAM, "-i", XCATMYSQLADMIN_PW=PASSWORD)
        options = host.path("/run/options")
        options.write_text('[client]\npassword="' + ROOT.replace("\\", "\\\\").replace('"', '\\"') + '"\n')
        on = f"SET GLOBAL general_log_file = '{log}'; SET GLOBAL general_log = 1"
        assert host.run("mariadb", "--defaults-extra-file=/run/options", stdin=on).returncode == 0
        with command_lines() as seen:
            said = setup(host, daemon, PROGRAM, "-i", "-V", **secret)
    finally:
        back = "SET GLOBAL general_log = 0; ALTER USER root@localhost IDENTIFIED VIA unix_socket"
        host.run("mariadb", "--defaults-extra-file=/run/options", stdin=back)

    works(daemon, "mysql")
    assert any("mariadb" in line for line in seen), "the program was seen"
    logs = host.path(log).read_text()
    assert "CREATE USER 'xcatadmin'@" in logs, "the server was told to log it"
    see_no_password(daemon, *seen, *said, logs)
    assert not [text for text in (*seen, *said, logs, daemon.log()) if ROOT in text]


def test_the_owner_needs_tls_and_the_server_is_known_by_its_certificate(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, PROGRAM, "-i", XCATMYSQLADMIN_PW=PASSWORD)
    cert = daemon.root / "etc/xcat/cert"
    account = f"--password={PASSWORD}"
    assert login(host, cert, "", "--ssl-verify-server-cert", account).returncode == 0
    assert "Access denied" in login(host, cert, "", "--skip-ssl", account).stderr
    assert "Access denied" in login(host, cert, "", "--password=other").stderr


def test_more_hosts_from_a_file(host: OwnHost, daemon: Daemon, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("# service nodes\nsn7\n192.0.2.7   # by address\n192.0.2.%\n")
    assert "move them with mysqlsetup -i first" in failed(host, daemon, PROGRAM, "-u", "-f", str(hosts))
    setup(host, daemon, PROGRAM, "-i")
    said = setup(host, daemon, PROGRAM, "-u", "-f", str(hosts))
    assert said[1:] == [f"users: made the user xcatadmin for {each}" for each in ("sn7", "192.0.2.7", "192.0.2.%")]
    assert does_nothing(host, daemon, PROGRAM, "-u", "-f", str(hosts))
    assert does_nothing(host, daemon, PROGRAM, "-i")

    hosts.write_text("x' OR 1\n")
    assert "is no host that may be let in" in failed(host, daemon, PROGRAM, "-u", "-f", str(hosts))


def test_with_certificates_a_host_needs_its_name(host: OwnHost, daemon: Daemon, tmp_path: Path) -> None:
    setup(host, daemon, PROGRAM, "-i", "--cert")
    hosts = tmp_path / "hosts"
    hosts.write_text("192.0.2.%\n")
    assert "write the name of the host" in failed(host, daemon, PROGRAM, "-u", "-f", str(hosts))
    hosts.write_text("sn7\n")
    setup(host, daemon, PROGRAM, "-u", "-f", str(hosts))
    assert "/CN=sn7" in sql(host, "SELECT x509_subject FROM mysql.user WHERE host = 'sn7'").stdout
