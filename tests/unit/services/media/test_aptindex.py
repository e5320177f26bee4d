"""Two discs of Debian give one index, which the real apt reads."""

from __future__ import annotations

import gzip
import lzma
import subprocess
from pathlib import Path

import pytest

from tests.helpers.media import INDEX, SUITE, debian, lay
from xcatd.errors import ServiceError
from xcatd.services.media.aptindex import AptIndexes
from xcatd.services.media.placing import merge
from xcatd.services.media.working import Gauge


def joined(old: Path, new: Path) -> Path:
    indexes = AptIndexes()
    merge(old, new, Gauge(0), indexes.combine)
    indexes.finish(new)
    return new


def apt(folder: Path, *words: str) -> str:
    """apt-get or apt-cache with files of its own and nothing of this host."""
    for name in ("etc", "state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    options = {
        "Dir::Etc": f"{folder}/etc",
        "Dir::Etc::sourcelist": f"{folder}/sources.list",
        "Dir::State": f"{folder}/state",
        "Dir::State::status": f"{folder}/status",
        "Dir::Cache": f"{folder}/cache",
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    given = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    done = subprocess.run([words[0], *given, *words[1:]], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_apt_finds_the_packages_of_both_discs(tmp_path: Path) -> None:
    first, second = debian(tmp_path / "d1", 1, "alpha", "common"), debian(tmp_path / "d2", 2, "beta", "common")
    lay(first, {f"{SUITE}/InRelease": "signed", f"{SUITE}/Release.gpg": "a signature"})
    tree = joined(first, second)
    site = lay(tmp_path / "apt", {"sources.list": f"deb [trusted=yes] file:{tree} bookworm main\n"})
    apt(site, "apt-get", "update")
    assert set(apt(site, "apt-cache", "pkgnames").split()) == {"alpha", "beta", "common"}
    apt(site, "apt-get", "download", "alpha", "beta")
    assert sorted(path.name for path in site.glob("*.deb")) == ["alpha_1.0_all.deb", "beta_1.0_all.deb"]


def test_only_sums_of_new_indexes_change(tmp_path: Path) -> None:
    other = " 00000000000000000000000000000000 7 main/i18n/Translation-en\n"
    gone = f" {'0' * 32} 9 main/binary-amd64/Packages.xz\nSHA256:\n {'0' * 64} 9 main/binary-amd64/Packages.gz\n"
    release = f"Suite: stable\nMD5Sum:\n{other}{gone}"
    packages: dict[str, str | bytes] = {
        f"{INDEX}/Packages.xz": lzma.compress(b"Package: b\nFilename: pool/b\n\n"),
        f"{SUITE}/Release": release,
    }
    old = lay(tmp_path / "old", {f"{INDEX}/Packages.xz": lzma.compress(b"Package: a\nFilename: pool/a\n\n")})
    tree = joined(old, lay(tmp_path / "new", packages))
    text = (tree / SUITE / "Release").read_text()
    assert other in text
    assert "Packages.gz" not in text
    assert " 9 main" not in text
    assert lzma.decompress((tree / INDEX / "Packages.xz").read_bytes()).count(b"Package: ") == 2


def test_other_files_of_both_are_no_indexes(tmp_path: Path) -> None:
    old = lay(tmp_path / "old", {"Packages.gz": b"x", "x/binary-amd64/Release": "x"})
    new = lay(tmp_path / "new", {"Packages.gz": b"y", "x/binary-amd64/Release": "y"})
    tree = joined(old, new)
    assert (tree / "Packages.gz").read_bytes() == b"y"


def test_an_index_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    old = lay(tmp_path / "old", {f"{INDEX}/Packages.gz": gzip.compress(b"")})
    new = lay(tmp_path / "new", {f"{INDEX}/Packages.gz": b"no gzip"})
    with pytest.raises(ServiceError, match=r"The index binary-amd64/Packages\.gz cannot be read"):
        joined(old, new)
