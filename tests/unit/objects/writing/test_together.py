"""Many objects at a time: the same as one by one, and what is written is what is read."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.objects.worlds import nodes, world
from xcatd.objects import World, read_objects, world_of
from xcatd.objects.changes import Outcome, Writing, changes_for_many, changes_to_remove, changes_to_rename
from xcatd.store import Change, Delete, Put
from xcatd.store.draft import Draft

_NAMES = [f"n{number}" for number in range(1, 7)]
_NODE = {
    "mgt": st.sampled_from(["", "ipmi", "openbmc", "kvm"]),
    "groups": st.sampled_from(["all", "bmcs", "open,all", "bmcs,open"]),
    "bmc": st.sampled_from(["", "10.0.0.1", "10.0.0.2"]),
    "bmcusername": st.sampled_from(["", "a"]),
    "consport": st.sampled_from(["", "22"]),
    "nodetype": st.sampled_from(["", "pdu", "osi,switch"]),
    "usercomment": st.sampled_from(["", "x", "y,z"]),
    "postscripts": st.sampled_from(["", "a", "a,b"]),
    "nicips.eth0": st.sampled_from(["", "10.1.0.1", "10.1.0.1|10.1.0.2"]),
}
_ATTRIBUTES = st.lists(st.sampled_from(sorted(_NODE)), max_size=5, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: _NODE[name] for name in names})
)
_WISHES = st.dictionaries(st.sampled_from(_NAMES), _ATTRIBUTES, max_size=6)
_MODES = st.sampled_from(["set", "append", "remove"])


def _cluster() -> World:
    return world(
        nodelist=nodes(n1="bmcs", n2="open,all", n3="all", n4="bmcs"),
        nodehm=[{"node": "bmcs", "mgt": "ipmi"}, {"node": "open", "mgt": "openbmc"}, {"node": "n3", "mgt": "kvm"}],
        ipmi=[{"node": "n1", "bmc": "old"}, {"node": "bmcs", "username": "ADMIN"}],
        nics=[{"node": "n1", "nicips": "eth0!1.1.1.1,ib0!2.2.2.2"}],
        postscripts=[{"node": "bmcs", "postscripts": "a"}, {"node": "xcatdefaults", "postscripts": "b"}],
    )


def _after(before: World, changes: list[Change]) -> World:
    draft = Draft(before.snapshot)
    draft.take(changes, lambda: None)
    return world_of(draft.snapshot(draft.steps()))


@given(_WISHES, _MODES)
def test_together_is_the_same_as_one_by_one(wishes: Mapping[str, Mapping[str, str]], mode: str) -> None:
    cluster = _cluster()
    together = changes_for_many(cluster, "node", wishes.items(), mode)  # type: ignore[arg-type]
    alone = [changes_for_many(cluster, "node", [one], mode) for one in wishes.items()]  # type: ignore[arg-type]
    assert together.errors.keys() == {error for one in alone for error in one.errors}
    assert together.warnings.keys() == {warning for one in alone for warning in one.warnings}
    assert sorted(map(repr, together.changes)) == sorted(repr(change) for one in alone for change in one.changes)


@given(st.sets(st.sampled_from(_NAMES)), _ATTRIBUTES)
def test_objects_that_share_a_mapping_get_what_each_would_get(names: set[str], attributes: Mapping[str, str]) -> None:
    cluster = _cluster()
    shared = changes_for_many(cluster, "node", [(name, attributes) for name in names])
    copied = changes_for_many(cluster, "node", [(name, dict(attributes)) for name in names])
    assert _shown(_after(cluster, shared.changes)) == _shown(_after(cluster, copied.changes))
    assert shared.errors.keys() == copied.errors.keys()


def _shown(cluster: World) -> dict[str, dict[str, str]]:
    return dict(read_objects(cluster, "node", sorted(cluster.nodes()), defaults=False))


@given(_WISHES)
def test_what_is_written_is_what_is_read(wishes: Mapping[str, Mapping[str, str]]) -> None:
    cluster = _cluster()
    outcome = changes_for_many(cluster, "node", wishes.items())
    before, after = _shown(cluster), _shown(_after(cluster, outcome.changes))
    written = set(outcome.written.get("node", ()))
    assert {name: after.get(name) for name in before if name not in written} == {
        name: before[name] for name in before if name not in written
    }
    for name in written:
        for attribute, text in wishes[name].items():
            if text and attribute not in ("postscripts", "nicips.eth0", "bmc", "bmcusername", "consport"):
                assert after[name][attribute] == text
            if text and attribute in ("bmc", "bmcusername") and after[name].get("mgt") in ("ipmi", "openbmc"):
                assert after[name][attribute] == text


@given(_WISHES)
def test_what_is_replaced_keeps_nothing(wishes: Mapping[str, Mapping[str, str]]) -> None:
    cluster = _cluster()
    full = {name: {**texts, "groups": "all"} for name, texts in wishes.items()}
    replaced = changes_for_many(cluster, "node", full.items(), replace=True)
    removed = _after(cluster, changes_to_remove(cluster, "node", list(full)))
    fresh = changes_for_many(removed, "node", full.items())
    assert _shown(_after(cluster, replaced.changes)) | _shown(_after(removed, fresh.changes)) == _shown(
        _after(cluster, replaced.changes)
    )
    assert replaced.errors.keys() == fresh.errors.keys()


@given(_WISHES)
def test_removing_what_was_created_leaves_nothing(wishes: Mapping[str, Mapping[str, str]]) -> None:
    empty = world()
    full = {name: {**texts, "groups": "all"} for name, texts in wishes.items()}
    made = _after(empty, changes_for_many(empty, "node", full.items()).changes)
    gone = _after(made, changes_to_remove(made, "node", list(made.nodes())))
    assert all(len(gone.snapshot.table(name).rows) == 0 for name in gone.snapshot)


@given(_WISHES)
def test_renaming_and_back_changes_nothing(wishes: Mapping[str, Mapping[str, str]]) -> None:
    cluster = _after(_cluster(), changes_for_many(_cluster(), "node", wishes.items()).changes)
    there = _after(cluster, changes_to_rename(cluster, "node", "n1", "other"))
    back = _after(there, changes_to_rename(there, "node", "other", "n1"))
    assert _shown(back) == _shown(cluster)
    there = _after(cluster, changes_to_rename(cluster, "group", "bmcs", "other"))
    assert _shown(there)["n4"]["groups"] == "other" or "n4" in wishes
    back = _after(there, changes_to_rename(there, "group", "other", "bmcs"))
    assert _shown(back) == _shown(cluster)


def test_nodes_and_groups_of_one_command_see_each_other() -> None:
    writing = Writing(_cluster())
    writing.take("node", [("n1", {"groups": "all"}), ("n9", {"groups": "all"})])
    writing.take("group", [("g7", {"members": "n1,n9"}), ("bmcs", {"members": "n4,n9"})])
    outcome = writing.outcome()
    after = _after(_cluster(), outcome.changes)
    assert {name: values["groups"] for name, values in _shown(after).items()} == {
        "n1": "all,g7", "n2": "open,all", "n3": "all", "n4": "bmcs", "n9": "all,g7,bmcs"
    }  # fmt: skip
    assert (outcome.errors, outcome.count, outcome.created) == ({}, 4, {"node": ["n9"], "group": ["g7"]})


def test_portions_are_one_outcome() -> None:
    writing = Writing(_cluster())
    for name in ("n1", "n2"):
        writing.take("node", [(name, {"usercomment": "x"})])
    assert writing.outcome() == Outcome(
        changes=[Put("nodelist", {"node": name}, {"comments": "x"}) for name in ("n1", "n2")],
        written={"node": ["n1", "n2"]},
    )


def test_disabled_rows_go_with_their_object() -> None:
    cluster = world(nodelist=nodes(n1=""), nodehm=[{"node": "n1", "mgt": "ipmi", "disable": "1"}])
    assert changes_to_remove(cluster, "node", ["n1", "n9"]) == [
        Delete("nodelist", {"node": "n1"}),
        Delete("nodehm", {"node": "n1"}),
    ]


@pytest.mark.parametrize("kind", ["auditlog", "eventlog"])
def test_records_of_logs_are_found_by_their_number(kind: str) -> None:
    assert changes_to_remove(world(), kind, ["5"]) == [Delete(kind, {"recid": "5"})]
