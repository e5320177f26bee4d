"""`litefile`, `ilitefile`, `litetree` and `lslite`: what people see, in xCAT's form."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk

IMAGE = "rocky9.4-x86_64-statelite-compute"


@pytest.fixture
async def filled(desk: Desk) -> Desk:
    system = {"os": "rocky9.4", "arch": "x86_64", "profile": "compute"}
    await desk.fill(
        nodelist=[{"node": name, "groups": "all"} for name in ("n1", "n2", "n3")],
        noderes=[{"node": "all", "nfsserver": "nas"}],
        nodetype=[{"node": "n1", **system}, {"node": "n2", **system, "provmethod": "other"}],
        osimage=[{"imagename": IMAGE}, {"imagename": "other"}],
        litefile=[
            {"image": "ALL", "file": "/var/", "options": "persistent"},
            {"image": "ALL", "file": "/etc/ntp.conf"},
            {"image": IMAGE, "file": "/var/", "options": "tmpfs"},
        ],
        litetree=[
            {"priority": "2", "image": "ALL", "directory": "/all/$nodepos.rack"},
            {"priority": "1", "image": "", "directory": "$noderes.nfsserver:/trees/$node", "mntopts": "soft,vers=3"},
        ],
        statelite=[{"node": "all", "statemnt": "$noderes.nfsserver:/state", "mntopts": "soft"}],
    )
    return desk


async def test_what_a_node_has_of_its_own(filled: Desk) -> None:
    assert await filled.ok("litefile n1,n2") == (
        "n1: link          /etc/mtab\n"
        "n1: tmpfs,rw      /etc/ntp.conf\n"
        "n1: tmpfs         /var/\n"
        "n2: link          /etc/mtab\n"
        "n2: tmpfs,rw      /etc/ntp.conf\n"
        "n2: persistent    /var/\n"
    )


async def test_what_an_image_has(filled: Desk) -> None:
    assert await filled.ok(f"ilitefile {IMAGE}") == (
        f"{IMAGE}: link          /etc/mtab\n{IMAGE}: tmpfs,rw      /etc/ntp.conf\n{IMAGE}: tmpfs         /var/\n"
    )


async def test_where_a_node_looks(filled: Desk) -> None:
    assert await filled.ok("litetree n1") == "n1: nas:/trees/n1 :soft,vers=3\nn1: /all/UNDEFINED\n"


async def test_all_of_it(filled: Desk) -> None:
    files = "        link          /etc/mtab\n        tmpfs,rw      /etc/ntp.conf\n        tmpfs         /var/\n"
    assert await filled.ok("lslite n1") == (
        f">>>Node: n1\n\nOsimage: {IMAGE}\n\nPersistent directory (statelite table):\n        nas:/state\n\n"
        f"Litefiles (litefile table):\n{files}\n"
        "Litetree path (litetree table):\n        1, nas:/trees/n1 :soft,vers=3\n        2, /all/UNDEFINED\n\n"
    )
    assert "        nas:/state :soft\n" in await filled.ok("lslite -V n1")
    assert await filled.ok(f"lslite -i {IMAGE}") == files


@pytest.mark.parametrize("command", ["litefile", "litetree", "lslite"])
async def test_a_node_of_which_too_little_is_said_does_not_stop_the_others(filled: Desk, command: str) -> None:
    seen = await filled.type(f"{command} n1,n3")
    assert seen.status == 1 and "n1" in seen.stdout
    assert seen.stderr == "n3: [mn1]: Error: n3 does not have os, arch, or profile defined in nodetype table\n"


@pytest.mark.parametrize(
    "line, sentence",
    [
        ("litefile", "Usage: litefile <noderange>"),
        ("litetree", "Usage: litetree <noderange>"),
        ("ilitefile", "Usage: ilitefile <imagename>"),
        ("lslite", "Usage: lslite [-V] [-i image | noderange]"),
        ("lslite -i other n1", "Usage: lslite [-V] [-i image | noderange]"),
        ("lslite -i none", "The osimage named 'none' is not defined."),
    ],
)
async def test_words_that_make_no_sense(filled: Desk, line: str, sentence: str) -> None:
    seen = await filled.type(line)
    assert seen.status == 1
    assert sentence in seen.stderr


async def test_commands_in_the_table_are_not_run(filled: Desk) -> None:
    await filled.fill(litetree=[{"priority": "1", "directory": "/a/#CMD=hostname#"}])
    assert "are not run" in (await filled.type("litetree n1")).stderr
