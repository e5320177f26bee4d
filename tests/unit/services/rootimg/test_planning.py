"""What is built of an image, as the tables have it."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.helpers.media import lay
from tests.unit.objects.worlds import world
from xcatd.errors import XcatError
from xcatd.services.rootimg.planning import Ground, plan_build, rootimgdir_of
from xcatd.services.rootimg.spec import BuildSpec, Step, build_spec

REPOMD = "repodata/repomd.xml"


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    lay(
        tmp_path,
        {
            f"install/rocky9.4/x86_64/BaseOS/{REPOMD}": "",
            f"install/post/own/sub/{REPOMD}": "",
            f"install/kernels/{REPOMD}": "",
            "install/pkglist": "bash\n",
            "install/others": "sub/tool\n",
            "install/script": "",
            "install/driver.rpm": "",
        },
    )
    return Ground(world(), tmp_path)


def image(**more: str) -> Mapping[str, str]:
    given = {"provmethod": "netboot", "osvers": "rocky9.4", "osarch": platform.machine(), "profile": "compute"}
    return {**given, "pkglist": "/install/pkglist", "pkgdir": "/install/rocky9.4/x86_64", **more}


def test_all_that_tables_say_is_in_it_and_travels(ground: Ground) -> None:
    given = image(
        otherpkglist="/install/others",
        otherpkgdir="/install/post/own",
        postinstall="/install/script 'two words' x,/install/script",
        kernelver="5.14.0-427.el9.x86_64",
        kerneldir="/install/kernels",
        netdrivers="tg3, bnx2",
        otherifce="eth1",
        driverupdatesrc="rpm:/install/driver.rpm",
        environvar="A=b,C='d e'",
        rootimgdir="/install/netboot/x/",
    )
    spec = plan_build(ground, "img", given)
    root = ground.root
    assert build_spec(json.loads(json.dumps(spec.told()))) == spec
    assert (spec.family, spec.folder, spec.called) == ("rh", str(root / "install/netboot/x"), "/install/netboot/x")
    assert [one.url for one in spec.repositories] == [
        f"file://{root}/install/rocky9.4/x86_64/BaseOS",
        f"file://{root}/install/kernels",
        f"file://{root}/install/post/own/sub",
    ]
    assert spec.steps == (
        Step(("bash",)),
        Step(("tool",)),
        Step(("kernel-5.14.0-427.el9.x86_64",)),
        Step((str(root / "install/driver.rpm"),)),
    )
    script = str(root / "install/script")
    assert spec.scripts == ((script, "two words", "x"), (script,))
    assert (spec.drivers, spec.interfaces) == (("tg3", "bnx2"), ("eth1",))
    assert spec.variables["A"] == "b"
    assert spec.variables["C"] == "d e"
    assert spec.variables["IMG_NAME"] == "img"
    assert spec.variables["IMG_INSTALLDIR"] == str(root / "install")
    assert spec.variables["IMG_KERNELVERSION"] == "5.14.0-427.el9.x86_64"


def test_what_is_not_said_has_a_usual_place(ground: Ground) -> None:
    given = {key: text for key, text in image().items() if key != "pkgdir"} | {"osarch": "x86_64"}
    assert rootimgdir_of(ground, given) == "/install/netboot/rocky9.4/x86_64/compute"
    spec = plan_build(ground, "img", given, only_initrd=True)
    assert spec == BuildSpec(**{**spec.told(), "repositories": (), "steps": (), "only_initrd": True})


def test_lists_of_the_program_are_below_no_root(ground: Ground, tmp_path: Path) -> None:
    own = lay(tmp_path / "prefix/share/netboot/rh", {"compute.pkglist": "curl\n", "compute.postinstall": ""})
    wider = Ground(ground.world, ground.root, (tmp_path / "prefix/share",))
    given = image(pkglist=f"{own}/compute.pkglist", postinstall=f"{own}/compute.postinstall")
    spec = plan_build(wider, "img", given)
    assert (spec.steps, spec.scripts) == ((Step(("curl",)),), ((f"{own}/compute.postinstall",),))


@pytest.mark.parametrize(
    "given, sentence",
    [
        (image(provmethod="install"), "provmethod 'install'"),
        (image(osvers=""), "has no osvers"),
        (image(profile="a/b"), "cannot be a folder"),
        (image(osvers="plan9"), "Nobody here knows how plan9 is built"),
        (image(pkglist=""), "has no pkglist"),
        (image(pkglist="/install/nothing"), "is not there, or empty"),
        (image(pkgdir="/install/nothing"), "copy a medium with copycds"),
        (image(osarch="s390x"), "is for s390x, and this host is"),
        (image(postinstall="/install/nothing"), "no such file"),
        (image(postinstall="'/install/script"), "a quote is missing"),
        (image(netdrivers="tg3;reboot"), "is no name"),
        (image(kernelver="$(reboot)"), "is no version"),
        (image(driverupdatesrc="dud:/install/driver.rpm"), "only rpm:FILE"),
        (image(driverupdatesrc="rpm:/install/none.rpm"), "no such file"),
        (image(rootimgdir="/"), "a folder of its own"),
        (image(rootimgdir="/install/../etc"), "a folder of its own"),
        (image(otherpkglist="/install/others", otherpkgdir="/install/kernels"), "createrepo_c"),
    ],
)
def test_what_is_wrong_is_said_with_the_remedy(ground: Ground, given: Mapping[str, str], sentence: str) -> None:
    with pytest.raises(XcatError) as failure:
        plan_build(ground, "img", given)
    assert sentence in str(failure.value)


@pytest.mark.parametrize(
    "system, version, packaged, name",
    [
        ("sle15.5", "5.14.21-150500.53-default", "", "kernel-default=5.14.21-150500.53"),
        ("sle15.5", "5.14.21-150500.53-default", "default-5.14.21-150500.53.2", "kernel-default=5.14.21-150500.53.2"),
        ("rocky9.4", "5.14.0-427", "", "kernel-5.14.0-427"),
    ],
)
def test_a_version_of_the_kernel_names_its_package(
    ground: Ground, system: str, version: str, packaged: str, name: str
) -> None:
    spec = plan_build(ground, "img", image(osvers=system, kernelver=version, krpmver=packaged))
    assert spec.steps[-1] == Step((name,))
