"""`xcathist undo`, `restore`, `diff` and `prune`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.helpers.run import Desk, Seen


async def tables(desk: Desk) -> dict[str, list[str]]:
    """All tables as tabdump shows them, in whatever order."""
    return {name: sorted((await desk.ok(f"tabdump {name}")).splitlines()) for name in desk.store.snapshot}


async def test_an_undone_change_has_never_been(cluster: Desk) -> None:
    before = await tables(cluster)
    for line in (
        "nodeadd n[3-5] groups=all ipmi.bmc=x",
        "nodech n1,n2 nodehm.mgt=,groups=x",
        "noderm n1,n2",
        "chtab -d key=domain site",
        "chdef -t site master=10.0.0.1 domain=",
    ):
        assert (await cluster.type(line)).status == 0
        (entry,) = await cluster.store.history.entries(last=1)
        assert await cluster.ok(f"xcathist undo {entry.id}") == f"Change {entry.id} is undone.\n"
        assert await tables(cluster) == before


async def test_an_undo_can_be_undone(cluster: Desk) -> None:
    before = await tables(cluster)
    await cluster.ok("xcathist undo 5")
    assert "openbmc" not in await cluster.ok("tabdump nodehm")
    await cluster.ok("xcathist undo 6")
    assert await tables(cluster) == before
    (entry,) = await cluster.store.history.entries(last=1)
    assert (entry.id, entry.origin.command, entry.origin.words) == (7, "xcathist", "undo 6")


async def test_later_changes_of_other_rows_and_columns_of_other_rows_are_kept(cluster: Desk) -> None:
    await cluster.ok("nodech n2 nodehm.cons=x")
    await cluster.ok("xcathist undo 5")
    assert await cluster.ok("nodels n1,n2 nodehm.mgt nodehm.cons") == (
        "n1: nodehm.mgt: ipmi\nn1: nodehm.cons: \nn2: nodehm.mgt: ipmi\nn2: nodehm.cons: x\n"
    )


async def test_where_rows_have_changed_since_nothing_is_undone_and_the_change_is_named(cluster: Desk) -> None:
    await cluster.ok("nodech n1 nodehm.cons=x")
    before = await tables(cluster)
    assert await cluster.type("xcathist undo 2") == Seen(
        "",
        "Error: [mn1]: Change 2 cannot be undone: nodehm node=n1 was changed since by change 6: undo that first\n",
        1,
    )
    await cluster.ok("noderm n2")
    seen = await cluster.type("xcathist undo 2")
    assert "nodelist node=n2 was changed since by change 7: undo that first\n" in seen.stderr
    await cluster.ok("xcathist undo 7")
    assert await tables(cluster) == before
    for number in (6, 5, 2):
        await cluster.ok(f"xcathist undo {number}")
    assert await cluster.ok("nodels") == ""


async def test_what_was_removed_and_is_there_again_is_in_the_way(cluster: Desk) -> None:
    await cluster.ok("chtab -d key=domain site")
    await cluster.ok("chtab key=domain site.value=c.d")
    seen = await cluster.type("xcathist undo 6")
    assert seen.stderr.endswith("site key=domain was changed since by change 7: undo that first\n")


async def test_very_many_rows_in_the_way_are_counted(desk: Desk) -> None:
    await desk.ok("nodeadd n[1-50] groups=all")
    await desk.ok("nodech all groups=x")
    seen = await desk.type("xcathist undo 2")
    assert len(seen.stderr.splitlines()) == 21
    assert seen.stderr.endswith("Change 2 cannot be undone: 30 more rows were changed since\n")


async def test_what_somebody_has_written_past_the_history_is_in_the_way(cluster: Desk, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "xcat.sqlite") as database:
        database.execute("UPDATE site SET value = 'x.y' WHERE key = 'domain'")
    database.close()
    await cluster.store.refresh()
    await cluster.ok("chtab key=master site.value=10.0.0.1")
    undone = await cluster.type("xcathist undo 4")
    assert undone.stderr.endswith("site key=domain was changed since by somebody past the history\n")
    restored = await cluster.type("xcathist restore site 3")
    assert restored == Seen(
        "",
        'Error: [mn1]: The row key=domain of table "site" is not as change 4 has left it: somebody has written past the '
        "history, so that its rows of 3 are not known\n",
        1,
    )
    assert (await cluster.type("xcathist diff site 3")).stderr.startswith("Warning: [mn1]: The row key=domain of table")
    assert await cluster.ok("xcathist restore site 5") == "Table site is what it was: 1 rows were changed.\n"


async def test_a_dry_run_changes_nothing(cluster: Desk) -> None:
    before = await tables(cluster)
    assert await cluster.ok("xcathist undo 5 --dry-run") == "nodehm node=n1: mgt openbmc -> ipmi\n"
    assert await cluster.ok("xcathist restore site 3 --dry-run") == "site key=domain: would be deleted\n"
    assert await cluster.ok("xcathist prune 2999-01-01 --dry-run") == (
        "5 changes before 2999-01-01 00:00:00 would be forgotten.\n"
    )
    assert await tables(cluster) == before
    assert len(await cluster.store.history.entries()) == 5


async def test_a_table_returns_to_a_change(cluster: Desk) -> None:
    await cluster.ok("noderm n2")
    await cluster.ok("nodech n1 nodehm.cons=x")
    assert await cluster.ok("xcathist restore nodehm 2") == "Table nodehm is what it was: 2 rows were changed.\n"
    assert await cluster.ok("nodels n1 nodehm.mgt nodehm.cons") == "n1: nodehm.mgt: ipmi\nn1: nodehm.cons: \n"
    assert '"n2",' in await cluster.ok("tabdump nodehm")
    assert await cluster.ok("xcathist restore nodehm 2") == "Table nodehm is what it was: nothing was changed.\n"
    assert await cluster.ok("nodels") == "n1\n"


async def test_a_table_returns_to_a_time(cluster: Desk) -> None:
    (fourth,) = await cluster.store.history.entries(last=1, before_id=5)
    (fifth,) = await cluster.store.history.entries(last=1)
    await cluster.ok(f"xcathist restore nodehm '{fifth.at}'")
    assert "openbmc" not in await cluster.ok("tabdump nodehm")
    await cluster.ok("xcathist undo 6")
    await cluster.ok(f"xcathist restore site '{fourth.at}'")
    assert "a.b" not in await cluster.ok("tabdump site")


async def test_what_has_changed_in_a_table(cluster: Desk) -> None:
    assert await cluster.ok("xcathist diff nodehm 2") == "nodehm node=n1\n-   mgt: ipmi\n+   mgt: openbmc\n"
    assert await cluster.ok("xcathist diff nodehm 5 2") == "nodehm node=n1\n-   mgt: openbmc\n+   mgt: ipmi\n"
    assert await cluster.ok("xcathist diff nodehm 2 4") == ""
    assert await cluster.ok("xcathist diff site 3 4") == "site key=domain: added\n+   value: a.b\n"


async def test_forgotten_changes_are_gone(cluster: Desk) -> None:
    (fourth,) = await cluster.store.history.entries(last=1, before_id=5)
    seen = await cluster.ok(f"xcathist prune {fourth.at}")
    assert seen.startswith("3 changes before ")
    assert [line.split()[0] for line in (await cluster.ok("xcathist")).splitlines()] == ["4", "5"]
    assert (await cluster.type("xcathist undo 2")).status == 1
    seen2 = await cluster.type("xcathist restore nodehm 2000-01-01")
    assert "the history begins with change 4 of " in seen2.stderr
