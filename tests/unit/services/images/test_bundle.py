"""Bundles from elsewhere: whatever they name, nothing gets out of their folder."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from xcatd.errors import NotFound, ServiceError, UsageError
from xcatd.services.images.bundle import NAME, Manifest, Packed, from_install, read_manifest, to_install
from xcatd.services.images.bundleread import unpack
from xcatd.services.images.bundlewrite import write_bundle
from xcatd.services.images.importing import with_profile
from xcatd.services.media.working import Gauge

TREE = Manifest("i", {"profile": "compute"}, [Packed("tree", "netboot/a/rootimg")])


class Evil:
    """A bundle that imgexport did not write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._members: list[tuple[tarfile.TarInfo, bytes]] = []
        self.file(NAME, TREE.text())

    def file(self, name: str, text: str = "evil") -> Evil:
        return self.member(name, text=text)

    def member(self, name: str, kind: bytes = tarfile.REGTYPE, link: str = "", text: str = "") -> Evil:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size, info.mode = kind, link, len(text), 0o777
        self._members.append((info, text.encode()))
        return self

    def unpack(self) -> None:
        with tarfile.open(self.path, "w:gz") as tar:
            for info, content in self._members:
                tar.addfile(info, io.BytesIO(content))
        folder = self.path.with_suffix(".unpacked")
        folder.mkdir(mode=0o700)
        unpack(self.path, folder, Gauge(0))


@pytest.fixture
def evil(tmp_path: Path) -> Evil:
    (tmp_path / "outside").mkdir(mode=0o700)
    return Evil(tmp_path / "b.tgz")


def untouched(evil: Evil) -> bool:
    outside = evil.path.with_name("outside")
    return not list(outside.iterdir()) and outside.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["../outside/x", "/outside/x", "tree/../../outside/x", "tree/../x"])
def test_names_that_lead_out_are_refused(evil: Evil, name: str) -> None:
    with pytest.raises(ServiceError, match="which is not inside its folder"):
        evil.file(name).unpack()
    assert untouched(evil)


def test_nothing_is_written_through_a_link(evil: Evil) -> None:
    outside = str(evil.path.with_name("outside"))
    evil.member("tree/door", tarfile.SYMTYPE, outside).file("tree/door/x")
    with pytest.raises(ServiceError, match="The bundle leads through the link tree/door"):
        evil.unpack()
    assert untouched(evil)


def test_a_folder_does_not_dress_what_a_link_leads_to(evil: Evil) -> None:
    outside = str(evil.path.with_name("outside"))
    evil.member("tree/door", tarfile.SYMTYPE, outside).member("tree/door", tarfile.DIRTYPE)
    with pytest.raises(ServiceError, match="The bundle leads through the link tree/door"):
        evil.unpack()
    assert untouched(evil)


def test_a_file_does_not_replace_a_link_and_a_name_is_given_once(evil: Evil) -> None:
    outside = str(evil.path.with_name("outside") / "x")
    evil.member("tree/door", tarfile.SYMTYPE, outside).file("tree/door")
    with pytest.raises(ServiceError, match="file exists"):
        evil.unpack()
    assert untouched(evil)


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "tree/../../outside"])
def test_a_second_name_of_a_file_outside_is_refused(evil: Evil, target: str) -> None:
    with pytest.raises(ServiceError, match="which is not inside its folder"):
        evil.member("tree/name", tarfile.LNKTYPE, target).unpack()


def test_what_the_manifest_does_not_name_is_refused(evil: Evil) -> None:
    with pytest.raises(ServiceError, match="has other/x, of which its manifest says nothing"):
        evil.file("other/x").unpack()


def test_what_the_manifest_names_must_be_there(evil: Evil) -> None:
    with pytest.raises(ServiceError, match="lacks tree: get it again"):
        evil.unpack()


@pytest.mark.parametrize("place", ["/etc/passwd", "../etc/passwd", "custom/../../etc/passwd", ""])
def test_places_outside_of_the_installdir_are_refused(place: str) -> None:
    with pytest.raises(ServiceError, match="which is not inside its folder"):
        read_manifest(Manifest("i", {}, [Packed("files/0", place)]).text())
    with pytest.raises(ServiceError, match="which is not inside its folder"):
        from_install(f"install:{place}", "/install")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 1}', json.dumps({**json.loads(TREE.text()), "packed": [1]})]
)
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(ServiceError, match=r"xcat-image\.json cannot be read"):
        read_manifest(text)


def test_a_manifest_of_a_later_release_is_named() -> None:
    with pytest.raises(ServiceError, match="The bundle has format 2, and this release reads 1"):
        read_manifest(json.dumps({**json.loads(TREE.text()), "format": 2}))


def test_other_files_are_no_bundles(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no tar")
    with pytest.raises(ServiceError, match="it is no tar, or not whole"):
        unpack(tmp_path / "text", tmp_path, Gauge(0))
    with pytest.raises(NotFound, match=r"Cannot find .*/absent"):
        unpack(tmp_path / "absent", tmp_path, Gauge(0))
    with tarfile.open(tmp_path / "old.tgz", "w:gz") as tar:
        tar.add(tmp_path / "text", "manifest.xml")
    with pytest.raises(ServiceError, match=r"old\.tgz is no bundle of this release"):
        unpack(tmp_path / "old.tgz", tmp_path, Gauge(0))


def test_a_bundle_that_ends_too_soon_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "kernel"
    source.write_bytes(bytes(range(256)) * 4000)
    manifest = Manifest("i", {}, [Packed("image/kernel", "netboot/kernel")])
    write_bundle(tmp_path / "b.tgz", manifest, {"image/kernel": source}, Gauge(0))
    octets = (tmp_path / "b.tgz").read_bytes()
    (tmp_path / "b.tgz").write_bytes(octets[: len(octets) * 2 // 3])
    folder = tmp_path / "unpacked"
    folder.mkdir()
    with pytest.raises(ServiceError, match="it is no tar, or not whole"):
        unpack(tmp_path / "b.tgz", folder, Gauge(0))


def test_paths_below_the_installdir_travel() -> None:
    text = "/install/custom/a,/opt/b, /install/c,s:/install/d,/installation/e"
    told = to_install(text, "/install")
    assert told == "install:custom/a,/opt/b,install:c,s:/install/d,/installation/e"
    assert from_install(told, "/srv/i") == "/srv/i/custom/a,/opt/b,/srv/i/c,s:/install/d,/installation/e"


def test_another_profile_has_files_of_its_own() -> None:
    told = {"osvers": "rocky9.4", "osarch": "x86_64", "provmethod": "netboot", "profile": "compute"}
    packed = [
        Packed("files/pkglist/0", "custom/netboot/rocky/compute.rocky9.pkglist", "pkglist"),
        Packed("files/pkglist/1", "custom/more", "pkglist"),
        Packed("image/kernel", "netboot/rocky9.4/x86_64/compute/kernel"),
        Packed("extra/0", "postscripts/mine"),
    ]
    manifest = Manifest("i", {**told, "rootimgdir": "install:netboot/rocky9.4/x86_64/compute"}, packed)
    made = with_profile(manifest, "gpu")
    assert made.name == "rocky9.4-x86_64-netboot-gpu"
    assert [one.place for one in made.packed] == [
        "custom/netboot/rocky/gpu.rocky9.pkglist",
        "custom/gpu.more",
        "netboot/rocky9.4/x86_64/gpu/kernel",
        "postscripts/mine",
    ]
    assert made.attributes["rootimgdir"] == "install:netboot/rocky9.4/x86_64/gpu"
    assert made.attributes["pkglist"] == "install:custom/netboot/rocky/gpu.rocky9.pkglist,install:custom/gpu.more"
    assert with_profile(manifest, "compute") is manifest
    for bad in ("../x", " ", ".hidden"):
        with pytest.raises(UsageError, match="cannot be a profile"):
            with_profile(manifest, bad)
