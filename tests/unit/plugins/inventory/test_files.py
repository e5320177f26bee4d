"""Inventory files as text: what is written is read again, by us and by everybody, and wrong files say where."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from xcatd.api import UsageError
from xcatd.plugins.inventory.document import Branch
from xcatd.plugins.inventory.read_json import read_json
from xcatd.plugins.inventory.read_yaml import read_yaml
from xcatd.plugins.inventory.reading import read_document
from xcatd.plugins.inventory.write_yaml import YamlWriter

ODD = """\
yes No on y null ~ 1 1.5 1e3 0x10 010 10.1.0.1 10.0.0.0/8 aa:bb:cc 10:20:30 a:b a: #x x#b -a - [a] {a} !a &a *a |a
|x|y| 'a "a %a @a `a = << 2026-11-21 .inf a,b a=b a\\b ?a :a on off /install/x --- ...
"""
TEXTS = st.one_of(
    st.sampled_from(ODD.split()),
    st.text("ab:#-?| '\"\\,[]{}&*!%@`=\n\t ~.01", max_size=6),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
NAMES = TEXTS.filter(bool)
CELLS = st.dictionaries(NAMES, TEXTS, max_size=4)
TREES = st.dictionaries(
    NAMES,
    st.one_of(
        TEXTS,
        st.dictionaries(NAMES, CELLS, max_size=3),
        st.dictionaries(NAMES, st.lists(CELLS, max_size=3), max_size=2),
    ),
    min_size=1,
    max_size=4,
)


def written(tree: Mapping[str, Branch]) -> str:
    return "".join(f"{line}\n" for line in YamlWriter().lines(tree))


@settings(deadline=None)
@given(TREES)
def test_what_we_write_we_read_again_and_so_does_any_other_yaml_reader(tree: dict[str, Branch]) -> None:
    text = written(tree)
    assert read_yaml(text) == tree
    assert yaml.safe_load(text) == tree


def test_names_of_any_length() -> None:
    tree = {"a" * 3000: {"b" * 1500: "c", "d": [{"e" * 1200: "f"}]}}
    assert read_yaml(written(tree)) == yaml.safe_load(written(tree)) == tree


@given(TREES)
def test_json_is_read_as_it_is_written(tree: dict[str, Branch]) -> None:
    assert read_json(json.dumps(tree)) == tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("010", "010"),
        ("1.50", "1.50"),
        ("2026-11-21", "2026-11-21"),
        ("10:20:30", "10:20:30"),
        ("'null'", "null"),
        ("!!str null", "null"),
        ("null", None),
        ("~", None),
        ("", None),
        ('"a\\nb"', "a\nb"),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        ("a long\n  text", "a long text"),
    ],
)
def test_a_value_is_the_text_that_somebody_has_written(text: str, value: str | None) -> None:
    assert read_yaml(f"a: {text}\n") == {"a": value}


def test_numbers_in_json_are_the_texts_that_somebody_has_written() -> None:
    assert read_json('{"a": 1.50, "b": 10, "c": null}') == {"a": "1.50", "b": "10", "c": None}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: b\nc: [d\n", "line 3: this is no YAML: did not find expected ',' or ']'"),
        ("a: b\n\tc: d\n", "line 2: this is no YAML: found a tab character that violates indentation"),
        ("a: 1\nb: 2\na: 3\n", "line 3: 'a' is there twice"),
        ("a: &x {b: c}\nd: *x\n", "line 2: *x: aliases are not followed; write the value out"),
        ("a: !!binary aGk=\n", "line 1: the tag tag:yaml.org,2002:binary has no meaning here; leave it out"),
        ("a: b\n---\nc: d\n", "line 2: a second document begins; a file has one"),
        ("[a]: b\n", "line 1: a name must be a text"),
        ("- a\n", "line 1: an inventory is a mapping of types (node:, group:, ...)"),
        ("a: " + "[" * 100_000, "line 1: this is nested too deeply for an inventory"),
        ("a: b\nc: \x00", "line 2: this is no YAML: it has a character that must not be there"),
        ("a: b\nc: \udc80", "line 2: this is not UTF-8"),
    ],
)
def test_wrong_yaml_is_named_with_its_line(text: str, error: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_yaml(text)
    assert str(caught.value) == error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"a": \n "b",\n}', "line 3: this is no JSON: Expecting property name enclosed in double quotes"),
        ('{"a": {"b": 1, "b": 2}}', "'b' is there twice in one object"),
        ('{"a": ' + "[" * 100_000, "this is nested too deeply for an inventory"),
        ("[]", 'line 1: an inventory is an object of types ({"node": ...})'),
    ],
)
def test_wrong_json_is_named(text: str, error: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_json(text)
    assert str(caught.value) == error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("node: {}\n", "This is no inventory: it must begin with the line inventory: '1'"),
        ("inventory: 2\n", "This is an inventory of format '2'; this xcatd reads format 1 only"),
        (
            "schema_version: '2.0'\nnode: {}\n",
            "This is a file of xCAT 2's xcat-inventory, which is not read here; use lsdef -z and chdef -z",
        ),
    ],
)
def test_what_is_no_inventory_is_refused(text: str, error: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_document(text, ["node"], lambda problem: None)
    assert str(caught.value) == error


def test_everything_that_has_a_wrong_shape_is_named_at_once() -> None:
    problems: list[str] = []
    text = """\
inventory: 1
covers: node,nodes
without: names
chosen: [a]
nods: {}
node:
  n1: text
  n2: {groups: [a, b], rows: {switch: x, ports: [y, {port: [1]}]}}
tables:
  passwd: {}
"""
    read_document(text, ["node", "group"], problems.append)
    assert problems == [
        "nods: there is no such type of objects",
        "node n1: names and values must follow",
        "node n2: groups must be a text",
        "node n2: rows: switch: this must be a list of rows",
        "node n2: rows: ports: row 1: names and values must follow",
        "node n2: rows: ports: row 2: port must be a text",
        "tables passwd: this must be a list of rows",
        "chosen: this must be a text",
        "covers: there is no such type of objects: nodes",
        "without: only secrets can be left out, not names",
    ]


def test_true_and_false_of_json_are_no_texts() -> None:
    problems: list[str] = []
    read_document('\ufeff{"inventory": 1, "node": {"n1": {"hidden": true}}}', ["node"], problems.append)
    assert problems == ["node n1: hidden must be a text"]
