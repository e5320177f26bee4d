"""`mypostscript` and `getpostscript`: what administrators see, and who is sent away."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.run import Desk

ROWS = [
    {"node": "xcatdefaults", "postscripts": "syslog,remoteshell", "postbootscripts": "otherpkgs"},
    {"node": "n1", "postscripts": "mine a"},
]


async def filled(desk: Desk, tmp_path: Path) -> None:
    nodes = [{"node": name, "groups": "all"} for name in ("n1", "n2")]
    site = [{"key": "installdir", "value": f"{tmp_path}/install"}, {"key": "tftpdir", "value": f"{tmp_path}/tftp"}]
    await desk.fill(nodelist=nodes, postscripts=ROWS, site=site)


async def test_the_names_in_their_order(desk: Desk, tmp_path: Path) -> None:
    await filled(desk, tmp_path)
    assert await desk.ok("mypostscript n1,n2 -l") == (
        "n1: postscripts: syslog remoteshell mine a\n"
        "n1: postbootscripts: otherpkgs\n"
        "n2: postscripts: syslog remoteshell\n"
        "n2: postbootscripts: otherpkgs\n"
    )


async def test_one_nodes_script_is_printed_as_it_is(desk: Desk, tmp_path: Path) -> None:
    await filled(desk, tmp_path)
    shown = await desk.ok("mypostscript n1")
    assert shown.startswith("#!/bin/sh\n") and "\nNODE=n1\nexport NODE\n" in shown and "\nmine a\n" in shown
    several = await desk.ok("mypostscript n1,n2")
    assert "n1: NODE=n1\n" in several and "n2: NODE=n2\n" in several


async def test_they_are_written_for_nodes_that_fetch_them(desk: Desk, tmp_path: Path) -> None:
    await filled(desk, tmp_path)
    assert await desk.ok("mypostscript all --write") == ""
    made = sorted((tmp_path / "tftp/mypostscripts").iterdir())
    assert [path.name for path in made] == ["mypostscript.n1", "mypostscript.n2"]
    assert made[0].read_text() == await desk.ok("mypostscript n1")
    assert made[0].stat().st_mode & 0o777 == 0o644


async def test_the_sites_template_counts(desk: Desk, tmp_path: Path) -> None:
    await filled(desk, tmp_path)
    folder = tmp_path / "install/postscripts"
    folder.mkdir(parents=True)
    (folder / "mypostscript.tmpl").write_text("ZONENAME=\nTHIS=$NODE\n")
    assert await desk.ok("mypostscript n2") == "ZONENAME=\nTHIS=n2\n"
    (folder / "mypostscript.tmpl").write_text("P=#TABLE:ipmi:$NODE:password#\n")
    seen = await desk.type("mypostscript n2")
    assert (seen.status, "asks for ipmi.password, a secret, which no script gets: remove it" in seen.stderr) == (
        1,
        True,
    )


async def test_a_node_whose_tables_are_wrong_does_not_stop_the_others(desk: Desk, tmp_path: Path) -> None:
    await filled(desk, tmp_path)
    await desk.fill(postscripts=[{"node": "n2", "postscripts": "'x"}])
    seen = await desk.type("mypostscript all -w")
    assert seen.status == 1
    assert (
        seen.stderr
        == 'n2: [mn1]: Error: postscripts.postscripts of n2 has "\'x", in which a quote is missing: correct it\n'
    )
    assert [path.name for path in (tmp_path / "tftp/mypostscripts").iterdir()] == ["mypostscript.n1"]


async def test_getpostscript_is_for_nodes(desk: Desk, tmp_path: Path) -> None:
    await filled(desk, tmp_path)
    seen = await desk.type("getpostscript n1")
    assert seen.status == 1
    assert "to see a node's script: mypostscript NODE" in seen.stderr
