"""The text of known_hosts: lines of nodes come and go, those of others stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.errors import ServiceError
from xcatd.remote.knownhosts import Files, Keys, edited, read_keys, update

KEYS = Keys(("ssh-rsa AAAAR", "ssh-ed25519 AAAAE"))
NODES = {"n1": ("n1", "n1.cluster", "10.0.0.1"), "n2": ("n2", "10.0.0.2")}
OTHERS = "# of the site\n|1|salt|hash ssh-rsa AAAAH\nmaster,n10 ssh-rsa AAAAM\n"
MADE = (
    "n1,n1.cluster,10.0.0.1 ssh-rsa AAAAR\nn1,n1.cluster,10.0.0.1 ssh-ed25519 AAAAE\n"
    "n2,10.0.0.2 ssh-rsa AAAAR\nn2,10.0.0.2 ssh-ed25519 AAAAE\n"
)


def test_lines_are_added_and_doing_it_again_changes_nothing() -> None:
    assert edited(OTHERS, NODES, KEYS) == OTHERS + MADE
    for known in (OTHERS + MADE, MADE + OTHERS):
        assert edited(known, NODES, KEYS) == edited(known, {"n1": NODES["n1"]}, KEYS) == known


def test_a_name_that_moved_is_taken_from_the_line_that_had_it() -> None:
    old = "n1,friend ssh-rsa AAAAold\n10.0.0.2 ssh-rsa AAAAold\n"
    assert edited(old, NODES, KEYS) == "friend ssh-rsa AAAAold\n" + MADE


def test_lines_are_removed() -> None:
    assert (
        edited(OTHERS + MADE, {"n1": NODES["n1"]}, None)
        == OTHERS + "n2,10.0.0.2 ssh-rsa AAAAR\nn2,10.0.0.2 ssh-ed25519 AAAAE\n"
    )


def test_the_authority_is_named_once_and_not_for_more_than_somebody_chose() -> None:
    keys = Keys((), "ssh-ed25519 AAAACA")
    assert edited("", {}, keys) == "@cert-authority * ssh-ed25519 AAAACA\n"
    chosen = "@cert-authority *.cluster ssh-ed25519 AAAACA of the site\n"
    assert edited(chosen, NODES, keys) == chosen


def test_keys_are_read_without_their_comments(tmp_path: Path) -> None:
    files = Files(tmp_path)
    with pytest.raises(ServiceError, match=r"There are no ssh host keys in .*/hostkeys: run xcatconfig -s"):
        read_keys(files)
    files.keys.mkdir(parents=True)
    (files.keys / "ssh_host_ed25519_key.pub").write_text("ssh-ed25519 AAAAE root@mn\n")
    (files.keys / "ssh_host_ca.pub").write_text("ssh-ed25519 AAAACA\n")
    assert read_keys(files) == Keys(("ssh-ed25519 AAAAE",), "ssh-ed25519 AAAACA")


def test_the_file_is_for_root_alone_and_the_old_one_is_kept(tmp_path: Path) -> None:
    files = Files(tmp_path)
    assert update(files, {"n2": NODES["n2"]}, KEYS)
    assert not update(files, {"n2": NODES["n2"]}, KEYS)
    first = files.known.read_text()
    assert (files.known.stat().st_mode & 0o777, files.known.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert update(files, {"n2": NODES["n2"]}, None)
    assert (files.known.read_text(), files.backup.read_text()) == ("", first)
