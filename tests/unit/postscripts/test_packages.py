"""otherpkgs and ospkgs: the repositories and the packages, as text for each family; tests/integration installs real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.scripts import Image, image

GIVEN = {
    "MASTER_IP": "10.0.0.1",
    "HTTPPORT": "8080",
    "OTHERPKGDIR": "/install/post/other,http://far/repo",
    "OTHERPKGS_INDEX": "2",
    "OTHERPKGS1": "a/foo,bar,-a/old,--temp",
    "OTHERPKGS2": "b/c/baz,@group",
}
NEAR = "http://10.0.0.1:8080/install/post/other"


def repositories(made: Image, folder: str, suffix: str) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((made.root / folder).glob(f"*{suffix}"))}


def test_debian(tmp_path: Path) -> None:
    made = image(tmp_path)
    said = made.done("otherpkgs", **GIVEN)
    lines = [text.splitlines()[1] for text in repositories(made, "etc/apt/sources.list.d", ".list").values()]
    assert lines == [
        f"deb [trusted=yes] {NEAR} ./",
        f"deb [trusted=yes] {NEAR}/a ./",
        f"deb [trusted=yes] {NEAR}/b/c ./",
        "deb [trusted=yes] http://far/repo ./",
    ]
    assert [line for line in said if line.startswith("would")] == [
        "would remove old",
        "would install foo bar",
        "would remove temp",
        "would install baz @group",
    ]


@pytest.mark.parametrize("family, folder", [("redhat", "etc/yum.repos.d"), ("suse", "etc/zypp/repos.d")])
def test_others(tmp_path: Path, family: str, folder: str) -> None:
    made = image(tmp_path, family)
    made.done("otherpkgs", **GIVEN)
    texts = repositories(made, folder, ".repo")
    urls = [line for text in texts.values() for line in text.splitlines() if line.startswith("baseurl=")]
    assert urls == [f"baseurl={NEAR}", f"baseurl={NEAR}/a", f"baseurl={NEAR}/b/c", "baseurl=http://far/repo"]
    assert texts["xcat-otherpkgs1.repo"].splitlines()[1] == "[xcat-otherpkgs1]"


def test_repositories_that_are_not_named_any_more_go(tmp_path: Path) -> None:
    made = image(tmp_path, "redhat")
    made.done("otherpkgs", **GIVEN)
    made.put("/etc/yum.repos.d/site.repo", "x")
    said = made.done("otherpkgs", MASTER_IP="10.0.0.1", OTHERPKGDIR="http://far/repo")
    assert sorted(path.name for path in (made.root / "etc/yum.repos.d").iterdir()) == [
        "site.repo",
        "xcat-otherpkgs1.repo",
    ]
    assert "removed /etc/yum.repos.d/xcat-otherpkgs4.repo" in said


def test_the_distributions_own(tmp_path: Path) -> None:
    made = image(tmp_path, "redhat")
    given = {"MASTER_IP": "10.0.0.1", "OSPKGDIR": "/install/rocky9/x86_64,http://far/up", "OSPKGS": "bash,@core,-vim"}
    assert made.done("ospkgs", **given) == [
        "wrote /etc/yum.repos.d/xcat-ospkgs1.repo",
        "wrote /etc/yum.repos.d/xcat-ospkgs2.repo",
        "would remove vim",
        "would install bash @core",
    ]
    assert "baseurl=http://10.0.0.1:80/install/rocky9/x86_64\n" in made.text("/etc/yum.repos.d/xcat-ospkgs1.repo")


def test_debians_own_are_urls_with_words(tmp_path: Path) -> None:
    made = image(tmp_path)
    given = {"MASTER_IP": "10.0.0.1", "OSPKGDIR": "/install/debian12,http://mirror/debian bookworm main"}
    assert made.done("ospkgs", **given) == ["wrote /etc/apt/sources.list.d/xcat-ospkgs2.list"]
    text = made.text("/etc/apt/sources.list.d/xcat-ospkgs2.list")
    assert text.splitlines()[1] == "deb [trusted=yes] http://mirror/debian bookworm main"


def test_what_is_no_number_is_named(tmp_path: Path) -> None:
    ended = image(tmp_path).run("otherpkgs", OTHERPKGS_INDEX="1; reboot")
    assert (ended.returncode, ended.stderr) == (1, "otherpkgs: OTHERPKGS_INDEX is no number: 1; reboot\n")
