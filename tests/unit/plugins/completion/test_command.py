"""`xcatcomplete`: half a line goes in, what may follow comes out."""

from __future__ import annotations

import shlex

import pytest

from tests.helpers.run import Desk
from xcatd.plugins.completion.candidates import MOST


async def after(desk: Desk, line: str, user: str = "root") -> list[str]:
    seen = await desk.type(f"xcatcomplete --line {shlex.quote(line)}", user=user)
    assert (seen.stderr, seen.status) == ("", 0)
    return seen.stdout.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("xcat nodel", ["nodelog", "nodels"]),
        ("/opt/xcatd/bin/xcat nodel", ["nodelog", "nodels"]),
        ("nodels ", ["all", "rack0", "rack1", "n01", "n02", "n03", "n04"]),
        ("/opt/xcatd/bin/nodels n03", ["n03"]),
        ("xcat nodels n03", ["n03"]),
        ("nodels all,-ra", ["all,-rack0", "all,-rack1"]),
        ("nodels n01-n04@rack0,n04", ["n01-n04@rack0,n04"]),
        ("nodels n01-n04", ["n01-n04"]),
        ("nodels n01:n0", ["n01:n01", "n01:n02", "n01:n03", "n01:n04"]),
        ("nodels n[1-", []),
        ("nodels /n", []),
        ("nodels zz", []),
        ("nodels n01 nodepo", ["nodepos."]),
        ("nodels n01 nodepos.ra", ["nodepos.rack"]),
        ("nodels n01 site.k", []),
        ("nodech n01 nodepos.ra", ["nodepos.rack="]),
        ("nodegrpch rack0,ra", ["rack0,rack0", "rack0,rack1"]),
        ("gettab ke", ["key="]),
        ("gettab key=domain site.va", ["site.value"]),
        ("tabdump networ", ["networks"]),
        ("tabdump -w imagen", ["imagename=="]),
        ("tabdump -f x", [":files"]),
        ("lsdef -t osi", ["osimage"]),
        ("lsdef -t osimage s", ["sles15"]),
        ("lsdef -t osimage rhels9,s", ["rhels9,sles15"]),
        ("imgexport s", ["sles15"]),
        ("lsdef -t group ra", ["rack0", "rack1"]),
        ("lsdef -t site ", ["clustersite"]),
        ("lsdef -t nosuch ", []),
        ("lsdef -t osimage -i osna", ["osname"]),
        ("lsdef -t nosuch -i osna", []),
        ("chdef n01 nodetyp", ["nodetype="]),
        ("lsdef -w nodetyp", ["nodetype=="]),
        ("lsdef --stan", ["--stanza"]),
        ("chdef -t site doma", ["domain="]),
        ("tabedit networ", ["networks"]),
        ("tabedit --", ["--help"]),
        ("xcat xco", ["xcoll"]),
        ("wcons --t", ["--tile="]),
        ("wcons -t 2 n03", ["n03"]),
        ("tcons -d all,-ra", ["all,-rack0", "all,-rack1"]),
        ("wkill n03", ["n03"]),
        ("xcoll -", ["-c", "-i", "-n"]),
        ("tabrestore x", [":files"]),
        ("xcathist rest", ["restore"]),
        ("xcathist restore networ", ["networks"]),
        ("xcat-inventory export -t osi", ["osimage"]),
        ("xcat-inventory export -t osimage -o s", ["sles15"]),
        ("xcat-inventory export -x networ", ["network"]),
        ("xcat-inventory diff --from x", [":files"]),
        ("tabdump -n ", []),
        ("nosuch x", []),
        ("", None),
    ],
)
async def test_what_may_follow(desk: Desk, line: str, words: list[str] | None) -> None:
    of_client = {"tabedit", "tcons", "wcons", "wkill", "xcoll", "xdshbak"}
    expected = words if words is not None else sorted({*desk.hall.registry.names(), *of_client})
    found = await after(desk, line)
    assert [word.removesuffix("=") for word in found] == [word.removesuffix("=") for word in expected]
    assert set(found) <= {*expected, *(f"{word}=" for word in expected)}


async def test_a_shell_that_knows_the_words_gives_them(desk: Desk) -> None:
    assert await desk.ok("xcatcomplete -- lsdef -t osi") == "osimage\n"
    assert await desk.ok("xcatcomplete -- lsdef -t osimage ''") == "rhels9\nsles15\n"
    assert "nodels\n" in await desk.ok("xcatcomplete")


async def test_a_crowd_is_cut_but_what_its_names_have_in_common_is_told_right(desk: Desk) -> None:
    await desk.fill(nodelist=[{"node": f"crowd{number:04}", "groups": "crowd"} for number in range(1500)])
    found = await after(desk, "nodels crowd")
    assert len(found) == MOST
    assert (found[0], found[1], found[-1]) == ("crowd", "crowd0000", "crowd1499")
    found = await after(desk, "nodels ")
    assert found[:4] == ["all", "crowd", "rack0", "rack1"]
    assert len(found) == MOST


async def test_who_may_not_run_the_command_learns_no_names(desk: Desk) -> None:
    await desk.fill(
        policy=[
            {"priority": "5", "name": "ann", "commands": "nodels", "rule": "allow"},
            {"priority": "6", "name": "joe", "commands": "nodels", "noderange": "rack1", "rule": "allow"},
        ]
    )
    assert await after(desk, "nodels n0", user="ann") == ["n01", "n02", "n03", "n04"]
    assert await after(desk, "lsdef n0", user="ann") == []
    assert await after(desk, "lsdef -t osimage r", user="ann") == []
    assert await after(desk, "nodels ", user="joe") == ["n01", "n03"]
    assert await after(desk, "lsdef --stan", user="joe") == ["--stanza"]


async def test_no_record_is_made_of_a_tab(desk: Desk) -> None:
    await after(desk, "nodels n0")
    assert desk.audit == []
