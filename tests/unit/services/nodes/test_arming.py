"""Arming nodes, as the tables know them then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.objects.worlds import world
from xcatd.errors import Denied
from xcatd.services.nodes.arming import arm
from xcatd.services.nodes.tokens import Shown, Tokens

UUID = "4c4c4544-0042-3510-8051-b7c04f4b3032"
MANY = 1000
HOUR = timedelta(hours=1)


async def test_a_thousand_nodes_are_armed_in_one_call(tmp_path: Path) -> None:
    names = [f"n{number}" for number in range(MANY)]
    cluster = world(
        nodelist=[{"node": name, "groups": "all"} for name in names],
        mac=[{"node": "n1", "mac": "02:00:00:00:00:01|02:00:00:00:00:02!*NOIP*"}],
        vpd=[{"node": "n1", "uuid": UUID}],
    )
    first = await arm(tmp_path, cluster, names, "node", HOUR)
    made = await arm(tmp_path, cluster, names, "node", HOUR)
    assert list(made) == names
    assert len({*first.values(), *made.values()}) == 2 * MANY
    tokens, now = Tokens.below(tmp_path), datetime.now(UTC)
    assert len(tokens.armed(now)) == MANY
    assert tokens.use("n999", Shown(made["n999"]), now).armed.until <= now + HOUR
    for shown, why in (
        (Shown(first["n1"], ("02:00:00:00:00:02",), UUID), "not that of n1"),
        (Shown(made["n1"], (), UUID), "none of the MAC addresses"),
        (Shown(made["n1"], ("02:00:00:00:00:02",)), "the UUID"),
    ):
        with pytest.raises(Denied, match=why):
            tokens.use("n1", shown, now)
    assert tokens.use("n1", Shown(made["n1"], ("02:00:00:00:00:02",), UUID), now)


async def test_nobody_is_armed_when_there_is_nobody(tmp_path: Path) -> None:
    assert await arm(tmp_path, world(), [], "sn", HOUR) == {}
