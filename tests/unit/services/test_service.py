"""What columns of table servicenode mean, and which changes of tables concern a service."""

from __future__ import annotations

import pytest

from xcatd.errors import ServiceError
from xcatd.services.kept.ipforward import IpForward
from xcatd.services.place import Place
from xcatd.services.service import ALONE, ON, SECOND, Outcome, Service, Work, column_value


class Named(Service):
    name = "nameserver"
    tables = ("networks",)
    site_keys = ("domain", "forwarders")

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        return Outcome()


@pytest.mark.parametrize(
    ("text", "value"),
    [("", ALONE), ("0", ALONE), ("no", ALONE), ("NO", ALONE), ("1", ON), ("yes", ON), (" YES ", ON), ("2", SECOND)],
)
def test_words_mean_the_same_in_every_column(text: str, value: str) -> None:
    assert column_value(text, "nameserver", second=True) == value


@pytest.mark.parametrize(
    ("text", "second", "others"), [("2", False, "1 or 0"), ("3", True, "1, 2 or 0"), ("maybe", False, "1 or 0")]
)
def test_a_word_without_meaning_is_refused(text: str, second: bool, others: str) -> None:
    with pytest.raises(ServiceError, match=f"^servicenode.tftpserver is '{text}': set it to {others}$"):
        column_value(text, "tftpserver", second=second)


def test_a_service_is_concerned_by_its_tables_and_its_keys_of_site() -> None:
    named = Named()
    assert named.concerns({"servicenode": frozenset({"sn1"})})
    assert named.concerns({"mac": None, "networks": frozenset({("10.0.0.0", "255.0.0.0")})})
    assert named.concerns({"site": frozenset({"forwarders", "master"})})
    assert named.concerns({"site": None})
    assert not named.concerns({"site": frozenset({"master"})})
    assert not named.concerns({"mac": None, "nodelist": frozenset({"n1"})})
    assert not IpForward().concerns({"networks": None})
