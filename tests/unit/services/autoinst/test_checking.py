"""What the real checkers, and our own reading, find wrong."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from tests.unit.services.autoinst.sites import RELEASES, answers, at, shipped_at
from xcatd.services.autoinst.checking import CHECKERS, faults_in, kickstart_version, missing_checker
from xcatd.services.autoinst.form import Form
from xcatd.services.autoinst.image import Image, image_named


def image(release: str = "rocky9.4") -> Image:
    return image_named(at(release=release).world, "img")


@pytest.mark.parametrize("form", CHECKERS)
def test_the_checkers_are_here(form: Form) -> None:
    assert missing_checker(form) == ""


def test_a_checker_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHECKERS, Form.KICKSTART, ("no-such-program", "pykickstart"))
    said = missing_checker(Form.KICKSTART)
    assert said == "kickstart files are not checked: no-such-program is not installed; it comes with pykickstart"
    assert missing_checker(Form.AUTOYAST) == ""


@pytest.mark.parametrize(
    "release, version",
    [
        ("rocky9.4", "RHEL9"),
        ("rhels8.6.0", "RHEL8"),
        ("centos-stream9", "RHEL9"),
        ("fedora40", "F40"),
        ("ol8.9", "RHEL8"),
    ],
)
async def test_the_syntax_of_the_release_counts(release: str, version: str) -> None:
    assert kickstart_version(image(release)) == version
    faults = await faults_in(Form.KICKSTART, "install\nrootpw x\n", image(release))
    assert bool(faults) == (version != "RHEL8")  # there it is old, and works


@pytest.mark.parametrize("release", ["rocky8.9", "rhels8.6.0", "rhels9.2.0", "alma9.4"])
async def test_our_kickstart_fits_each_release(release: str) -> None:
    text = (await answers(shipped_at("rh"))).text
    assert not await faults_in(Form.KICKSTART, text, image(release))


@pytest.mark.parametrize(
    "form, text, sentence",
    [
        (Form.KICKSTART, "nosuch\n", "Unknown command: nosuch"),
        (Form.KICKSTART, "lang a b\n", "Unexpected arguments to lang"),
        (Form.PRESEED, "d-i a/b nosuch c\nd-i only\n", "parse error on line 2"),
        (Form.AUTOYAST, "<profile><a></profile>", "it is no XML: mismatched tag: line 1"),
        (Form.AUTOINSTALL, "a: [", "it is no YAML"),
        (Form.AUTOINSTALL, "- a", "it has no key autoinstall"),
        (Form.AUTOINSTALL, "autoinstall: {version: 2, identity: {}}", "autoinstall.version has to be 1"),
        (Form.AUTOINSTALL, "autoinstall: {version: 1}", "it needs autoinstall.identity or autoinstall.user-data"),
        (
            Form.AUTOINSTALL,
            "autoinstall: {version: 1, user-data: {}, packges: []}",
            "packges is no key that the installer knows",
        ),
        (
            Form.AUTOINSTALL,
            "autoinstall: {version: 1, user-data: {}, packages: a}",
            "autoinstall.packages cannot be str",
        ),
    ],
)
async def test_what_is_wrong_is_said(form: Form, text: str, sentence: str) -> None:
    faults = await faults_in(form, text, image())
    assert sentence in " ".join(faults)
    assert len(faults) <= 3


@pytest.mark.parametrize("folder", RELEASES)
async def test_ours_are_right(folder: str) -> None:
    made = await answers(shipped_at(folder))
    assert list(await faults_in(made.form, made.text, image(RELEASES[folder]))) == []


def test_xmllint_reads_ours_too() -> None:
    text = asyncio.run(answers(shipped_at("sles"))).text
    done = subprocess.run(
        ["xmllint", "--noout", "--nonet", "-"], input=text, capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("indent", ["", "\n  \t", "#\f"])
async def test_no_other_file_of_the_server_is_read_and_told(tmp_path: Path, indent: str) -> None:
    secret = tmp_path / "shadow"
    secret.write_text("root:hash\n")
    text = f"text\n{indent}%ksappend {secret}\n%include {secret}\n"
    assert not await faults_in(Form.KICKSTART, text, image())
