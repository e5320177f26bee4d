"""Which Linux this is, and what that changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.dbsetup.systems import family


@pytest.mark.parametrize(
    ("release", "kind"),
    [
        ("ID=debian\n", "debian"),
        ("ID=ubuntu\nID_LIKE=debian\n", "debian"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "rhel"),
        ('ID="sles"\nID_LIKE="suse"\n', "suse"),
        ("ID='opensuse-leap'\nID_LIKE='suse opensuse'\n", "suse"),
        ("ID=arch\n", ""),
        ("", ""),
    ],
)
def test_the_family_of_a_system(tmp_path: Path, release: str, kind: str) -> None:
    (tmp_path / "os-release").write_text(release)
    assert family(tmp_path / "os-release") == kind


def test_a_host_that_does_not_say_what_it_is(tmp_path: Path) -> None:
    assert family(tmp_path / "os-release") == ""
