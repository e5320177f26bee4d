"""The program's postscripts are brought when the daemon starts."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.unit.objects.worlds import world
from xcatd.daemon.scripts import bring_scripts


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "share"
    folder.mkdir()
    (folder / "syslog").write_text("#!/bin/sh\n")
    return folder


async def test_they_are_where_the_site_has_its_installation_folder(source: Path, tmp_path: Path) -> None:
    tables = world(site=[{"key": "installdir", "value": "/srv/install"}]).snapshot
    await bring_scripts(tables, tmp_path, is_master=True, source=source)
    assert (tmp_path / "srv/install/postscripts/syslog").exists()


async def test_a_folder_that_is_below_the_root_already_stays(source: Path, tmp_path: Path) -> None:
    tables = world(site=[{"key": "installdir", "value": f"{tmp_path}/install"}]).snapshot
    await bring_scripts(tables, tmp_path, is_master=True, source=source)
    assert (tmp_path / "install/postscripts/syslog").exists()


async def test_a_service_node_has_them_in_a_folder_of_its_own(source: Path, tmp_path: Path) -> None:
    (tmp_path / "install").mkdir()
    await bring_scripts(world(site=[]).snapshot, tmp_path, is_master=False, source=source)
    assert (tmp_path / "install/postscripts/syslog").exists()


async def test_a_service_node_without_one_gets_none(source: Path, tmp_path: Path) -> None:
    await bring_scripts(world(site=[]).snapshot, tmp_path, is_master=False, source=source)
    assert not (tmp_path / "install").exists()


async def test_what_goes_wrong_is_in_the_log(source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "install").write_text("")
    with caplog.at_level(logging.WARNING):
        await bring_scripts(world(site=[]).snapshot, tmp_path, is_master=True, source=source)
    assert "postscripts are not brought: The folder" in caplog.text
