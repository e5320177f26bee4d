"""`mkdef -u` and `chdef -u`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.run import Desk, Seen

ONE = "1 object definitions have been created or modified.\n"


@pytest.fixture
async def site(desk: Desk, tmp_path: Path) -> Path:
    """The installdir of a site with files of its own."""
    install = tmp_path / "install"
    for name in (
        "netboot/rh/compute.rhels8.x86_64.pkglist",
        "netboot/rh/compute.rhels8.3.pkglist",
        "netboot/rh/compute.exlist",
        "netboot/rh/compute.synclist",
        "install/rh/compute.rhels8.tmpl",
        "install/rh/compute.x86_64.pkglist",
        "netboot/ubuntu/compute.ubuntu20.04.otherpkgs.pkglist",
    ):
        path = install / "custom" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    script = install / "custom/netboot/rh/compute.postinstall"
    script.touch(mode=0o755)
    await desk.fill(site=[{"key": "installdir", "value": str(install)}])
    return install


async def shown(desk: Desk, image: str, site: Path) -> list[str]:
    lines = (await desk.ok(f"lsdef -t osimage {image} -l")).splitlines()[1:]
    return [line.strip().replace(str(site), "") for line in lines]


async def test_a_diskless_image(desk: Desk, site: Path) -> None:
    words = "osvers=rhels8.4 osarch=x86_64 profile=compute provmethod=netboot"
    assert await desk.ok(f"mkdef -u -t osimage img {words}") == ONE
    assert await shown(desk, "img", site) == [
        "exlist=/custom/netboot/rh/compute.exlist",
        "imagetype=linux",
        "osarch=x86_64",
        "osdistroname=rhels8.4-x86_64",
        "osname=Linux",
        "osvers=rhels8.4",
        "otherpkgdir=/post/otherpkgs/rhels8.4/x86_64",
        "pkgdir=/rhels8.4/x86_64",
        "pkglist=/custom/netboot/rh/compute.rhels8.3.pkglist",
        "postinstall=/custom/netboot/rh/compute.postinstall",
        "profile=compute",
        "provmethod=netboot",
        "rootimgdir=/netboot/rhels8.4/x86_64/compute",
        "synclists=/custom/netboot/rh/compute.synclist",
    ]


async def test_an_image_that_is_installed(desk: Desk, site: Path) -> None:
    words = "osvers=rhels8.4 osarch=x86_64 profile=compute provmethod=install pkgdir=/mine"
    assert await desk.ok(f"mkdef -u img {words}") == ONE
    assert await shown(desk, "img", site) == [
        "imagetype=linux",
        "osarch=x86_64",
        "osdistroname=rhels8.4-x86_64",
        "osname=Linux",
        "osvers=rhels8.4",
        "otherpkgdir=/post/otherpkgs/rhels8.4/x86_64",
        "pkgdir=/mine",
        "pkglist=/custom/install/rh/compute.x86_64.pkglist",
        "profile=compute",
        "provmethod=install",
        "synclists=/custom/netboot/rh/compute.synclist",
        "template=/custom/install/rh/compute.rhels8.tmpl",
    ]


async def test_a_change_keeps_what_the_image_is(desk: Desk, site: Path) -> None:
    await desk.ok(
        "mkdef -t osimage img imagetype=linux osvers=ubuntu20.04.1 osarch=ppc64le profile=compute provmethod=netboot"
    )
    assert await desk.ok("chdef -u img") == ONE
    lines = await shown(desk, "img", site)
    assert "otherpkglist=/custom/netboot/ubuntu/compute.ubuntu20.04.otherpkgs.pkglist" in lines
    assert "osarch=ppc64el" in lines
    assert "pkgdir=/ubuntu20.04.1/ppc64el" in lines


async def test_windows_has_nothing_of_it(desk: Desk, site: Path) -> None:
    words = "osvers=win2k12r2 osarch=x86_64 profile=compute provmethod=install"
    assert await desk.ok(f"mkdef -u img {words}") == ONE
    assert "imagetype=windows" in await shown(desk, "img", site)
    seen = await desk.type(f"mkdef -u other {words} pkglist=/x exlist=/y")
    assert seen == Seen("", "Error: [mn1]: win2k12r2 can not work with pkglist exlist.\n", 1)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("profile=compute", "The profile and provmethod are all need to be specified."),
        ("profile=compute provmethod=x", "The provmethod: x is incorrect."),
        (
            "profile=compute provmethod=netboot osvers=plan9",
            "Unable to find /opt/xcat/share/xcat/netboot directory for plan9.",
        ),
        (
            "profile=c provmethod=netboot osvers=sles15 imagetype=windows",
            "The input imagetype:windows not match linux.",
        ),
        ("profile=c provmethod=netboot osvers=sles15 osname=AIX", "The input osname:AIX not match Linux."),
    ],
)
async def test_what_does_not_go_together(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: str, sentence: str
) -> None:
    monkeypatch.delenv("XCATROOT", raising=False)
    assert await desk.type(f"mkdef -u img {words}") == Seen("", f"Error: [mn1]: {sentence}\n", 1)
