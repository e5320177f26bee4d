"""Small packages, and repositories of them: RPM by rpmbuild and createrepo_c, Debian's by dpkg-deb."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_SPEC = """\
Name: {name}
Version: 1.0
Release: 1
Summary: {name}
License: none
BuildArch: noarch
{requires}
%description
{name}
%install
mkdir -p %{{buildroot}}/etc
echo {name} >%{{buildroot}}/etc/{name}
%files
/etc/{name}
"""


def rpms(folder: Path, packages: Mapping[str, str]) -> Path:
    """A repository of packages that have a file /etc/NAME each; `packages`: name -> what it requires, "" for nothing."""
    folder.mkdir(parents=True)
    build = folder.with_name(f"{folder.name}-build")
    for name, requires in packages.items():
        spec = build / f"{name}.spec"
        build.mkdir(exist_ok=True)
        spec.write_text(_SPEC.format(name=name, requires=f"Requires: {requires}" if requires else ""))
        words = ["rpmbuild", "--define", f"_topdir {build}", "--define", f"_rpmdir {folder}", "-bb", str(spec)]
        subprocess.run(words, check=True, capture_output=True, env={**os.environ, "HOME": str(build)})
    subprocess.run(["createrepo_c", "--quiet", folder], check=True, capture_output=True)
    return folder


def debs(folder: Path, *names: str) -> Path:
    """A folder of packages that have a file /etc/NAME each, with their index."""
    folder.mkdir(parents=True)
    for name in names:
        build = folder.with_name(f"{folder.name}-{name}")
        (build / "DEBIAN").mkdir(parents=True)
        (build / "etc").mkdir()
        (build / "etc" / name).write_text(f"{name}\n")
        control = f"Package: {name}\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@c.net>\nDescription: {name}\n"
        (build / "DEBIAN/control").write_text(control)
        words = ["dpkg-deb", "--root-owner-group", "-b", str(build), str(folder / f"{name}_1.0_all.deb")]
        subprocess.run(words, check=True, capture_output=True)
    index = subprocess.run(["apt-ftparchive", "packages", "."], cwd=folder, check=True, capture_output=True)
    (folder / "Packages").write_bytes(index.stdout)
    return folder
