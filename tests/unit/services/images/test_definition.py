"""Which templates an image gets: the site's, xCAT's, and the program's own last."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.services.autoinst.shelf import shipped
from xcatd.services.images.definition import ImageFiles


def template(files: ImageFiles, release: str, profile: str = "compute", method: str = "install") -> str:
    given = {"provmethod": method, "profile": profile, "osvers": release, "osarch": "x86_64"}
    return files.attributes(given).get("template", "")


@pytest.mark.parametrize(
    "release, folder",
    [
        ("rocky9.4", "rh"),
        ("rhels8.6.0", "rh"),
        ("sle15.5", "sles"),
        ("leap15.6", "sles"),
        ("debian12.5.0", "debian"),
        ("ubuntu24.04", "ubuntu"),
    ],
)
def test_the_program_has_templates_for_both_profiles(tmp_path: Path, release: str, folder: str) -> None:
    files = ImageFiles(Path("/install"), Path("/opt/xcat"), root=tmp_path, shipped=shipped())
    for profile in ("compute", "service"):
        assert template(files, release, profile) == str(shipped() / folder / f"{profile}.tmpl")
        made = files.attributes({"provmethod": "install", "profile": profile, "osvers": release, "osarch": "x86_64"})
        assert made["pkglist"] == str(shipped() / folder / f"{profile}.pkglist")
    assert template(files, release, method="netboot") == ""
    assert template(ImageFiles(Path("/install"), Path("/opt/xcat"), root=tmp_path), release) == ""


@pytest.mark.parametrize("release, folder", [("rocky9.4", "rh"), ("sle15.5", "sles"), ("ubuntu24.04", "ubuntu")])
def test_the_program_has_lists_and_scripts_of_images_without_disk(tmp_path: Path, release: str, folder: str) -> None:
    files = ImageFiles(Path("/install"), Path("/opt/xcat"), root=tmp_path, shipped=shipped())
    for method in ("netboot", "statelite"):
        for profile in ("compute", "service"):
            given = {"provmethod": method, "profile": profile, "osvers": release, "osarch": "x86_64"}
            made = files.attributes(given)
            for attribute in ("pkglist", "exlist", "postinstall"):
                place = shipped().with_name("netboot") / folder / f"{profile}.{attribute}"
                assert made[attribute] == str(place)


def test_those_of_the_site_and_of_xcat_go_before(tmp_path: Path) -> None:
    files = ImageFiles(Path("/install"), Path("/opt/xcat"), root=tmp_path, shipped=shipped())
    for place in ("/opt/xcat/share/xcat/install/rocky", "/install/custom/install/rocky"):
        folder = tmp_path / place.lstrip("/")
        folder.mkdir(parents=True)
        (folder / "compute.tmpl").write_text("text\n")
        assert template(files, "rocky9.4") == f"{place}/compute.tmpl"
