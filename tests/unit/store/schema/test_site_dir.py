"""What a site adds to the schema, and the mistakes that can be made in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.helpers.cluster import SOURCE
from xcatd.errors import ConfigError
from xcatd.model import Attribute
from xcatd.store import STANDARD, Accepts, read_site_schema

KNOWN = {"group": (), "node": frozenset({"mgt", "groups"}), "network": frozenset({"net"})}

RACKS = """
tables:
  x_racks:
    description: where the racks stand
    keys: [room, rack]
    required: rack
    columns:
      rack: name of the rack
      room:
        description: its room
        pattern: "[A-Z][0-9]+"
        meaning: a letter and a number
      node: what stands in it
      on:
"""
MORE = """
extend:
  nodelist:
    columns: {x_asset: number of the asset}
  x_racks:
    columns: {x_power: kilowatts}
attributes:
  node:
    - {name: asset, table: nodelist, column: x_asset}
    - {name: rackpower, table: x_racks, column: x_power, key: rack, only_if: mgt=ipmi}
    - {name: rackpower, table: x_racks, column: x_power, only_if: asset=7}
"""


def test_without_a_folder_or_files_there_is_the_standard(tmp_path: Path) -> None:
    assert read_site_schema(tmp_path / "none", KNOWN) is STANDARD
    assert read_site_schema(tmp_path, KNOWN) is STANDARD
    (tmp_path / "a.yaml").write_text("# nothing\n")
    (tmp_path / "README").write_text("tables: 3")
    assert read_site_schema(tmp_path, KNOWN) is STANDARD


def test_tables_columns_and_attributes_are_added(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(MORE)
    (tmp_path / "b.yaml").write_text(RACKS)
    schema = read_site_schema(tmp_path, KNOWN)
    racks = schema.tables["x_racks"]
    assert racks.column_names == ("rack", "room", "node", "on", "comments", "disable", "x_power")
    assert (racks.description, racks.keys, racks.required) == ("where the racks stand", ("room", "rack"), ("rack",))
    assert racks.node_column == "node"
    assert racks.columns[0].description == "name of the rack"
    assert racks.columns[1].accepts == Accepts("a letter and a number", "[A-Z][0-9]+")
    assert list(schema.tables) == sorted(schema.tables)
    assert schema.tables["nodelist"].column_names == (*STANDARD.tables["nodelist"].column_names, "x_asset")
    assert schema.tables["site"] is STANDARD.tables["site"]
    assert schema.attributes == {
        "node": (
            Attribute("asset", "nodelist", "x_asset"),
            Attribute("rackpower", "x_racks", "x_power", ("mgt", "ipmi"), "rack"),
            Attribute("rackpower", "x_racks", "x_power", ("asset", "7"), "node"),
        )
    }
    assert schema.layouts["x_racks"].position["x_power"] == 6


def made(columns: str, keys: str = "[a]", more: str = "") -> str:
    return f"tables:\n  x_t:\n    keys: {keys}\n    columns: {columns}\n{more}"


def attribute(words: str) -> str:
    return f"attributes:\n  node: [{{{words}}}]\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("table: {}\n", "line 1: unknown word 'table'; do you mean tables?"),
        ("- tables\n", "line 1: write `name: value` lines here"),
        ("tables: [\n", "line 2: "),
        (
            "tables:\n  site: {keys: [a], columns: {a: x}}\n",
            "line 2: xCAT has a table site already; choose another name",
        ),
        ("tables:\n  Site: {keys: [a], columns: {a: x}}\n", "line 2: another entry has a table Site already"),
        ("tables:\n  x-t: {keys: [a], columns: {a: x}}\n", "line 2: 'x-t' cannot name a table; use letters"),
        ("tables:\n  xcatd_t: {keys: [a], columns: {a: x}}\n", "line 2: 'xcatd_t' cannot name a table"),
        ("tables:\n  x_t: {columns: {a: x}}\n", "line 2: table x_t has no keys; add them"),
        ("tables:\n  x_t: {keys: [a]}\n", "line 2: table x_t has no columns; add them"),
        (made("{a: x}", "[]"), "line 3: table x_t has no key; name the columns"),
        (made("{a: x}", "[b]"), "line 3: there is no column 'b'; known are a"),
        (made("{a: x, A: y}"), "line 4: two columns are called A; capitals do not tell them apart"),
        (made("{a: x, a: y}"), "line 4: a stands there twice; keep one"),
        (made("{'a b': x}"), "line 4: 'a b' cannot name a column; use letters, digits and _"),
        (made("{a: {pattern: '('}}"), "line 4: '(' is no regular expression"),
        (made("{a: {colour: red}}"), "line 4: unknown word 'colour'; known are description, meaning, pattern"),
        (made("{a: [1]}"), "line 4: write `name: value` lines here"),
        (made("{a: x}", more="    node_column: nod\n"), "line 5: there is no column 'nod'"),
        (made("{a: x}", more="    description: [1]\n"), "line 5: write one word or a text here"),
        ("extend:\n  sites: {columns: {a: x}}\n", "line 2: there is no table sites; do you mean site?"),
        ("extend:\n  site: {columns: {Value: x}}\n", "line 2: table site has a column Value already"),
        ("attributes:\n  nodes: []\n", "line 2: there is no object type nodes; do you mean node?"),
        ("attributes:\n  node: {}\n", "line 2: write a list here"),
        (attribute("name: a, table: site"), "line 2: this attribute has no column; add one"),
        (attribute("name: a=b, table: site, column: value"), "line 2: 'a=b' cannot name an attribute"),
        (attribute("name: mgt, table: site, column: value"), "line 2: xCAT has an attribute mgt of node"),
        (
            attribute("name: a, table: siet, column: value"),
            "line 2: there is no table 'siet' for attributes; do you mean site?",
        ),
        (attribute("name: a, table: auditlog, column: args"), "line 2: there is no table 'auditlog' for attributes"),
        (attribute("name: a, table: site, column: v"), "line 2: there is no column 'v'"),
        (
            attribute("name: a, table: site, column: value, only_if: ipmi"),
            "line 2: 'ipmi' is no condition; write attribute=word",
        ),
        (
            attribute("name: a, table: site, column: value, only_if: mgmt=ipmi"),
            "line 2: a is for some mgmt, which is no attribute of node; do you mean mgt?",
        ),
        (
            "attributes:\n  node:\n    - &x {name: a, table: site, column: value}\n    - *x\n",
            "line 3: attribute a of node stands there twice",
        ),
        (
            "attributes:\n  group:\n    - {name: a, table: nodelist, column: appstatus}\n",
            "line 3: a group cannot have a in nodelist, whose rows are nodes; choose another table",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_remedy(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_site_schema(tmp_path, KNOWN)
    assert str(caught.value).startswith(f"{path} {sentence}")


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.mkdir()
    with pytest.raises(ConfigError, match=r"a\.yaml cannot be read"):
        read_site_schema(tmp_path, KNOWN)
    path.rmdir()
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=r"a\.yaml cannot be read: .*; correct it, or take it away"):
        read_site_schema(tmp_path, KNOWN)
    path.write_text("tables: {}\0")
    with pytest.raises(ConfigError, match=r"a\.yaml line 1: a character that YAML does not allow"):
        read_site_schema(tmp_path, KNOWN)
    with pytest.raises(ConfigError, match=r"The folder .*a\.yaml cannot be read"):
        read_site_schema(path, KNOWN)


def test_the_example_in_the_documentation_works(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (SOURCE / "docs/schema.md").read_text(), re.DOTALL)
    (tmp_path / "racks.yaml").write_text(example)
    schema = read_site_schema(tmp_path, KNOWN)
    assert "x_racks" in schema.tables
    assert [attribute.name for attribute in schema.attributes["node"]] == ["asset", "bmcasset"]
