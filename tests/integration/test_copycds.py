"""`copycds` with real ISO images and a real daemon: what comes in, and that nothing is left of what goes wrong."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed
from tests.helpers.cluster import Daemon, build
from tests.helpers.media import debian, iso, lay, rocky, ubuntu
from tests.helpers.smalldisk import small_disk
from xcatd.services.media.placing import building


@pytest.fixture(scope="module")
def mn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("copycds")) as daemon:
        yield daemon


def tree(mn: Daemon, name: str) -> Path:
    return mn.root / "install" / name / "x86_64"


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def copied(mn: Daemon, *words: str) -> tuple[int, str, str]:
    done = mn.run("copycds", *words)
    return done.returncode, done.stdout, done.stderr


def test_images_of_two_discs_become_one_tree(mn: Daemon, tmp_path: Path) -> None:
    first, second = debian(tmp_path / "d1", 1, "alpha"), debian(tmp_path / "d2", 2, "beta")
    said = typed(mn, f"copycds {iso(first)} {iso(second)}")
    assert said == f"Copying media to {tree(mn, 'debian12.5.0')}\nMedia copy operation successful\n" * 2
    here = tree(mn, "debian12.5.0")
    assert names(here) == names(first) | names(second) | {".fingerprint"}
    assert (here / "debian").readlink() == Path()
    assert (here / "pool/main/a/alpha_1.0_all.deb").read_bytes() == (
        first / "pool/main/a/alpha_1.0_all.deb"
    ).read_bytes()
    images = typed(mn, "lsdef -t osimage")
    assert "debian12.5.0-x86_64-netboot-compute  (osimage)" in images
    assert typed(mn, f"copycds -w {iso(second)}") == "The disc iso has already been copied in!\n"


def test_names_are_kept_with_rock_ridge_and_with_joliet(mn: Daemon, tmp_path: Path) -> None:
    files = {
        "Package with blanks/ünïcode [1].rpm": "x",
        "Lower/And/UPPER.Case-1.0~rc1+b2.rpm": "y" * 3000,
        "Empty": "",
        "back\\slash": "z",
    }
    medium = lay(rocky(tmp_path / "medium"), files)
    os.utime(medium / "Empty", (10**9, 10**9))
    (medium / "second name").hardlink_to(medium / "Lower/And/UPPER.Case-1.0~rc1+b2.rpm")
    for words in (("-r",), ("-J", "-joliet-long", "-input-charset", "utf-8")):
        image = medium.with_suffix(".iso")
        image.unlink(missing_ok=True)
        typed(mn, f"copycds -o {iso(medium, *words)}")
        here = tree(mn, "rocky9.4")
        assert names(here) == names(medium) | {".fingerprint"}
        assert all((here / name).read_text() == text for name, text in files.items())


def test_servers_of_files_may_read_all_of_it(mn: Daemon, tmp_path: Path) -> None:
    medium = ubuntu(tmp_path / "medium")
    (medium / "casper/vmlinuz").chmod(0o400)
    assert "This medium is for an installer" in typed(mn, f"copycds {iso(medium)}")
    for path in (tree(mn, "ubuntu22.04.3"), *tree(mn, "ubuntu22.04.3").rglob("*")):
        mode = path.stat().st_mode
        assert mode & 0o022 == 0
        assert mode & (0o555 if path.is_dir() else 0o444) == (0o555 if path.is_dir() else 0o444)


def test_it_says_what_an_image_is_and_copies_nothing(mn: Daemon, tmp_path: Path) -> None:
    image = iso(lay(rocky(tmp_path / "medium"), {".discinfo": "1\nAlmaLinux 8.10\naarch64\n1\n"}))
    assert typed(mn, f"copycds -i {image}") == f"OS Image:{image}\nDISTNAME:alma8.10\nARCH:aarch64\nDISCNO:1\n"
    assert not (mn.root / "install/alma8.10").exists()


def test_an_image_that_ends_too_soon_leaves_nothing(mn: Daemon, tmp_path: Path) -> None:
    medium = lay(
        rocky(tmp_path / "medium", payload=os.urandom(3 << 20)), {".discinfo": "1\nRocky Linux 8.9\nx86_64\n1\n"}
    )
    image = iso(medium)
    os.truncate(image, 2 << 20)
    status, _, err = copied(mn, str(image))
    assert status == 1
    assert err.startswith(f"Error: [mn1]: {image} cannot be read to its end: ")
    assert "Truncated input file" in err
    assert not (mn.root / "install/rocky8.9").exists()
    assert "rocky8.9" not in typed(mn, "tabdump osdistro")


def test_an_image_with_a_file_that_was_changed_is_refused(mn: Daemon, tmp_path: Path) -> None:
    here = tree(mn, "rocky9.4")
    typed(mn, f"copycds -o {iso(rocky(tmp_path / 'good'))}")
    before = names(here)
    medium = lay(rocky(tmp_path / "medium"), {"images/pxeboot/vmlinuz": "an evil kernel", "more": "x"})
    status, _, err = copied(mn, str(iso(medium)))
    assert status == 1
    assert err.startswith("Error: [mn1]: images/pxeboot/vmlinuz is not what the medium's own checksums say")
    assert names(here) == before
    assert (here / "images/pxeboot/vmlinuz").read_text() == "a kernel"
    assert names(here.parent) == {"x86_64", *(f"x86_64/{name}" for name in before)}


def test_two_at_once_do_not_write_one_tree(mn: Daemon, tmp_path: Path) -> None:
    image = iso(rocky(tmp_path / "medium"))
    with building(tree(mn, "rocky9.4"), mn.root):
        status, _, err = copied(mn, "-o", str(image))
    assert (status, f"Somebody else is writing {tree(mn, 'rocky9.4')} now" in err) == (1, True)
    typed(mn, f"copycds -o {image}")


def test_a_full_disk_is_said_and_nothing_is_left_there(tmp_path: Path) -> None:
    daemon = build(tmp_path, (), "mn1").management
    medium = rocky(tmp_path / "medium", payload=os.urandom(14 << 20))
    (medium / "media.repo").chmod(0o666)
    image = iso(medium)
    with small_disk(daemon, "16m") as disk:
        typed(daemon, "chtab key=installdir site.value=/disk/install")
        status, _, err = copied(daemon, str(image))
        assert status == 1
        assert "MiB free, and the medium needs" in err
        status, _, err = copied(daemon, str(lay(medium, {"second": os.urandom(14 << 20)})))
        assert status == 1
        assert "no space left on device" in err
        assert not (disk.path / "install").exists()


def test_an_image_goes_into_a_file_and_comes_back(mn: Daemon, tmp_path: Path) -> None:
    typed(mn, f"copycds {iso(rocky(tmp_path / 'medium'))}")
    name = "rocky9.4-x86_64-install-compute"
    lay(mn.root / "install/custom/install/rocky", {"compute.tmpl": "a template"})
    typed(mn, f"chdef -u {name}", f"imgexport {name} {tmp_path}/b.tgz")
    before = typed(mn, f"lsdef -t osimage {name}")
    assert "template=" in before
    typed(mn, f"rmdef -t osimage {name}")
    (mn.root / "install/custom/install/rocky/compute.tmpl").unlink()
    assert typed(mn, f"imgimport {tmp_path}/b.tgz") == f"Unbundling image...\nSuccessfully imported the image {name}.\n"
    assert typed(mn, f"lsdef -t osimage {name}") == before
    assert (mn.root / "install/custom/install/rocky/compute.tmpl").read_text() == "a template"
    assert (mn.root / "install/custom/install/rocky/compute.tmpl").stat().st_mode & 0o777 == 0o644


def test_the_digest_of_a_medium_is_that_of_xcat_2(mn: Daemon, tmp_path: Path) -> None:
    medium = ubuntu(tmp_path / "medium")
    typed(mn, f"copycds -o {iso(medium)}")
    spelled = "." + "".join(sorted(f"./{name}" for name in names(medium)))
    assert hashlib.md5(spelled.encode()).hexdigest() in (tree(mn, "ubuntu22.04.3") / ".fingerprint").read_text()
