"""Which commands exist: built-in plugins, entry points of other packages, and files of the site's plugin folder."""

from __future__ import annotations

import difflib
import importlib
import importlib.machinery
import importlib.metadata
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType

from xcatd import plugins
from xcatd.api import commands_of
from xcatd.errors import ConfigError, UnknownCommand
from xcatd.model import Command

ENTRY_POINTS = "xcatd.plugins"


class Registry:
    """The commands by name. Reading it again (`rescanplugins`) swaps the whole table at once."""

    def __init__(self, site_folder: Path | None = None) -> None:
        self._site_folder = site_folder
        self._commands: dict[str, Command] = {}
        self.rescan()

    def rescan(self) -> int:
        """Read all plugins; gives the number of commands. On ConfigError the table stays as it was."""
        self._commands = collect(_modules(self._site_folder))
        return len(self._commands)

    def names(self) -> Sequence[str]:
        return sorted(self._commands)

    def find(self, name: str) -> Command:
        """The command of this name. Raises UnknownCommand with the nearest names."""
        found = self._commands.get(name)
        if found is None:
            near = difflib.get_close_matches(name, self._commands, n=3, cutoff=0.0)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            raise UnknownCommand(f"Unknown command {name!r}{hint}")
        return found


def collect(modules: Iterable[ModuleType]) -> dict[str, Command]:
    """The commands that modules declare. Raises ConfigError when two of them declare the same name."""
    table: dict[str, Command] = {}
    for module in modules:
        for thing in vars(module).values():
            for command in commands_of(thing):
                known = table.setdefault(command.name, command)
                if known.handler is not command.handler:
                    raise ConfigError(
                        f"Both {known.module} and {command.module} declare the command {command.name!r}; rename one"
                    )
    return table


def _modules(site_folder: Path | None) -> Iterator[ModuleType]:
    # Of a folder its __init__.py: it names the commands, and the rest can wait.
    for info in pkgutil.iter_modules(plugins.__path__, f"{plugins.__name__}."):
        yield importlib.import_module(info.name)
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        yield entry.load()
    if site_folder is not None and site_folder.is_dir():
        for path in sorted(site_folder.glob("*.py")):
            yield _load(path)


class _Fresh(importlib.machinery.SourceFileLoader):
    """Without compiled files: those look current when an edit within the same second leaves the size as it was."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _load(path: Path) -> ModuleType:
    """A plugin file of the site; always read anew, so that `rescanplugins` sees an edited file."""
    name = f"xcatd_site_{path.stem}"
    loader = _Fresh(name, str(path))
    spec = importlib.machinery.ModuleSpec(name, loader, origin=str(path))
    spec.has_location = True
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except Exception as error:  # anything may happen in a site's file
        raise ConfigError(f"The plugin {path} cannot be loaded: {type(error).__name__}: {error}") from error
    return module
