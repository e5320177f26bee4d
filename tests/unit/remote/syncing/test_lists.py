"""Which nodes have synclists."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.objects.worlds import world
from xcatd.errors import ServiceError
from xcatd.remote.syncing.lists import lists_of


def found(lists: str, provmethod: str = "install") -> list[Path]:
    image = {"imagename": "i", "provmethod": provmethod, "synclists": lists}
    made = world(nodelist=[{"node": "n1"}], nodetype=[{"node": "n1", "provmethod": "i"}], osimage=[image])
    return list(lists_of(made, "n1"))


def test_those_of_the_image() -> None:
    assert found("/a, /b,") == [Path("/a"), Path("/b")]
    with pytest.raises(ServiceError, match="has b, which does not begin with /"):
        found("/a,b")


def test_a_statelite_image_has_its_files_already() -> None:
    assert found("/a", "statelite") == []
