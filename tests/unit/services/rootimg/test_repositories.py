"""Where packages come from: trees, folders, URLs; and when they were made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.media import lay
from xcatd.errors import ServiceError
from xcatd.services.rootimg.debian import source_line
from xcatd.services.rootimg.moment import DEFAULT, moment_of
from xcatd.services.rootimg.repositories import is_folder, other_sources, sources_of
from xcatd.services.rootimg.spec import Repository


def test_a_tree_of_debian_has_suites_and_parts(tmp_path: Path) -> None:
    tree = lay(
        tmp_path / "install/deb",
        {
            "dists/bookworm/Release": "Date: Sat, 10 Feb 2024 11:27:00 UTC\n",
            "dists/bookworm/main/binary-amd64/Packages.gz": "",
            "dists/bookworm/contrib/binary-amd64/Packages": "",
            "dists/bookworm/non-free/binary-arm64/Packages": "",
        },
    )
    (tree / "dists/stable").symlink_to("bookworm")
    (one,) = sources_of("/install/deb", "debian", "debian12", "x86_64", tmp_path)
    assert source_line(one) == f"deb [trusted=yes] copy://{tree} bookworm contrib main"
    assert moment_of([one]) == 1707564420
    with pytest.raises(ServiceError, match="no packages for ppc64el"):
        sources_of("/install/deb", "debian", "debian12", "ppc64le", tmp_path)


@pytest.mark.parametrize(
    "system, place, line",
    [
        ("debian12.5.0", "http://m/debian", "deb http://m/debian bookworm main"),
        ("ubuntu22.04.3", "http://m/ubuntu", "deb http://m/ubuntu jammy main universe"),
        ("ubuntu22.04.3", "http://m/ubuntu jammy-updates main", "deb http://m/ubuntu jammy-updates main"),
        ("debian12", "[trusted=yes] http://m/own x/", "deb [trusted=yes] http://m/own x/"),
        ("debian12", "[arch=amd64,i386 a=b] http://m/own s p q", "deb [arch=amd64,i386 a=b] http://m/own s p q"),
    ],
)
def test_a_mirror_may_say_its_suite(tmp_path: Path, system: str, place: str, line: str) -> None:
    family = "ubuntu" if system.startswith("ubuntu") else "debian"
    (one,) = sources_of(place, family, system, "x86_64", tmp_path)
    assert source_line(one) == line
    assert is_folder(one) is None


def test_a_mirror_of_a_release_that_nobody_knows_has_to(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="write URL SUITE main"):
        sources_of("http://m/debian", "debian", "debian99", "x86_64", tmp_path)


def test_trees_of_rpms_have_repositories_in_them(tmp_path: Path) -> None:
    repomd = (
        "<repomd><data><timestamp>1700000000</timestamp></data><data><timestamp>1700000005</timestamp></data></repomd>"
    )
    names = ("BaseOS", "AppStream", "AppStream/in it")
    tree = lay(tmp_path / "install/rocky", {f"{name}/repodata/repomd.xml": repomd for name in names})
    found = sources_of("/install/rocky,https://m/epel/9", "rh", "rocky9.4", "x86_64", tmp_path)
    assert [one.url for one in found] == [f"file://{tree}/AppStream", f"file://{tree}/BaseOS", "https://m/epel/9"]
    assert moment_of(found[:2]) == 1700000005
    lay(tmp_path / "install/sle", {"1/Product-SLES/repodata/repomd.xml": "", "1/Module B/repodata/repomd.xml": ""})
    suse = sources_of("/install/sle", "sles", "sle15.5", "x86_64", tmp_path)
    assert [one.url for one in suse] == [
        f"file://{tmp_path}/install/sle/1/Module%20B",
        f"file://{tmp_path}/install/sle/1/Product-SLES",
    ]
    assert is_folder(suse[0]) == tmp_path / "install/sle/1/Module B"
    assert moment_of(suse) == DEFAULT


def test_a_folder_without_packages_is_named_with_what_makes_an_index(tmp_path: Path) -> None:
    for family, program in (("rh", "createrepo_c /o"), ("debian", "dpkg-scanpackages")):
        with pytest.raises(ServiceError, match=program):
            sources_of("/o", family, "debian12", "x86_64", tmp_path)


def test_other_packages_are_in_folders_that_lists_name(tmp_path: Path) -> None:
    lay(tmp_path / "o", {"a/Packages": "", "Packages.xz": "", "b/repodata/repomd.xml": ""})
    debian = other_sources("/o,http://m/flat", ["", "a"], "debian", "x86_64", tmp_path)
    assert [source_line(one) for one in debian] == [
        f"deb [trusted=yes] copy://{tmp_path}/o ./",
        f"deb [trusted=yes] copy://{tmp_path}/o/a ./",
        "deb [trusted=yes] http://m/flat ./",
    ]
    assert other_sources("/o", ["b"], "rh", "x86_64", tmp_path) == (Repository(f"file://{tmp_path}/o/b"),)
