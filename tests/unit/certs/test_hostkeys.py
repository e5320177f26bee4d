"""Certificates for ssh host keys, judged by ssh-keygen."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xcat_certs.errors import Refused, Unusable
from xcat_certs.hostkeys import HostAuthority

NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> HostAuthority:
    return HostAuthority(tmp_path / "ssh-host-ca-key")


def key(folder: Path, *words: str) -> str:
    path = folder / "-".join(words).replace("/", "")
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-f", str(path), *words], check=True, timeout=60)
    return path.with_name(f"{path.name}.pub").read_text()


@pytest.mark.parametrize("words", [("-t", "ed25519"), ("-t", "ecdsa"), ("-t", "rsa", "-b", "2048")])
def test_a_host_gets_a_certificate_for_its_names(
    authority: HostAuthority, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (line,) = authority.sign("cn1", [key(tmp_path, *words)], ["cn1", "10.0.0.1"], NOW)
    (tmp_path / "made.pub").write_text(f"{line}\n")
    shown = subprocess.run(
        ["ssh-keygen", "-L", "-f", str(tmp_path / "made.pub")], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert "host certificate" in shown and 'Key ID: "cn1"' in shown
    assert [text.strip() for text in shown.partition("Principals:")[2].splitlines()[1:3]] == ["cn1", "10.0.0.1"]


def test_the_key_is_made_once_for_root_only(authority: HostAuthority) -> None:
    assert authority.public() == authority.public()
    assert authority.public().startswith("ssh-ed25519 ")
    assert authority.path.stat().st_mode & 0o777 == 0o600


def test_what_is_no_key_and_weak_ones_are_refused(authority: HostAuthority, tmp_path: Path) -> None:
    for line, names in (("nonsense", ["cn1"]), ("ssh-ed25519 AAAA", ["cn1"]), (key(tmp_path, "-t", "ed25519"), [])):
        with pytest.raises(Refused):
            authority.sign("cn1", [line], names, NOW)
    with pytest.raises(Refused, match="RSA of 2048 bits or more"):
        authority.sign("cn1", [key(tmp_path, "-t", "rsa", "-b", "1024")], ["cn1"], NOW)
    authority.path.write_text("nonsense")
    with pytest.raises(Unusable, match="holds no ssh key"):
        authority.public()
