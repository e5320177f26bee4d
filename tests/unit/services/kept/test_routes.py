"""When a host keeps its static routes."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import nodes
from tests.unit.services.places import place
from xcatd.services.kept.routes import StaticRoutes
from xcatd.services.place import Place


def host(*, is_master: bool = False, row: bool = True, of_node: str = "", of_site: str = "") -> Place:
    return place(
        is_master=is_master,
        nodelist=nodes(sn1="service"),
        noderes=[{"node": "service", "routenames": of_node}],
        servicenode=[{"node": "service" if row else "other", "ipforward": "0"}],
        site=[{"key": "mnroutenames", "value": of_site}],
    )


@pytest.mark.parametrize(
    ("here", "wanted"),
    [
        (host(of_node="r1,r2"), "1"),
        (host(of_site="r1"), ""),
        (host(of_node=" , "), ""),
        (host(row=False, of_node="r1"), ""),
        (host(is_master=True, of_site="r1"), "1"),
        (host(is_master=True, of_node="r1"), ""),
        (host(is_master=True, row=False, of_site="r1"), ""),
    ],
)
def test_the_tables_name_them_for_a_host_with_a_row(here: Place, wanted: str) -> None:
    assert StaticRoutes().wanted(here) == wanted


def test_what_concerns_them() -> None:
    assert StaticRoutes().concerns({"routes": frozenset({"r1"})})
    assert StaticRoutes().concerns({"site": frozenset({"mnroutenames"})})
    assert not StaticRoutes().concerns({"site": frozenset({"domain"}), "networks": None})
