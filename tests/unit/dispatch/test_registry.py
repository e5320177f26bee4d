"""Which commands there are, and what a site's plugin file does to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.dispatch import Registry
from xcatd.errors import ConfigError, UnknownCommand

PLUGIN = '''
from xcatd.api import Ctx, command

@command("{name}")
async def handler(ctx: Ctx) -> str:
    """{help}"""
    return "{help}"
'''


def plugin(folder: Path, file: str, name: str, text: str = "a") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / file
    path.write_text(PLUGIN.format(name=name, help=text))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "plugins"


def test_the_commands_of_this_project_are_there() -> None:
    registry = Registry()
    assert {"rpower", "lsxcatd", "tabdump", "nodels", "lsdef", "rescanplugins"} <= set(registry.names())
    assert list(registry.names()) == sorted(registry.names())
    assert registry.find("rpower").name == "rpower"


def test_a_misspelt_command_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(UnknownCommand, match=r"^Unknown command 'rpowr'; nearest: rpower, \w+, \w+$"):
        Registry().find("rpowr")


def test_a_folder_that_does_not_exist_adds_nothing(folder: Path) -> None:
    assert Registry(folder).names() == Registry().names()


def test_files_of_the_sites_folder_are_plugins(folder: Path) -> None:
    plugin(folder, "one.py", "siteone")
    plugin(folder, "with-dash.py", "sitetwo")
    plugin(folder, "readme.txt", "sitethree")
    registry = Registry(folder)
    assert set(registry.names()) - set(Registry().names()) == {"siteone", "sitetwo"}
    assert not (folder / "__pycache__").exists()


def test_reading_again_finds_new_edited_and_removed_files(folder: Path) -> None:
    kept = plugin(folder, "kept.py", "sitekept", "old")
    gone = plugin(folder, "gone.py", "sitegone")
    registry = Registry(folder)
    before = len(registry.names())
    plugin(folder, "kept.py", "sitekept", "new")
    plugin(folder, "added.py", "siteadded")
    plugin(folder, "more.py", "sitemore")
    gone.unlink()
    assert registry.rescan() == before + 1 == len(registry.names())
    assert registry.find("sitekept").help == "new"
    assert Path(registry.find("sitekept").handler.__globals__["__file__"]) == kept
    with pytest.raises(UnknownCommand):
        registry.find("sitegone")


def test_two_plugins_of_the_same_command_are_refused(folder: Path) -> None:
    plugin(folder, "mine.py", "rpower")
    with pytest.raises(
        ConfigError,
        match=r"^Both xcatd\.plugins\.power\.command and xcatd_site_mine declare the command 'rpower'; rename one$",
    ):
        Registry(folder)


def test_a_handler_that_another_module_imports_is_still_one_command(folder: Path) -> None:
    folder.mkdir()
    (folder / "again.py").write_text("from xcatd.plugins.power import rpower\n")
    assert Registry(folder).names() == Registry().names()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def broken(:\n", "SyntaxError: "),
        ("import no_such_module_anywhere\n", "ModuleNotFoundError: No module named 'no_such_module_anywhere'"),
        ("print(undefined)\n", "NameError: name 'undefined' is not defined"),
        ("{}['key']\n", "KeyError: 'key'"),
        ("open('/no/such/file')\n", "FileNotFoundError: .*/no/such/file"),
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("raise RuntimeError('mine')\n", "RuntimeError: mine"),
        ("x = '\0'\n", "(SyntaxError|ValueError): "),
        (
            PLUGIN.format(name="sitebad", help="").replace("ctx: Ctx", "word: str"),
            "TypeError: sitebad: the first param",
        ),
    ],
)
def test_a_broken_file_is_named_and_the_commands_stay(folder: Path, text: str, says: str) -> None:
    plugin(folder, "a.py", "sitea")
    registry = Registry(folder)
    before = registry.names()
    plugin(folder, "a.py", "siteother")
    (folder / "b.py").write_text(text)
    with pytest.raises(ConfigError, match=f"^The plugin {folder}/b.py cannot be loaded: {says}"):
        registry.rescan()
    assert registry.names() == before
    assert registry.find("sitea").name == "sitea"


def test_a_package_of_its_own_brings_commands_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitepackage.py").write_text(PLUGIN.format(name="sitepackaged", help="from a package"))
    info = tmp_path / "sitepackage-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sitepackage\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[xcatd.plugins]\nsitepackage = sitepackage\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert Registry().find("sitepackaged").help == "from a package"
