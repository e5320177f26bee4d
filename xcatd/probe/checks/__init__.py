"""The checks, a file per thing that is looked at; and those of the site, the files in its folder `checks`."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from xcatd.errors import ConfigError
from xcatd.probe.check import Check, check_of

ENTRY_POINTS = "xcatd.checks"


def checks(site_folder: Path) -> list[Check]:
    """All checks in the order in which they are made. Raises ConfigError when a file of the site cannot be loaded."""
    modules = [*_built_in(), *(entry.load() for entry in importlib.metadata.entry_points(group=ENTRY_POINTS))]
    if site_folder.is_dir():
        modules += [_load(path) for path in sorted(site_folder.glob("*.py"))]
    found = (check_of(thing) for module in modules for thing in vars(module).values())
    return sorted({each for each in found if each is not None}, key=lambda each: (each.rank, each.title))


def _built_in() -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(__path__, f"{__name__}."):
        yield importlib.import_module(info.name)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"xcatd_site_check_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # anything may happen in a site's file
        raise ConfigError(f"The check {path} cannot be loaded: {type(error).__name__}: {error}") from error
    return module
