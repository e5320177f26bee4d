"""Root writes below a user's home as that user, whatever the user has put there."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from xcat_certs import accounts
from xcat_certs.authority import Authority
from xcat_certs.errors import Unusable
from xcat_certs.issue import issue
from xcat_certs.layout import Credentials
from xcat_certs.names import AlternativeNames, Role


@pytest.fixture
def user() -> pwd.struct_passwd:
    """An account that is not root's: this process's own, when it is an ordinary user's."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


@pytest.fixture
def home(user: pwd.struct_passwd) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "home")
        path.mkdir()
        if os.geteuid() == 0:
            Path(folder).chmod(0o755)
            os.chown(path, user.pw_uid, user.pw_gid)
        yield path


def test_the_files_belong_to_the_owner_of_the_home(authority: Authority, user: pwd.struct_passwd, home: Path) -> None:
    place = Credentials(home / ".xcat", "client")
    issue(authority, place, Role.USER, "alice", days=1, names=AlternativeNames())
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in (place.directory, *place.directory.iterdir())}
    assert owners == {(user.pw_uid, user.pw_gid)}
    assert place.key.stat().st_mode & 0o777 == 0o600
    assert authority.named("alice")[0].role is Role.USER


def test_a_link_to_a_folder_of_root_leads_nowhere(authority: Authority, home: Path) -> None:
    target = home.parent / "etc"
    target.mkdir()
    target.chmod(0o555)
    (home / ".xcat").symlink_to(target)
    with pytest.raises(Unusable, match=r"Cannot write .*: permission denied"):
        issue(authority, Credentials(home / ".xcat", "client"), Role.USER, "alice", days=1, names=AlternativeNames())
    assert list(target.iterdir()) == []
    assert authority.list() == []


def test_the_identity_is_given_back(home: Path, tmp_path: Path) -> None:
    before = os.geteuid(), os.getegid(), os.getgroups()
    with accounts.acting_as_owner(home / ".xcat"):
        assert os.geteuid() == home.stat().st_uid
    assert (os.geteuid(), os.getegid(), os.getgroups()) == before
    with accounts.acting_as_owner(tmp_path / "none"):
        assert (os.geteuid(), os.getegid(), os.getgroups()) == before


def test_an_owner_without_an_account_is_served_too(home: Path) -> None:
    stranger = 54321 if os.geteuid() == 0 else os.geteuid()
    if os.geteuid() == 0:
        os.chown(home, stranger, stranger)
    with accounts.acting_as_owner(home):
        (home / "made").touch()
    assert (home / "made").stat().st_uid == stranger


def test_the_own_account_is_the_one_of_the_effective_user() -> None:
    assert accounts.own_name() == pwd.getpwuid(os.geteuid()).pw_name
