"""What known_hosts files say of a host, with and without a port."""

from __future__ import annotations

from pathlib import Path

import asyncssh
import pytest

from xcatd.errors import ServiceError
from xcatd.remote.known import read_known


def line(kind: str = "ssh-ed25519") -> tuple[asyncssh.SSHKey, str]:
    key = asyncssh.generate_private_key(kind)
    return key.convert_to_public(), key.export_public_key().decode().strip()


def written(root: Path, text: str) -> Path:
    (root / "root/.ssh").mkdir(parents=True)
    (root / "root/.ssh/known_hosts").write_text(text)
    return root


def test_keys_for_a_port_and_those_for_any_count_beside_an_authority(tmp_path: Path) -> None:
    (here, here_text), (there, there_text), (authority, authority_text) = line(), line("ecdsa-sha2-nistp256"), line()
    text = f"@cert-authority * {authority_text}\nn1 {here_text}\n[n1]:2222 {there_text}\n"
    known = read_known(written(tmp_path, text))
    assert known.match("n1", "10.0.0.1", None)[:2] == ((here,), (authority,))
    keys, authorities = known.match("n1", "10.0.0.1", 2222)[:2]
    assert (list(keys), list(authorities)) == ([there, here], [authority])
    assert (known.is_known("n1", "", 2222), known.is_known("n2", "10.0.0.2", 2222)) == (True, False)


def test_a_node_may_be_where_only_its_name_says(tmp_path: Path) -> None:
    """ssh's configuration may have a host name for it."""
    key, text = line()
    known = read_known(written(tmp_path, f"n1 {text}\n"))
    assert known.match("n1", "n1", None)[0] == (key,)
    assert known.match("n1", "n1.example", 2222)[0] == (key,)


def test_kinds_that_can_be_believed_are_asked_for_first(tmp_path: Path) -> None:
    known = read_known(written(tmp_path, f"n1 {line('ecdsa-sha2-nistp256')[1]}\nn2 {line('ssh-rsa')[1]}\n"))
    assert known.algorithms("n1", "", None)[:2] == ["ecdsa-sha2-nistp256", "ssh-ed25519"]
    assert set(known.algorithms("n2", "", None)[:2]) == {"rsa-sha2-256", "rsa-sha2-512"}
    assert "ssh-rsa" not in known.algorithms("n2", "", None)


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    root = written(tmp_path, "n1\n")
    with pytest.raises(
        ServiceError, match=r"known_hosts has a line that cannot be read \(Invalid known hosts entry: n1\)"
    ):
        read_known(root)
    assert not read_known(tmp_path / "empty").is_known("n1", "", None)
