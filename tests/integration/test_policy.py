"""The policy table as users meet it: who may do what, from when on, and what the records say about it."""

from __future__ import annotations

import csv
import pwd
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.alone import alone, credentials, log_lines, run_as, run_with, typed, until
from tests.helpers.cluster import Daemon
from tests.helpers.conversation import conversation, request
from xcatd.store.schema import TABLES

DENIED = "Error: Permission denied for request\n"
NOBODY = pwd.getpwnam("nobody").pw_uid
STRANGER = 54321
"""A user id that this host has no name for."""


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """Below a folder that other users may enter, as they may on a real host."""
    with tempfile.TemporaryDirectory(prefix="xcatd-policy-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with alone(folder) as running:
            typed(
                running,
                "nodeadd n[1-4] groups=left,all nodehm.mgt=ipmi",
                "nodeadd n[5-8] groups=right,all nodehm.mgt=ipmi",
            )
            yield running


@pytest.fixture(scope="module")
def joe(daemon: Daemon) -> Path:
    return credentials(daemon, "joe")


@contextmanager
def rows(daemon: Daemon, *texts: str) -> Iterator[None]:
    """Rows of the policy table while the block runs, each as `priority column=value ...`."""
    priorities = [text.split()[0] for text in texts]
    typed(daemon, *(_row(*text.split()) for text in texts))
    try:
        yield
    finally:
        typed(daemon, *(f"chtab -d priority={priority} policy" for priority in priorities))


def _row(priority: str, *cells: str) -> str:
    return f"chtab priority={priority} {' '.join(f'policy.{cell}' for cell in cells)}"


def allowed(daemon: Daemon, who: Path, *words: str) -> bool:
    """Whether this user may run a command: it works, or is denied as it must be."""
    done = daemon.run(*words, tls=True, XCAT_CREDENTIALS=str(who))
    if done.returncode == 0:
        return True
    assert (done.stdout, done.stderr, done.returncode) == ("", DENIED, 1)
    return False


# -- rows ---------------------------------------------------------------------------------------------------------


def test_a_row_counts_from_the_moment_it_is_written(daemon: Daemon, joe: Path) -> None:
    assert not allowed(daemon, joe, "nodels")
    with rows(daemon, "5 name=joe commands=nodels rule=allow"):
        assert allowed(daemon, joe, "nodels")
        assert not allowed(daemon, joe, "tabdump", "site")
        typed(daemon, "chtab priority=5 policy.disable=1")
        assert not allowed(daemon, joe, "nodels")
    assert not allowed(daemon, joe, "nodels")


async def test_a_row_counts_on_a_connection_that_is_open_already(daemon: Daemon, joe: Path) -> None:
    async with conversation(daemon, joe) as talk:
        assert (await talk.ask(request("nodels", noderange="n1"))).error == DENIED.removeprefix("Error: ").strip()
        with rows(daemon, "5 name=joe rule=allow"):
            assert (await talk.ask(request("nodels", noderange="n1"))).nodes == ["n1"]
        assert (await talk.ask(request("nodels", noderange="n1"))).error.startswith("Permission denied")


def test_the_lowest_priority_that_fits_decides(daemon: Daemon, joe: Path) -> None:
    with rows(daemon, "9 name=joe commands=nodels rule=allow", "10 name=joe rule=deny"):
        assert allowed(daemon, joe, "nodels")
    with rows(daemon, "9 name=joe commands=nodels rule=deny", "10 name=joe rule=allow"):
        assert not allowed(daemon, joe, "nodels")
        assert allowed(daemon, joe, "lsxcatd", "-t")


@pytest.mark.parametrize("rule", ["rule=deny", "comments=no-rule-at-all"])
def test_what_does_not_allow_denies(daemon: Daemon, joe: Path, rule: str) -> None:
    with rows(daemon, f"5 name=joe commands=nodels {rule}", "6 name=joe rule=allow"):
        assert not allowed(daemon, joe, "nodels")


def test_a_rule_that_is_none_is_warned_about_and_denies(daemon: Daemon, joe: Path) -> None:
    with rows(daemon, "5 name=joe commands=nodels rule=deny", "6 name=joe rule=allow"):
        changed = daemon.run("chtab", "priority=5", "policy.rule=forbid")
        assert (changed.returncode, 'policy.rule of priority=5 is "forbid"' in changed.stderr) == (0, True)
        assert not allowed(daemon, joe, "nodels")


def test_a_star_is_anybody_with_a_name_and_an_empty_name_really_anybody(
    daemon: Daemon, joe: Path, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_bytes((daemon.credentials / "ca.pem").read_bytes())
    with rows(daemon, "5 name=* commands=nodels rule=allow"):
        assert allowed(daemon, joe, "nodels")
        assert not allowed(daemon, tmp_path, "nodels")
    with rows(daemon, "5 commands=nodels rule=allow"):
        assert allowed(daemon, tmp_path, "nodels")


def test_parameters_are_searched_for_a_pattern(daemon: Daemon, joe: Path) -> None:
    with rows(daemon, "5 name=joe commands=tabdump parameters=^(site|networks)$ rule=allow"):
        assert allowed(daemon, joe, "tabdump", "site")
        assert not allowed(daemon, joe, "tabdump", "passwd")
        assert not allowed(daemon, joe, "tabdump", "site", "-d")


def test_the_host_must_be_the_caller_s(daemon: Daemon, joe: Path) -> None:
    with rows(daemon, "5 name=joe host=localhost rule=allow"):
        assert allowed(daemon, joe, "nodels")
    with rows(daemon, "5 name=joe host=elsewhere rule=allow"):
        assert not allowed(daemon, joe, "nodels")


# -- nodes --------------------------------------------------------------------------------------------------------


def test_nodes_may_be_allowed_and_others_not(daemon: Daemon, joe: Path) -> None:
    with rows(daemon, "5 name=joe noderange=left rule=allow"):
        assert allowed(daemon, joe, "nodels", "n1-n4")
        assert not allowed(daemon, joe, "nodels", "n1-n5")
        assert not allowed(daemon, joe, "nodels", "right")
        assert not allowed(daemon, joe, "nodels"), "a request without nodes is about no row with nodes"


def test_two_rows_may_allow_the_nodes_together(daemon: Daemon, joe: Path) -> None:
    with rows(daemon, "5 name=joe noderange=left rule=allow", "6 name=joe noderange=n5-n8,-n8 rule=allow"):
        assert allowed(daemon, joe, "nodels", "n1-n7")
        assert not allowed(daemon, joe, "nodels", "all")


def test_one_forbidden_node_forbids_the_request(daemon: Daemon, joe: Path) -> None:
    with rows(daemon, "5 name=joe noderange=n3 rule=deny", "6 name=joe rule=allow"):
        assert not allowed(daemon, joe, "nodels", "all")
        assert allowed(daemon, joe, "nodels", "all,-n3")


def test_a_node_that_joins_a_group_comes_under_its_rows_at_once(daemon: Daemon, joe: Path) -> None:
    with rows(daemon, "5 name=joe noderange=fresh rule=allow"):
        assert not allowed(daemon, joe, "nodels", "n5")
        typed(daemon, "nodech n5 groups,=fresh")
        assert allowed(daemon, joe, "nodels", "n5")
        typed(daemon, "nodech n5 groups^=fresh")
        assert not allowed(daemon, joe, "nodels", "n5")


# -- time ---------------------------------------------------------------------------------------------------------


def hours(begin: timedelta, end: timedelta) -> str:
    """A window around now, which may run over midnight."""
    now = datetime.now()
    return f"{now + begin:%H:%M}-{now + end:%H:%M}"


def test_a_row_holds_in_its_hours_only(daemon: Daemon, joe: Path) -> None:
    now = hours(timedelta(hours=-6), timedelta(hours=6))
    with rows(daemon, f"5 name=joe time={now} rule=allow"):
        assert allowed(daemon, joe, "nodels")
    other = hours(timedelta(hours=6), timedelta(hours=-6))
    with rows(daemon, f"5 name=joe time={other} rule=allow"):
        assert not allowed(daemon, joe, "nodels")


def test_a_row_holds_on_its_days_only(daemon: Daemon, joe: Path) -> None:
    today = datetime.now()
    days = [f"{today + timedelta(days=offset):%a}" for offset in range(-1, 6)]
    with rows(daemon, f"5 name=joe time={days[0]}-{days[2]} rule=allow"):  # midnight may pass meanwhile
        assert allowed(daemon, joe, "nodels")
    with rows(daemon, f"5 name=joe time={days[3]}-{days[5]} rule=allow"):
        assert not allowed(daemon, joe, "nodels")


def test_a_denying_row_in_its_hours(daemon: Daemon, joe: Path) -> None:
    other = hours(timedelta(hours=6), timedelta(hours=-6))
    with rows(daemon, f"5 name=joe time={other} rule=deny", "6 name=joe rule=allow"):
        assert allowed(daemon, joe, "nodels")
    now = hours(timedelta(hours=-6), timedelta(hours=6))
    with rows(daemon, f"5 name=joe time={now} rule=deny", "6 name=joe rule=allow"):
        assert not allowed(daemon, joe, "nodels")


def test_a_time_that_cannot_be_read_allows_nothing(daemon: Daemon, joe: Path) -> None:
    with rows(daemon, "5 name=joe time=teatime rule=allow"):
        assert not allowed(daemon, joe, "nodels")


# -- callers on this host -----------------------------------------------------------------------------------------


def test_local_users_are_known_by_their_account(daemon: Daemon) -> None:
    assert typed(daemon, "nodels n1") == "n1\n"  # root
    done = run_as(daemon, NOBODY, "nodels", "n1")
    assert (done.stdout, done.stderr, done.returncode) == ("", DENIED, 1)
    with rows(daemon, "5 name=nobody commands=nodels rule=allow"):
        done = run_as(daemon, NOBODY, "nodels", "n1")
        assert (done.stdout, done.stderr, done.returncode) == ("n1\n", "", 0)
        assert run_as(daemon, NOBODY, "tabdump", "passwd").stderr == DENIED


def test_a_local_user_without_an_account_has_a_name_all_the_same(daemon: Daemon) -> None:
    with rows(daemon, f"5 name=uid{STRANGER} commands=nodels rule=allow"):
        assert run_as(daemon, STRANGER, "nodels", "n1").stdout == "n1\n"
    assert run_as(daemon, STRANGER, "nodels", "n1").stderr == DENIED


# -- records ------------------------------------------------------------------------------------------------------


def audit(daemon: Daemon) -> list[dict[str, str]]:
    """The rows of the auditlog table as `tabdump` shows them."""
    columns = TABLES["auditlog"].column_names
    lines = typed(daemon, "tabdump auditlog").splitlines()
    return [dict(zip(columns, row, strict=True)) for row in csv.reader(lines[1:])]


def record_of(daemon: Daemon, command: str, args: str) -> dict[str, str]:
    def find() -> dict[str, str] | None:
        return next((row for row in reversed(audit(daemon)) if (row["command"], row["args"]) == (command, args)), None)

    found: dict[str, str] = until(find, f"the record of {command} {args}")
    return found


def logged(daemon: Daemon, event: str, **facts: str) -> list[dict[str, Any]]:
    """The lines of the log about an event that have these facts."""
    return [line for line in log_lines(daemon, event) if facts.items() <= line.items()]


def test_each_decision_has_a_row_and_a_line_with_the_request_s_id(daemon: Daemon, joe: Path) -> None:
    typed(daemon, "nodels n1-n3 nodelist.groups")
    assert not allowed(daemon, joe, "nodels", "n2", "nodelist.status")
    yes = record_of(daemon, "nodels", "nodelist.groups")
    no = record_of(daemon, "nodels", "nodelist.status")
    columns = ("userid", "clientname", "clienttype", "noderange", "status")
    assert [yes[column] for column in columns] == ["root", "localhost", "cli", "n1-n3", "Allowed"]
    assert [no[column] for column in columns] == ["joe", "localhost", "cli", "n2", "Denied"]
    assert datetime.now() - datetime.fromisoformat(no["audittime"]) < timedelta(hours=1)
    [line] = until(lambda: logged(daemon, "audit", args="nodelist.status"), "the line of the decision")
    assert (line["caller"], line["noderange"], line["decision"]) == ("joe", "n2", "Denied")
    assert line["reason"] == "No row of the policy table allows joe to run nodels"
    [end] = until(lambda: logged(daemon, "request", request=line["request"]), "the line of the request")
    assert (end["command"], end["caller"], end["status"]) == ("nodels", "joe", 1)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("chdef -t node n1 bmcpassword=s3cr3t bmcusername=adm", "-t node n1 bmcpassword=xxxxxxxx bmcusername=adm"),
        (
            "tabch key=system passwd.username=root passwd.password=s3cr3t",
            "key=system passwd.username=root passwd.password=xxxxxxxx",
        ),
        ("nodech n1 ipmi.password=s3cr3t", "ipmi.password=xxxxxxxx"),
    ],
)
def test_secrets_are_masked_everywhere(daemon: Daemon, line: str, shown: str) -> None:
    typed(daemon, line)
    assert record_of(daemon, line.split()[0], shown)["status"] == "Allowed"
    assert "s3cr3t" not in daemon.log()
    assert "s3cr3t" not in typed(daemon, "tabdump auditlog")


def test_a_word_that_no_database_takes_does_not_stop_the_records(daemon: Daemon) -> None:
    assert run_with(daemon, (), "nodels", "n1", "nodelist.\udcff").returncode == 1
    typed(daemon, "nodels n4 nodelist.groups")
    assert record_of(daemon, "nodels", r"nodelist.\udcff")["status"] == "Allowed"


def test_the_site_table_says_what_leaves_no_row(daemon: Daemon) -> None:
    typed(daemon, "chtab key=auditskipcmds site.value=lsxcatd,clienttype:web", "lsxcatd -t", "nodels n1 nodelist.node")
    record_of(daemon, "nodels", "nodelist.node")
    assert [
        row for row in audit(daemon) if row["command"] == "lsxcatd" and row["args"] == "-t" and row["userid"] == "root"
    ] == []
    typed(daemon, "chtab -d key=auditskipcmds site")


def test_the_last_records_are_shown_alone(daemon: Daemon) -> None:
    typed(daemon, "nodels n8 nodelist.disable")
    record_of(daemon, "nodels", "nodelist.disable")
    assert len(typed(daemon, "tabdump -n 2 auditlog").splitlines()) == 3
