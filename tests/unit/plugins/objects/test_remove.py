"""`rmdef`."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk, Seen
from xcatd.store import Append

ONE = "1 object definitions have been removed.\n"
NONE = "No objects have been removed from the xCAT database.\n"


def missing(name: str, kind: str) -> str:
    return f"Error: [mn1]: Could not find an object named '{name}' of type '{kind}'.\n"


async def test_nodes_lose_their_rows_in_all_tables(cluster: Desk) -> None:
    await cluster.ok("chdef n1,n2 os=sles15 ip=1.2.3.4 passwd.HMC=x mgt=fsp")
    await cluster.fill(
        nodehm=[{"node": "n2", "mgt": "fsp", "disable": "1"}], deps=[{"node": "n1", "nodedep": "n2", "cmd": "on"}]
    )
    assert await cluster.ok("rmdef n1,n2") == "2 object definitions have been removed.\n"
    for table in ("nodelist", "nodetype", "hosts", "ppcdirect", "nodehm", "ipmi", "deps"):
        text = await cluster.ok(f"tabdump {table}")
        assert '"n1"' not in text
        assert '"n2"' not in text
    assert await cluster.ok("nodels") == "sw1\n"


async def test_one_transaction(cluster: Desk) -> None:
    await cluster.ok("chdef compute os=sles15")
    before = len(await cluster.store.history.entries())
    await cluster.ok("rmdef compute")
    assert len(await cluster.store.history.entries()) == before + 1


async def test_what_is_not_there_is_named_and_the_rest_removed(cluster: Desk) -> None:
    seen = await cluster.type("rmdef -t network net10,net99")
    assert seen == Seen(ONE, missing("net99", "network"), 1)
    seen = await cluster.type("rmdef n8,n9")
    assert seen == Seen(NONE, missing("n8", "node") + missing("n9", "node"), 1)


async def test_a_group_leaves_its_members(cluster: Desk) -> None:
    await cluster.ok("mkdef -t group g7 members=n1 mgt=ipmi")
    assert await cluster.ok("rmdef -t group -o g7,compute") == "2 object definitions have been removed.\n"
    assert (
        await cluster.ok("tabdump nodegroup")
        == "#groupname,grouptype,members,membergroups,wherevals,comments,disable\n"
    )
    assert await cluster.ok("tabdump nodehm") == (
        "#node,power,mgt,cons,termserver,termport,conserver,serialport,serialspeed,serialflow,getmac,cmdmapping,"
        "consoleondemand,consoleenabled,comments,disable\n"
    )
    assert await cluster.ok("lsdef n1,n2 -c -i groups") == "n1: groups=all\nn2: groups=all\n"


async def test_a_dynamic_group(cluster: Desk) -> None:
    await cluster.ok("mkdef -t group dyn -d -w mgt==ipmi")
    assert await cluster.ok("rmdef -t group dyn") == ONE
    assert await cluster.ok("lsdef n1 -c -i groups") == "n1: groups=compute,all\n"


async def test_an_image_goes_with_its_parts(cluster: Desk) -> None:
    await cluster.ok("chdef -t osimage img imagetype=linux template=/a")
    assert await cluster.ok("rmdef -t osimage img") == ONE
    assert all(len(cluster.store.snapshot.table(name).rows) == 0 for name in ("osimage", "linuximage"))


async def test_the_site(cluster: Desk) -> None:
    assert await cluster.ok("rmdef -t site") == ONE
    assert await cluster.ok("tabdump site") == "#key,value,comments,disable\n"


async def test_records_of_a_log(cluster: Desk) -> None:
    await cluster.store.write(
        [Append("eventlog", {"monnode": "n1"}), Append("eventlog", {"monnode": "n2"})], author="test"
    )
    assert await cluster.type("rmdef -t eventlog 1,7") == Seen(ONE, missing("7", "eventlog"), 1)
    assert [row["monnode"] for row in await cluster.store.scan("eventlog")] == ["n2"]


async def test_everything(cluster: Desk) -> None:
    await cluster.ok("mkdef -t group g7 members=n1")
    assert (await cluster.type("rmdef -a -f")).status == 0
    assert all(
        len(cluster.store.snapshot.table(name).rows) == 0 for name in ("nodelist", "nodegroup", "networks", "site")
    )


async def test_what_is_in_a_server_that_goes_is_named(cluster: Desk) -> None:
    await cluster.fill(
        nodelist=[{"node": "cec1", "groups": "cec"}, {"node": "lpar1", "groups": "all"}],
        ppc=[{"node": "cec1", "nodetype": "cec"}, {"node": "lpar1", "parent": "cec1"}],
    )
    text = "You have removed a cec node, please remove these nodes belongs to it manually: lpar1 ."
    assert await cluster.type("rmdef cec1") == Seen(ONE, f"Warning: [mn1]: {text}\n", 0)


async def test_verbose_and_cleanup(cluster: Desk) -> None:
    seen = await cluster.type("rmdef -V -C n2,n1")
    assert seen.stdout == "[mn1]: The following objects were removed:\n[mn1]: n1\n[mn1]: n2\n"
    assert seen.status == 0
    assert seen.stderr.startswith("Warning: [mn1]: This daemon prepares no boot files")


async def test_a_dry_run(cluster: Desk) -> None:
    before = cluster.store.snapshot.revision
    assert await cluster.ok("rmdef --dry-run -t network net10") == (
        "networks net=10.0.0.0,mask=255.0.0.0: would be deleted\n"
    )
    assert cluster.store.snapshot.revision == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("-t nosuch x", "\nType 'nosuch' is not a valid xCAT object type."),
        ("", "No object names were provided."),
        ("-t network", "No object names were provided."),
        ("n1 n2", "noderange can not contain spaces: 'n1 n2' are several words, write them with commas"),
        ("-a", "You must use the '-f' option when using the '-a' option."),
        ("-a -f -t node", "The flags '-a' and '-t' cannot be used together."),
        ("-a -f n1", "Cannot use '-a' with '-o', a noderange or file input."),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_removed(cluster: Desk, words: str, sentence: str) -> None:
    before = cluster.store.snapshot.revision
    assert await cluster.type(f"rmdef {words}") == Seen("", f"Error: [mn1]: {sentence}\n", 1)
    assert cluster.store.snapshot.revision == before
