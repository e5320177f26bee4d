"""A site's own tables and attributes: on the management node, on service nodes, and after a mistake."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, build, refused

RACKS = """
tables:
  x_racks:
    description: where the racks stand
    keys: [rack]
    columns: {rack: name of the rack, room: its room}
extend:
  nodelist:
    columns: {x_asset: number in the inventory}
attributes:
  node:
    - {name: asset, table: nodelist, column: x_asset}
"""


def declare(daemon: Daemon, text: str) -> Path:
    folder = daemon.root / "etc/xcat/schema.d"
    folder.mkdir(exist_ok=True)
    (folder / "racks.yaml").write_text(text)
    return folder / "racks.yaml"


def test_tables_of_a_site_are_there_as_any_other_on_every_daemon(tmp_path: Path) -> None:
    cluster = build(tmp_path, ("sn1",))
    management, service = cluster.management, cluster.services[0]
    for daemon in cluster.all:
        declare(daemon, RACKS)
    try:
        for daemon in cluster.all:
            daemon.start()
        cluster.linked("sn1")
        typed(management, "mkdef -t node cn01 groups=all asset=4711", "chtab rack=r1 x_racks.room=B12")
        assert typed(management, "tabdump x_racks") == '#rack,room,comments,disable\n"r1","B12",,\n'
        assert "asset=4711" in typed(management, "lsdef cn01")
        assert typed(management, "nodels cn01 nodelist.x_asset") == "cn01: 4711\n"
        until(lambda: "B12" in service.run("tabdump", "x_racks").stdout, "the table on the service node")
        typed(service, "chtab rack=r2 x_racks.room=B13")
        assert '"r2","B13",,' in typed(management, "tabdump x_racks")
    finally:
        cluster.stop()


def test_a_mistake_ends_the_start_and_leaves_the_database_alone(idle: Daemon) -> None:
    database = idle.root / "etc/xcat/xcat.sqlite"
    before = database.read_bytes()
    path = declare(idle, RACKS.replace("keys: [rack]", "keys: [rock]"))
    said = refused(idle)
    assert f"{path} line 5: there is no column 'rock'; do you mean rack?" in said
    assert database.read_bytes() == before
    declare(idle, RACKS)
    idle.start()
    assert "x_racks" in typed(idle, "tabdump")
    idle.stop()
