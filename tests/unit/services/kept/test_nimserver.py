"""The NIM master.

AIX cannot run here. The stand-in knows the words that IBM's pages of nim_master_setup and lsnim name, and the line of /etc/niminfo
that says what a host is; it makes no NIM database, and nothing else of NIM is tested.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.objects.worlds import nodes
from tests.unit.services.places import place
from xcatd.errors import ServiceError
from xcatd.services.kept.nimserver import NimServer
from xcatd.services.managers.processes import Processes
from xcatd.services.place import Place
from xcatd.services.service import ON, Outcome, Work

SETUP = """#!/bin/sh
[ "$*" = "-a mk_resource=no" ] || { echo "usage"; exit 1; }
[ ! -e "{root}/broken" ] || { echo "0042-006 nim_master_setup: no fileset"; exit 1; }
[ ! -e "{root}/etc/niminfo" ] || { echo "done twice"; exit 1; }
printf 'export NIM_NAME=master\\nexport NIM_CONFIGURATION=%s\\n' "$(cat {root}/becomes)" >{root}/etc/niminfo
"""
LIST = """#!/bin/sh
[ "$*" = "-l master" ] && echo "master:"
"""


@pytest.fixture
def aix(tmp_path: Path) -> Place:
    """A host with the stand-in."""
    for folder in ("etc", "usr/sbin"):
        (tmp_path / folder).mkdir(parents=True)
    for name, text in (("nim_master_setup", SETUP), ("lsnim", LIST)):
        (tmp_path / "usr/sbin" / name).write_text(text.replace("{root}", str(tmp_path)))
        (tmp_path / "usr/sbin" / name).chmod(0o755)
    (tmp_path / "becomes").write_text("master")
    return place(tmp_path, nodelist=nodes(sn1="service"), servicenode=[{"node": "sn1", "nimserver": "1"}])


async def kept(found: Place, *, dry_run: bool = False) -> Outcome:
    async with Processes(found.root) as manager:
        return await NimServer().reconcile(found, NimServer().wanted(found), Work(manager, dry_run=dry_run))


async def test_the_master_is_set_up_once(aix: Place) -> None:
    assert NimServer().wanted(aix) == ON
    assert (await kept(aix, dry_run=True)).lines == ["nimserver: /usr/sbin/nim_master_setup -a mk_resource=no is run"]
    assert not (aix.root / "etc/niminfo").exists()
    assert (await kept(aix)).changed
    assert await kept(aix) == Outcome(False, [])


async def test_what_it_says_is_passed_on(aix: Place) -> None:
    (aix.root / "broken").touch()
    with pytest.raises(ServiceError, match="nim_master_setup -a mk_resource=no fails: 0042-006"):
        await kept(aix)


async def test_a_host_that_is_no_master_afterwards_is_named(aix: Place) -> None:
    (aix.root / "becomes").write_text("standalone")
    with pytest.raises(ServiceError, match="does not say that this host is a NIM master"):
        await kept(aix)


async def test_on_linux_it_is_said_where_it_exists(tmp_path: Path) -> None:
    outcome = await kept(
        place(tmp_path, nodelist=nodes(sn1="service"), servicenode=[{"node": "sn1", "nimserver": "1"}])
    )
    assert not outcome.changed
    (warning,) = outcome.warnings
    assert "NIM exists on AIX only: nothing is done here" in warning
