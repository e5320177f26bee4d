"""`chdef -n`."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk, Seen


async def test_a_node_keeps_its_rows_in_all_tables(cluster: Desk) -> None:
    await cluster.ok("chdef n1 os=sles15 mgt=fsp passwd.HMC=x")
    await cluster.fill(deps=[{"node": "n1", "nodedep": "n2", "cmd": "on"}])
    shown = await cluster.ok("lsdef -l n1")
    assert await cluster.ok("chdef -t node -o n1 -n n7") == "Changed the object name from n1 to n7.\n"
    assert await cluster.ok("lsdef -l n7") == shown.replace("Object name: n1", "Object name: n7")
    for table in ("nodelist", "nodetype", "ppcdirect", "deps", "ipmi"):
        assert '"n1"' not in await cluster.ok(f"tabdump {table}")
    assert '"n7","n2"' in await cluster.ok("tabdump deps")


async def test_a_group_keeps_its_members_and_their_order(cluster: Desk) -> None:
    await cluster.ok("mkdef -t group g7 members=n1 mgt=ipmi")
    assert await cluster.ok("chdef -t group -o compute -n g8") == "Changed the object name from compute to g8.\n"
    assert await cluster.ok("chdef -t group g7 -n g9") == "Changed the object name from g7 to g9.\n"
    assert await cluster.ok("lsdef n1,n2 -c -i groups,mgt") == (
        "n1: groups=g8,all,g9\nn1: mgt=ipmi\nn2: groups=g8,all\nn2: mgt=ipmi\n"
    )


async def test_an_image_and_a_network(cluster: Desk) -> None:
    await cluster.ok("chdef -t osimage img imagetype=linux template=/a")
    assert await cluster.ok("chdef -t osimage img -n other") == "Changed the object name from img to other.\n"
    assert await cluster.ok("chdef -t network net10 -n net11") == "Changed the object name from net10 to net11.\n"
    assert await cluster.ok("lsdef -t osimage other -c -i template") == "other: template=/a\n"
    assert await cluster.ok("lsdef -t network") == "net11  (network)\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("n1 -n n2", "Object n2 already exists."),
        ("n1 -n compute", "Object compute already exists."),
        ("n9 -n n8", "The n9 is not a valid object."),
        ("n1,n2 -n n8", "The '-n' option (changing object name) can only work on one object."),
        ("-n n8", "No object names were provided."),
        ("-t site clustersite -n x", "The site is always called clustersite."),
        ("n1 -n n8 -p", "Cannot combine '-n' and '-d','-p','-m','-z','-w' options, or attributes."),
        ("n1 -n n8 os=x", "Cannot combine '-n' and '-d','-p','-m','-z','-w' options, or attributes."),
        (
            "n1 -n 'a b'",
            "The new object name 'a b' is not valid.Please refer to \"man xcatdb\" for the valid"
            ' "xCAT Object Name Format" ',
        ),
    ],
)
async def test_a_name_that_cannot_be_given(cluster: Desk, words: str, sentence: str) -> None:
    before = cluster.store.snapshot.revision
    seen = await cluster.type(f"chdef {words}")
    assert seen == Seen("", f"Error: [mn1]: {sentence}\n", 1)
    assert cluster.store.snapshot.revision == before
