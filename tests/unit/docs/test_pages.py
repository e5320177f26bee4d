"""The pages name what there is: every link leads somewhere, and the tables are complete."""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import inspect
import re
from pathlib import Path

import pytest

from tests.helpers.cluster import SOURCE
from xcat_certs import cli
from xcat_client.programs import PROGRAMS
from xcatd import api
from xcatd.api import commands_of
from xcatd.daemon.paths import Paths
from xcatd.daemon.settings import Settings
from xcatd.dispatch import Registry
from xcatd.probe import Failed, Here
from xcatd.probe.check import made
from xcatd.probe.checks import checks
from xcatd.protocol.frames import Kind
from xcatd.setup.main import OPTIONS as XCATCONFIG_OPTIONS

DOCS = SOURCE / "docs"
PAGES = sorted([SOURCE / "README.md", *DOCS.rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(SOURCE)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", page.read_text())

    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]

    assert not missing


def test_the_readme_names_every_command() -> None:
    words = set(re.findall(r"[\w-]+", (SOURCE / "README.md").read_text()))

    assert {*Registry(None).names(), *PROGRAMS} - words == set()


def test_the_page_on_differences_leads_to_all_that_have_some() -> None:
    text = (DOCS / "differences.md").read_text()
    named = [page for page in DOCS.rglob("*.md") if "Differences from xCAT" in page.read_text()]

    assert named
    assert [page for page in named if f"]({page.relative_to(DOCS)}" not in text] == []


def test_the_tables_of_frames_have_every_kind_and_no_other() -> None:
    rows = re.findall(r"^\| `(.)` \| ([A-Z_]+) \|", (DOCS / "protocol.md").read_text(), re.MULTILINE)

    assert set(rows) == {(chr(kind), kind.name) for kind in Kind}


def test_the_table_of_settings_has_every_setting_and_its_default() -> None:
    text = (DOCS / "settings.md").read_text()

    for field in dataclasses.fields(Settings):
        row = re.search(rf"^\| `{field.name}` \|[^|]*\|([^|]*)\|", text, re.MULTILINE)
        assert row, field.name
        assert not isinstance(field.default, int) or not field.default or str(field.default) in row[1], field.name


def test_the_page_on_certificates_shows_every_command_of_xcatcert() -> None:
    text = (DOCS / "certificates.md").read_text()
    actions = cli._parser()._actions
    names = {name for action in actions if isinstance(action, argparse._SubParsersAction) for name in action.choices}

    assert names and all(f"xcatcert {name}" in text for name in names)


def test_the_page_on_diagnosis_has_every_check_and_every_option() -> None:
    text = (DOCS / "diagnosis.md").read_text()
    titles = [each.title for each in checks(Path("/nowhere"))]
    options = [f"`-{letter}` `{names[0]}`" for letter, names in XCATCONFIG_OPTIONS.items() if letter not in "hvV"]

    assert [title for title in titles if f"| {title} |" not in text] == []
    assert [option for option in options if option not in text] == []


def test_the_check_on_the_page_is_a_check(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        re.findall(r"```python\n(.*?)```", (DOCS / "diagnosis.md").read_text(), re.DOTALL)[0]
    )

    (mine,) = [each for each in checks(tmp_path) if each.title == "the console server is up"]

    assert made(mine, Here(Paths(tmp_path))).findings == (Failed("conserver does not run: systemctl start conserver"),)


def test_the_page_on_plugins_has_every_argument_of_the_decorator_and_every_error() -> None:
    text = (DOCS / "plugins.md").read_text()
    arguments = [name for name in inspect.signature(api.command).parameters if name != "names"]
    errors = [
        name for name in api.__all__ if isinstance(thing := getattr(api, name), type) and issubclass(thing, Exception)
    ]

    assert all(f"| `{name}` |" in text for name in arguments)
    assert {name for name in errors if f"`{name}`" not in text} <= {"XcatError", "StoreError"}


def test_the_plugin_on_the_page_is_a_plugin(tmp_path: Path) -> None:
    source = re.findall(r"```python\n(.*?)```", (DOCS / "plugins.md").read_text(), re.DOTALL)[0]
    path = tmp_path / "sshcheck.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location("sshcheck", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    (command,) = commands_of(module.sshcheck)

    assert (command.name, command.nodes, command.timeout) == ("sshcheck", "each", 10)
    assert [option.flags for option in command.options] == [("-p", "--port")]
