"""Root file systems from packages, by mmdebstrap, dnf and zypper: what is in them, and that they come out the same each time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.helpers import netbootroot
from tests.helpers.packages import rpms
from xcatd.errors import ServiceError
from xcatd.services.rootimg.cleaning import clean, tidy
from xcatd.services.rootimg.debian import build_debian
from xcatd.services.rootimg.moment import moment_of
from xcatd.services.rootimg.placing import built_beside
from xcatd.services.rootimg.redhat import build_redhat
from xcatd.services.rootimg.repositories import sources_of
from xcatd.services.rootimg.spec import BuildSpec, Step
from xcatd.services.rootimg.suse import build_suse
from xcatd.services.rootimg.work import Work

RPM = {"rh": ("rocky9.4", build_redhat, "var/lib/rpm"), "sles": ("sle15.5", build_suse, "usr/lib/sysimage/rpm")}


def spec(folder: Path, family: str, system: str, tree: Path, *steps: Step) -> BuildSpec:
    sources = sources_of(str(tree), family, system, "x86_64", Path("/"))
    return BuildSpec("img", str(folder), "/install/img", family, system, "x86_64", "compute", sources, steps)


def built(wanted: BuildSpec, build: Callable[[Work], None]) -> tuple[Mapping[str, object], list[str]]:
    """What is in a root file system, each file with its mode, owner, time and content; and what was said."""
    said: list[str] = []
    with built_beside(Path(wanted.folder)) as new:
        work = Work(wanted, new, moment_of(wanted.repositories), said.append)
        build(work)
        clean(work.root)
        tidy(work.root, work.moment)
        found = {str(path.relative_to(work.root)): facts(path) for path in (work.root, *work.root.rglob("*"))}
    assert not Path(wanted.folder).exists()
    return found, said


def facts(path: Path) -> object:
    told = path.lstat()
    content = str(path.readlink()) if path.is_symlink() else ""
    if path.is_file() and not path.is_symlink():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    names = {} if path.is_symlink() else {name: os.getxattr(path, name) for name in os.listxattr(path)}
    return oct(told.st_mode), told.st_uid, told.st_gid, told.st_mtime_ns, content, names


@pytest.mark.parametrize("family", RPM)
def test_rpm_packages_are_installed_and_removed_in_steps(tmp_path: Path, family: str) -> None:
    system, build, database = RPM[family]
    tree = rpms(tmp_path / "tree", {"alpha": "", "beta": "alpha", "gamma": "", "delta": ""})
    steps = (Step(("beta", "gamma"), after=("gamma", "absent")), Step(("delta",), before=("beta", "absent")))
    wanted = spec(tmp_path / "img", family, system, tree, *steps)
    found, said = built(wanted, build)
    assert {name for name in found if name.startswith("etc/")} & {f"etc/{name}" for name in ("beta", "gamma")} == set()
    assert {"etc/alpha", "etc/delta"} <= found.keys()
    assert "packages: 3 of 3" in said
    assert f"{database}/rpmdb.sqlite" in found
    assert not any(
        name.startswith(("var/log/dnf", "var/log/zypp/", "var/cache/dnf/", "var/cache/zypp/", "root", "tmp/"))
        for name in found
    )
    again, _ = built(wanted, build)
    assert again == found


@pytest.mark.parametrize("family", RPM)
def test_a_package_that_is_not_there_is_named(tmp_path: Path, family: str) -> None:
    system, build, _ = RPM[family]
    tree = rpms(tmp_path / "tree", {"alpha": "nowhere", "beta": ""})
    for name, reason in (("gamma", "gamma"), ("alpha", "nowhere")):
        with pytest.raises(ServiceError, match=reason):
            built(spec(tmp_path / "img", family, system, tree, Step((name, "beta"))), build)
        assert not (tmp_path / "img").exists()


def test_debian_comes_out_the_same_each_time(tmp_path: Path) -> None:
    tree = netbootroot.repository()
    wanted = spec(tmp_path / "img", "debian", "debian12", tree, Step(("openssh-server",), after=("mount", "absent")))
    found, _ = built(wanted, build_debian)
    assert "usr/sbin/sshd" in found
    assert "usr/bin/mount" not in found
    again, _ = built(wanted, build_debian)
    assert again == found


def test_debian_has_no_groups(tmp_path: Path) -> None:
    wanted = spec(tmp_path / "img", "debian", "debian12", netbootroot.repository(), Step(groups=("core",)))
    with pytest.raises(ServiceError, match="Debian has no groups"):
        built(wanted, build_debian)
