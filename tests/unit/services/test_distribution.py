"""Families of distributions, by their os-release(5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.services.distribution import Family, family_here, family_of


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("ID=debian\n", Family.DEBIAN),
        ("ID=ubuntu\nID_LIKE=debian\n", Family.DEBIAN),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', Family.REDHAT),
        ('NAME="Red Hat Enterprise Linux"\nID="rhel"\nID_LIKE="fedora"\n', Family.REDHAT),
        ('ID="sles"\nID_LIKE="suse"\n', Family.SUSE),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', Family.SUSE),
        ("# ID=sles\nID=plan9\n", Family.DEBIAN),
        ("", Family.DEBIAN),
    ],
)
def test_the_family_is_in_os_release(text: str, family: Family) -> None:
    assert family_of(text) is family


def test_a_root_may_have_its_own(tmp_path: Path) -> None:
    whole = family_here()
    assert family_here(tmp_path) is whole
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text("ID=sles\n")
    assert family_here(tmp_path) is Family.SUSE
