"""What named needs before it starts, and what starts it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.simulators.named import KEY
from tests.unit.services.dns.test_setup import cluster
from xcatd.errors import ServiceError
from xcatd.services import programs
from xcatd.services.dns import control as module
from xcatd.services.dns.control import Named, program, program_of
from xcatd.services.dns.layout import Layout, layout_of
from xcatd.services.dns.local import Local
from xcatd.services.managers import manager_of


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setattr(module, "PORT", 1)  # nobody has it
    return layout_of(tmp_path, cluster().snapshot)


def test_a_program_that_is_not_installed_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program("named-checkconf").endswith("/named-checkconf")
    monkeypatch.setattr(programs, "_SBIN", str(tmp_path))
    with pytest.raises(ServiceError) as caught:
        program("named")
    assert str(caught.value) == (
        "named is not installed: install the package bind9 with bind9-utils (Debian, Ubuntu) or bind with bind-utils (RHEL, SLES)"
    )


def test_named_has_an_account_of_its_own_on_a_whole_host_only(tmp_path: Path) -> None:
    (tmp_path / "etc/bind").mkdir(parents=True)
    here, there = (program_of(layout_of(root, cluster().snapshot, tmp_path)) for root in (Path("/"), tmp_path))
    assert here.words == ("named", "-g", "-c", "/etc/bind/named.conf", "-u", "bind")
    assert there.words == ("named", "-g", "-c", f"{tmp_path}/etc/bind/named.conf")
    assert (here.units, here.account) == (("named", "bind9"), "")


@pytest.mark.parametrize(
    ("conf", "reason"),
    [
        ("options { nonsense; };\n", "{conf} line 1 `options {{ nonsense; }};`: unknown option 'nonsense'"),
        (None, "open: {conf}: file not found"),
    ],
)
async def test_a_named_that_does_not_start_says_why(conf: str | None, reason: str, layout: Layout) -> None:
    if conf is not None:
        layout.conf.parent.mkdir(parents=True)
        layout.conf.write_text(conf)
    async with manager_of(layout.root) as manager:
        named = Named(layout, manager)
        with pytest.raises(ServiceError) as caught:
            await Local(layout, KEY, named).start()
        assert str(caught.value) == f"named does not start: {reason.format(conf=layout.conf)}"
        with pytest.raises(ServiceError) as caught:
            await named.start()
        assert not await named.is_running()
    assert str(caught.value).startswith("named does not start: it ended with status 1: ")
    assert layout.zones.stat().st_mode & 0o777 == 0o755
    assert layout.run.stat().st_uid == os.geteuid()
