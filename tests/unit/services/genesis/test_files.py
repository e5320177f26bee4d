"""The files of the small boot image: found, brought to their places, and fetched by a service node, as wholes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.helpers.webfiles import web_server
from xcatd.errors import NotFound, ServiceError, UsageError
from xcatd.services.distribution import Family
from xcatd.services.genesis.fetching import Upper, fetch_image
from xcatd.services.genesis.hostkernel import newest_kernel
from xcatd.services.genesis.placing import bring, copying, sums_file
from xcatd.services.genesis.programs import NEEDED, check_programs
from xcatd.services.genesis.spec import GenesisSpec, arch_named

KERNEL, INITRD = "xcat/genesis.kernel.x86_64", "xcat/genesis.fs.x86_64.gz"


def put(folder: Path, kernel: str, initrd: str) -> Path:
    """An image that was built, in a TFTP folder."""
    folder.mkdir(exist_ok=True)
    for name, text in (("k", kernel), ("i", initrd)):
        (folder.parent / name).write_text(text)
    bring(folder, "x86_64", {KERNEL: copying(folder.parent / "k"), INITRD: copying(folder.parent / "i")})
    return folder


def has(folder: Path) -> list[str]:
    return [(folder / name).read_text() for name in (KERNEL, INITRD)]


def test_what_is_brought_has_its_sums_and_leaves_nothing_beside(tmp_path: Path) -> None:
    folder = put(tmp_path / "tftpboot", "a kernel", "a disk")
    assert has(folder) == ["a kernel", "a disk"]
    assert sorted(path.name for path in (folder / "xcat").iterdir()) == [
        "genesis.fs.x86_64.gz",
        "genesis.kernel.x86_64",
        "genesis.x86_64.sha256",
    ]
    first = (folder / sums_file("x86_64")).read_text().splitlines()[0]
    assert first == f"{hashlib.sha256(b'a kernel').hexdigest()}  genesis.kernel.x86_64"
    assert (folder / INITRD).stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_brought_leaves_the_old(tmp_path: Path) -> None:
    folder = put(tmp_path / "tftpboot", "a kernel", "a disk")
    with pytest.raises(ServiceError, match=r"cannot be brought to .*tftpboot/xcat: no such file"):
        bring(folder, "x86_64", {KERNEL: copying(tmp_path / "k"), INITRD: copying(tmp_path / "gone")})
    assert has(folder) == ["a kernel", "a disk"]
    assert len(list((folder / "xcat").iterdir())) == 3


def test_a_service_node_fetches_what_differs(tmp_path: Path) -> None:
    put(tmp_path / "tftpboot", "a kernel", "a disk")
    here = tmp_path / "here"
    with web_server(tmp_path) as port:
        assert fetch_image(Upper("127.0.0.1", port), here, "x86_64")
        assert has(here) == ["a kernel", "a disk"]
        assert not fetch_image(Upper("127.0.0.1", port), here, "x86_64")


def test_what_is_not_whole_is_not_used(tmp_path: Path) -> None:
    above, here = put(tmp_path / "tftpboot", "a kernel", "a disk"), put(tmp_path / "here", "old", "old")
    (above / INITRD).write_text("half a di")
    with web_server(tmp_path) as port:
        with pytest.raises(ServiceError, match=r"genesis\.fs\.x86_64\.gz came with another SHA-256"):
            fetch_image(Upper("127.0.0.1", port), here, "x86_64")
        (above / sums_file("x86_64")).unlink()
        with pytest.raises(NotFound, match=r"genesis\.x86_64\.sha256 is not there: type mknb on 127\.0\.0\.1"):
            fetch_image(Upper("127.0.0.1", port), here, "x86_64")
    with pytest.raises(ServiceError, match=r"cannot be fetched: .*refused"):
        fetch_image(Upper("127.0.0.1", port), here, "x86_64")
    assert has(here) == ["old", "old"]


def test_the_newest_kernel_that_has_its_modules(tmp_path: Path) -> None:
    for version, has_modules in (("6.9.1-1", True), ("6.10.0-1", True), ("6.12.0-1", False)):
        (tmp_path / "boot").mkdir(exist_ok=True)
        (tmp_path / f"boot/vmlinuz-{version}").write_text("")
        modules = tmp_path / f"lib/modules/{version}"
        modules.mkdir(parents=True)
        if has_modules:
            (modules / "modules.dep").write_text("")
    found = newest_kernel(tmp_path, "this host")
    assert (found.version, found.file, found.modules) == (
        "6.10.0-1",
        tmp_path / "boot/vmlinuz-6.10.0-1",
        tmp_path / "lib/modules/6.10.0-1",
    )
    with pytest.raises(ServiceError, match=r"the osimage x has no kernel .*: install the distribution's kernel there"):
        newest_kernel(tmp_path / "lib", "the osimage x")


def test_programs_that_are_missing_are_named_by_their_packages() -> None:
    there = {name: f"/usr/bin/{name}" for name in (*NEEDED, "dracut", "busybox")}
    assert check_programs(Family.DEBIAN, there.get)[-1] == "busybox"
    assert check_programs(Family.DEBIAN, (there | {"dhclient": "/sbin/dhclient"}).get)[-1] == "dhclient"
    for gone in ("dracut", "ip", "tr", "busybox"):
        del there[gone]
    with pytest.raises(ServiceError, match="without dracut iproute coreutils dhcp-client: dnf install dracut iproute"):
        check_programs(Family.REDHAT, there.get)


def test_a_spec_travels() -> None:
    spec = GenesisSpec("x86_64", Path("/tftpboot"), Path("/"), "this host", "a key\n", Path("/opt/module"))
    assert GenesisSpec.from_json(spec.as_json()) == spec


def test_names_of_architectures() -> None:
    assert [arch_named(name) for name in ("x86_64", "ppc64le", "i686", "arm64")] == [
        "x86_64",
        "ppc64",
        "x86",
        "aarch64",
    ]
    with pytest.raises(UsageError, match="'vax' is no architecture; write one of x86_64, x86, ppc64, aarch64"):
        arch_named("vax")
