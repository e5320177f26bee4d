"""The console server of a host, family by family."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from tests.unit.objects.worlds import nodes
from tests.unit.services.places import place
from xcatd.errors import ServiceError
from xcatd.services.conserver.credentials import is_given, make_credentials
from xcatd.services.conserver.edit import Edit
from xcatd.services.distribution import Family
from xcatd.services.kept.conserver import ConsoleServer
from xcatd.services.managers import manager_of
from xcatd.services.place import Place
from xcatd.services.service import ON, Work

OLD = "#xCAT BEGIN n1 CONS\nold\n#xCAT END n1 CONS\n#xCAT BEGIN gone CONS\nold\n#xCAT END gone CONS\n"


def host(root: str = "/", family: Family = Family.DEBIAN) -> Place:
    return place(
        Path(root),
        family=family,
        nodelist=nodes(sn1="service", n1="x", n2="x"),
        nodehm=[{"node": "x", "cons": "cyclades", "termserver": "ts", "termport": "1", "conserver": "sn1"}],
        servicenode=[{"node": "service", "conserver": "1"}],
        site=[{"key": "master", "value": "10.0.0.1"}],
    )


def now(path: Path) -> str:
    return "the authority\n" if path.name == "ca.pem" else OLD if path.name == "conserver.cf" else ""


def test_debian_runs_it_as_another_account() -> None:
    service = ConsoleServer()
    rendered = service.render(host(), "1", now)
    assert rendered.files[Path("/etc/conserver/xcat-ca.pem")].text == "the authority\n"
    text = rendered.files[Path("/etc/conserver/conserver.cf")].text or ""
    assert "sslcredentials /etc/conserver/xcat-cred.pem;" in text
    assert "server-cred.pem" not in text, "that key is this host's identity"
    assert service.program(host(), "1").account == "conservr"
    assert [str(port) for port in service.ports(host(), "1")] == ["TCP port 3109"]
    assert rendered.restarts


@pytest.mark.parametrize("family", [Family.REDHAT, Family.SUSE])
def test_elsewhere_it_is_root_and_has_the_hosts_own_certificate(family: Family) -> None:
    service = ConsoleServer()
    rendered = service.render(host(family=family), "1", now)
    assert sorted(map(str, rendered.files)) == ["/etc/conserver.cf", "/etc/logrotate.d/xcat-consoles"]
    text = rendered.files[Path("/etc/conserver.cf")].text or ""
    assert "sslcredentials /etc/xcat/cert/server-cred.pem;" in text
    assert [str(port) for port in service.ports(host(family=family), "1")] == ["TCP port 782"]


def test_who_is_trusted() -> None:
    text = ConsoleServer().render(host("/r"), "1", now).files[Path("/r/etc/conserver/conserver.cf")].text or ""
    assert [line.strip() for line in text.splitlines() if "trusted" in line] == [
        "trusted 127.0.0.1;",
        "trusted 10.0.0.2;",
        "trusted 10.0.0.1;",
    ]


@pytest.mark.parametrize(
    ("edit", "blocks"),
    [
        (Edit(), {"n1": "new", "n2": "new"}),
        (Edit(nodes=("n2",)), {"n1": "old", "gone": "old", "n2": "new"}),
        (Edit(nodes=("n1",), delete=True), {"gone": "old"}),
        (Edit(cleanup=True), {"n1": "old"}),
    ],
)
def test_what_a_run_changes(edit: Edit, blocks: dict[str, str]) -> None:
    text = ConsoleServer(edit).render(host("/r"), "1", now).files[Path("/r/etc/conserver/conserver.cf")].text or ""
    parts = [part.splitlines() for part in text.split("#xCAT BEGIN ")[1:]]
    assert {part[0].split()[0]: "old" if part[1] == "old" else "new" for part in parts} == blocks


def test_what_is_refused() -> None:
    with pytest.raises(ServiceError, match=r"servicenode\.conserver is 2, which is goconserver"):
        ConsoleServer().render(host(), "2", now)
    with pytest.raises(ServiceError, match=r"There is no /etc/xcat/cert/ca\.pem"):
        ConsoleServer().render(host(), "1", lambda path: "")


async def test_a_host_without_consoles_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "etc/xcat/cert").mkdir(parents=True)
    (tmp_path / "etc/xcat/cert/ca.pem").write_text("the authority\n")
    here = place(tmp_path, nodelist=nodes(sn1="service"), site=[{"key": "master", "value": "10.0.0.1"}])
    async with manager_of(tmp_path) as manager:
        outcome = await ConsoleServer().reconcile(here, ON, Work(manager))
    assert (outcome.idle, outcome.changed, outcome.lines) == (True, False, ())
    assert outcome.warnings[0].startswith(
        "No node has its console here (nodehm.cons, nodehm.conserver), and without one"
    )
    assert not (tmp_path / "etc/conserver").exists()


def test_credentials_are_made_once_for_an_account(tmp_path: Path) -> None:
    path, account = tmp_path / "cred.pem", "nobody"
    assert not is_given(path, account)
    make_credentials(path, "sn1", account)
    text = path.read_text()
    assert is_given(path, account)
    assert path.stat().st_mode & 0o7777 == 0o600
    assert path.stat().st_uid == pwd.getpwnam(account).pw_uid
    assert "PRIVATE KEY" in text
    os.chown(path, 0, 0)
    assert not is_given(path, account)
    make_credentials(path, "sn1", account)
    assert path.read_text() == text
    with pytest.raises(ServiceError, match="There is no account no-such-account"):
        make_credentials(path, "sn1", "no-such-account")
