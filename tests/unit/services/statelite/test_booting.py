"""What nodeset finds of statelite in the tables, and nodes that cannot boot so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.objects.worlds import Rows, world
from xcatd.errors import XcatError
from xcatd.services.boot.arguments import Site
from xcatd.services.boot.files import files_of
from xcatd.services.boot.ground import Ground
from xcatd.services.boot.machine import machines
from xcatd.services.boot.plan import Plan, Planner, wish_of
from xcatd.services.statelite.layout import TREES

IMAGE = {"imagename": "i", "provmethod": "statelite", "osvers": "rocky9.4", "osarch": "x86_64", "profile": "compute"}
STATE = {"node": "n1", "statemnt": "$noderes.nfsserver:/state", "mntopts": "soft"}
KEPT = [{"image": "ALL", "file": "/var/", "options": "persistent"}]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("kernel", "initrd-statelite.gz", "rootimg/.statelite/litefile.save"):
        path = tmp_path / "install/lite" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


def planned(root: Path, word: str = "osimage", **tables: Rows) -> Plan | XcatError:
    rows: dict[str, Rows] = {
        "nodelist": [{"node": "n1", "groups": "all"}],
        "noderes": [{"node": "n1", "netboot": "xnba", "nfsserver": "10.0.0.9"}],
        "mac": [{"node": "n1", "mac": "02:00:00:00:00:01"}],
        "nodetype": [{"node": "n1", "provmethod": "i"}],
        "osimage": [IMAGE],
        "linuximage": [{"imagename": "i", "rootimgdir": "/install/lite"}],
        **tables,
    }
    made = world(**rows)
    planner = Planner(made.snapshot, Site(), root, root / "tftpboot", wish_of(word, made.snapshot))
    return planner.plan(list(machines(made, ["n1"], lambda name: name)))["n1"]


def files(root: Path, plan: Plan | XcatError) -> dict[tuple[str, str], str]:
    assert isinstance(plan, Plan), plan
    return dict(files_of(plan, Ground(world(nodelist=[{"node": "n1"}]), "mn1", is_master=True, root=root), "80").texts)


def test_the_node_gets_its_list(root: Path) -> None:
    trees = [
        {"priority": "2", "directory": "/in/image"},
        {"priority": "1", "directory": "$noderes.nfsserver:/trees/$node", "mntopts": "soft,vers=3"},
    ]
    plan = planned(root, litetree=trees, statelite=[STATE], litefile=KEPT)
    assert isinstance(plan, Plan), plan
    assert files(root, plan)[TREES, "n1"] == "tree soft,vers=3 10.0.0.9:/trees/n1\ntree - /in/image\n"
    assert "LITETREE=http://10.0.0.9" not in plan.arguments
    assert "LITETREE=http://!myipfn!/tftpboot/xcat/statelite/n1" in plan.arguments
    assert "STATEMNT=10.0.0.9:/state MNTOPTS=soft" in plan.arguments


def test_without_trees_there_is_none(root: Path) -> None:
    plan = planned(root, statelite=[STATE])
    assert isinstance(plan, Plan), plan
    assert (TREES, "n1") not in files(root, plan)
    assert "LITETREE" not in plan.arguments


def test_it_goes_with_the_other_boot_files(root: Path) -> None:
    plan = planned(root, "offline")
    assert isinstance(plan, Plan), plan
    gone = files_of(plan, Ground(world(nodelist=[{"node": "n1"}]), "mn1", is_master=True, root=root), "80").gone
    assert (TREES, "n1") in gone


@pytest.mark.parametrize(
    "tables, sentence",
    [
        ({"litefile": KEPT}, "litefile has persistent files for its image, and table statelite no row for the node"),
        (
            {"statelite": [{"node": "n1", "statemnt": "$noderes.nfsdir:/state"}]},
            "statelite.statemnt has $noderes.nfsdir, which is not set: set it, or write the value itself",
        ),
        (
            {"litetree": [{"priority": "3", "directory": "nas:/t/$nodepos.rack"}]},
            "litetree.directory of priority 3 has $nodepos.rack, which is not set",
        ),
        ({"litetree": [{"priority": "3", "directory": "/t/#CMD=date#"}]}, "are not run"),
        ({"litetree": [{"priority": "3", "directory": "t"}]}, "write server:/folder, or /folder for one in the image"),
        ({"litetree": [{"priority": "3", "directory": "a:/t", "mntopts": "a b"}]}, "write it without blanks"),
        ({"statelite": [{"node": "n1", "statemnt": "/state"}]}, "write server:/folder, without blanks"),
        ({"statelite": [{"node": "n1", "statemnt": "a:/x init=/bin/sh"}]}, "write server:/folder, without blanks"),
        ({"statelite": [{"node": "n1", "statemnt": "a:/x", "mntopts": "rw init=/x"}]}, "without blanks"),
    ],
)
def test_a_node_that_could_not_boot_is_refused(root: Path, tables: dict[str, Rows], sentence: str) -> None:
    found = planned(root, "osimage", **tables)
    assert isinstance(found, XcatError)
    assert sentence in str(found)
