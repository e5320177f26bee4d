"""Where everything is, also below a root of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.daemon.paths import Paths, chosen


def test_the_places_are_those_of_xcat() -> None:
    paths = Paths()
    assert list(map(str, [paths.settings, paths.database, paths.plugins, paths.revocations])) == [
        "/etc/xcat/xcatd.yaml",
        "/etc/xcat/xcat.sqlite",
        "/etc/xcat/plugins",
        "/etc/xcat/cert/crl.pem",
    ]
    assert list(map(str, [paths.socket, paths.handover, paths.lock, paths.log])) == [
        "/run/xcat/xcatd.sock",
        "/run/xcat/handover.sock",
        "/run/xcat/xcatd.lock",
        "/var/log/xcat",
    ]
    assert list(map(str, [paths.install, paths.tftpboot, paths.tls.ca, paths.tls.key])) == [
        "/install",
        "/tftpboot",
        "/etc/xcat/cert/ca.pem",
        "/etc/xcat/cert/server-cred.pem",
    ]
    assert (str(paths.marker("mn")), str(paths.marker("sn"))) == ("/etc/xCATMN", "/etc/xCATSN")


def test_the_option_counts_more_than_the_variable_and_that_more_than_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XCAT_ROOT", "/srv/variable")
    assert chosen("/srv/option").root == Path("/srv/option")
    assert chosen(None).root == Path("/srv/variable")
    monkeypatch.setenv("XCAT_ROOT", "")
    assert chosen(None).root == Path("/")
    monkeypatch.delenv("XCAT_ROOT")
    assert chosen(None).root == Path("/")
    monkeypatch.chdir(tmp_path)
    assert chosen("here").root == tmp_path / "here"


def test_folders_that_are_missing_are_made_and_others_keep_their_modes(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    paths.plugins.mkdir(parents=True)
    paths.plugins.chmod(0o700)
    paths.make()
    paths.make()
    assert [each.is_dir() for each in (paths.etc, paths.run, paths.log, paths.plugins)] == [True] * 4
    assert paths.plugins.stat().st_mode & 0o777 == 0o700
