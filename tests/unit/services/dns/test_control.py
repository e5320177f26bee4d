"""Whether named runs, and why it does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.services.dns.test_setup import cluster
from xcatd.errors import ServiceError
from xcatd.services import programs
from xcatd.services.dns import control as module
from xcatd.services.dns.control import Process, control, program
from xcatd.services.dns.layout import Layout, layout_of


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = layout_of(tmp_path, cluster().snapshot)
    made.run.mkdir(parents=True)
    made.conf.parent.mkdir(parents=True)
    return made


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


@pytest.mark.parametrize("text", [None, "", "no number", "999999999\n", "this process"])
async def test_a_file_that_names_no_named_means_that_none_runs(text: str | None, layout: Layout) -> None:
    if text is not None:
        layout.pid_file.write_text(text.replace("this process", f"{os.getpid()}\n"))
    named = control(layout)
    assert isinstance(named, Process)
    assert not await named.is_running()
    await named.reload()  # nobody hears it, this test's own process least of all


@pytest.mark.parametrize(
    ("conf", "reason"),
    [
        ("options { nonsense; };\n", "{conf}:1: unknown option 'nonsense'"),
        (None, "open: {conf}: file not found"),
    ],
)
async def test_a_named_that_does_not_start_says_why(
    conf: str | None, reason: str, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PORT", 1)  # nobody has it
    if conf is not None:
        layout.conf.write_text(conf)
    with pytest.raises(ServiceError) as caught:
        await Process(layout).start()
    assert str(caught.value) == f"named does not start: {reason.format(conf=layout.conf)}"
