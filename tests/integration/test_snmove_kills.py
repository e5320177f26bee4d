"""The management node is killed in the middle of an `snmove`: the move is finished, or taken back, by one command.

What blocks a step lies outside of the daemon: a script of the site, a program on the node, a lock of the database.
"""

from __future__ import annotations

import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.bootsite import FILES, IMAGE, NODES, boots
from tests.helpers.media import lay
from tests.helpers.movesite import AT_SN1, AT_SN2, Site, gate, held, move_site
from tests.helpers.stage import Typed

SET: Final = (
    "nodech n1,n2 noderes.servicenode=sn1,sn2 noderes.xcatmaster=127.0.1.1 noderes.nfsserver=127.0.1.1 "
    "nodehm.conserver=sn1"
)
STEPS: Final = ("nodeset", "route", "script")
"""The gates of the steps, in their order."""


@dataclass(frozen=True)
class Seen:
    """What counts in the end: rows of tables, what a node boots, and what was last done on the nodes."""

    noderes: str
    nodehm: str
    boots: str
    routes: dict[str, str]
    scripts: dict[str, str]


@dataclass(frozen=True)
class Kills:
    """`first`: how it is before a move; `moved`: after one that nobody has disturbed; `back`: after that was taken back."""

    site: Site
    first: Seen
    moved: Seen
    back: Seen


def seen(site: Site) -> Seen:
    noderes, nodehm = (typed(site.mn, f"tabdump {name}") for name in ("noderes", "nodehm"))
    routes, scripts = (_last(site.folder / name) for name in ("routes", "scripts"))
    return Seen(noderes, nodehm, boots(site.mn, "n1"), routes, scripts)


def _last(path: Path) -> dict[str, str]:
    """The last line of each node."""
    lines = path.read_text().splitlines() if path.exists() else []
    return {Path(word).name: rest for word, _, rest in (line.partition(" ") for line in lines)}


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kills]:
    folder = tmp_path_factory.mktemp("kills")
    with move_site(folder) as site:
        lay(site.mn.root, FILES)
        script = site.mn.root / "install/prescripts/hold"
        lay(script.parent, {"hold": f"#!/bin/sh\n{gate(folder, 'nodeset')}\n"})
        script.chmod(0o755)
        site.script(f"{gate(folder, 'script')}\necho $NODE by $HOST >>{folder}/scripts")
        typed(
            site.mn,
            "chtab key=domain site.value=c.net",
            "chtab key=tftpdir site.value=/tftpboot",
            "nodech n1 noderes.netboot=xnba mac.mac=02:00:00:00:00:01 nodetype.arch=x86_64",
            SET,
            NODES[-1],
            "chtab node=xcatdefaults prescripts.begin=hold",
            f"nodeset n1 osimage={IMAGE}",
        )
        first = seen(site)
        typed(site.mn, "snmove n1,n2")
        moved = seen(site)
        typed(site.mn, "snmove --rollback 1")
        yield Kills(site, first, moved, seen(site))


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Nobody else writes to the database."""
    connection = sqlite3.connect(site.mn.root / "etc/xcat/xcat.sqlite", isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def kill(site: Site) -> None:
    """Of the management node nothing is left but what is on the disk."""
    site.mn.stop(signal.SIGKILL)


def start(site: Site) -> None:
    site.mn.start()
    site.cluster.linked()


def killed_at(site: Site, step: str, *words: str) -> None:
    """An snmove with these words comes to a step, and the daemon is killed."""
    with held(site, step) as waits, Typed(site.mn, "snmove", *words) as command:
        until(waits, f"the step {step}")
        kill(site)
        assert command.end()[0] != 0
    start(site)


def moves(site: Site) -> list[str]:
    """The lines of `snmove --list`, without the times."""
    return [re.sub(r", began .* by root", "", line) for line in typed(site.mn, "snmove --list").splitlines()]


def number_of(site: Site) -> str:
    """The newest move."""
    rows = typed(site.mn, "tabdump snmoves").splitlines()[1:]
    return max((row.split(",")[0].strip('"') for row in rows), key=int)


def there_is_one_open(site: Site, state: str, steps: int) -> None:
    """It is listed and in the log, and nothing else is done with its nodes."""
    number = number_of(site)
    assert moves(site)[0] == f"{number}: {state}, interrupted: n[1-2] from sn1 to sn2, {steps} of 3 steps done"
    told = f"snmove {number} of n[1-2] from sn1 to sn2 has not come to its end: finish it with snmove --resume {number}"
    assert site.mn.log().count(told) == 1
    done = site.snmove("n2", "-d", "sn1", "-i")
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        f"snmove {number} of n2 from sn1 to sn2 was interrupted: finish it with snmove --resume {number}" in done.stderr
    )


@pytest.fixture
def site(kills: Kills) -> Site:
    """Nodes are with sn1."""
    if kills.site.cells("n1") != AT_SN1:
        typed(kills.site.mn, SET, "nodeset n1 enact")
    return kills.site


@pytest.mark.parametrize(("step", "done"), [(step, place) for place, step in enumerate(STEPS)])
def test_a_move_that_is_killed_in_a_step_is_finished(kills: Kills, site: Site, step: str, done: int) -> None:
    killed_at(site, step, "n1,n2")
    assert (site.cells("n1"), site.cells("n2")) == (AT_SN2, AT_SN2)
    there_is_one_open(site, "moving", done)
    said = typed(site.mn, "snmove --resume")
    assert said.splitlines()[-2:] == [f"{n}: moved from sn1 to sn2 (127.0.1.2)" for n in ("n1", "n2")]
    assert seen(site) == kills.moved
    assert moves(site)[0].startswith(f"{number_of(site)}: done: ")


@pytest.mark.parametrize(("step", "done"), [(step, place) for place, step in enumerate(STEPS)])
def test_a_move_that_is_killed_in_a_step_is_taken_back(kills: Kills, site: Site, step: str, done: int) -> None:
    killed_at(site, step, "n1,n2")
    there_is_one_open(site, "moving", done)
    said = typed(site.mn, "snmove --rollback")
    assert said.splitlines()[-2:] == [f"{n}: moved back from sn2 to sn1" for n in ("n1", "n2")]
    assert (site.cells("n1"), site.cells("n2")) == (AT_SN1, AT_SN1)
    assert seen(site) == kills.back
    assert (kills.back.noderes, kills.back.nodehm) == (kills.first.noderes, kills.first.nodehm)
    assert site.snmove("--rollback", number_of(site)).stderr.endswith("has been taken back already\n")


def test_a_move_that_is_killed_before_its_change_of_the_tables_has_not_been(kills: Kills, site: Site) -> None:
    before, number = seen(site), number_of(site)
    with locked(site), Typed(site.mn, "snmove", "n1,n2") as command:
        while "Setting new values" not in command.line():
            pass
        kill(site)
        assert command.end()[0] != 0
    start(site)
    assert (seen(site), number_of(site)) == (before, number)
    assert "No snmove is open" in site.snmove("--resume").stderr
    typed(site.mn, "snmove n1,n2")
    assert seen(site) == kills.moved


def test_a_step_of_which_it_could_not_be_noted_that_it_is_done_is_done_again(kills: Kills, site: Site) -> None:
    with Typed(site.mn, "snmove", "n1,n2") as command:
        with held(site, "script") as waits:
            until(waits, "the script")
            lock = locked(site)
            lock.__enter__()
        until(lambda: _last(site.folder / "scripts") == kills.moved.scripts, "what the scripts have done")
        kill(site)
        assert command.end()[0] != 0
        lock.__exit__(None, None, None)
    start(site)
    there_is_one_open(site, "moving", 2)
    assert (
        typed(site.mn, "snmove --resume --dry-run")
        == "n1: then: updatenode -P syslog\nn2: then: updatenode -P syslog\n"
    )
    typed(site.mn, "snmove --resume")
    assert seen(site) == kills.moved


def test_a_way_back_that_is_killed_is_finished(kills: Kills, site: Site) -> None:
    typed(site.mn, "snmove n1,n2")
    killed_at(site, "route", "--rollback", number_of(site))
    assert (site.cells("n1"), site.cells("n2")) == (AT_SN1, AT_SN1)
    there_is_one_open(site, "returning", 1)
    assert "is being taken back already: finish that with snmove --resume" in site.snmove("--rollback").stderr
    typed(site.mn, "snmove --resume")
    assert seen(site) == kills.back
    assert moves(site)[0].startswith(f"{number_of(site)}: back: ")
