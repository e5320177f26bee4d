"""The program's own templates: what they become, and what shells and XML's readers make of it."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.services.autoinst.sites import RELEASES, answers, shipped_at
from tests.unit.services.postscripts.sheets import site
from xcatd.errors import ServiceError
from xcatd.services.autoinst.shelf import shipped

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("folder", RELEASES)
async def test_answers_are_those_that_were_read_by_hand(folder: str) -> None:
    made = await answers(shipped_at(folder))
    assert made.text == (GOLDEN / folder).read_text()
    assert made.post in ("", (GOLDEN / "post").read_text())
    assert bool(made.post) == (folder in ("debian", "ubuntu"))


@pytest.mark.parametrize("folder", RELEASES)
async def test_a_service_node_has_the_same_and_more_packages(folder: str) -> None:
    compute, service = [(await answers(shipped_at(folder, profile))).text for profile in ("compute", "service")]
    assert set(compute.replace("]", ",").split()) <= set(service.replace("]", ",").split())


@pytest.mark.parametrize("folder", RELEASES)
async def test_hostile_names_stay_what_they_are(folder: str) -> None:
    rows = site(master="10.0.0.1", domain='c.net</source>"; touch x #', timezone="$(touch x)'\\")
    if folder == "debian":  # where a line's last word would go on with the next line
        with pytest.raises(ServiceError, match="a line that ends with a backslash"):
            await answers(shipped_at(folder, site=rows))
        return
    text = (await answers(shipped_at(folder, site=rows))).text
    if folder == "sles":
        root = ElementTree.fromstring(text)
        space = "{http://www.suse.com/1.0/yast2ns}"
        assert root.findtext(f"{space}timezone/{space}timezone") == "$(touch x)'\\"
    else:
        assert ("timezone --utc '$(touch x)'\"'\"'\\'" if folder == "rh" else 'timezone: "$(touch x)\'\\\\"') in text


def test_scripts_are_read_by_shells() -> None:
    kickstart = asyncio.run(answers(shipped_at("rh"))).text
    sections = [f"#!/bin/sh{part.partition('.log')[2]}" for part in kickstart.split("%end")[1:3]]
    root = ElementTree.fromstring(asyncio.run(answers(shipped_at("sles"))).text)
    sections += [one.text or "" for one in root.iter("{http://www.suse.com/1.0/yast2ns}source")]
    sections.append(asyncio.run(answers(shipped_at("debian"))).post)
    assert len(sections) == 5
    for text in sections:
        for shell in ("dash", "bash"):
            done = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True, timeout=20)
            assert (done.returncode, done.stderr) == (0, "")


def test_the_judge_of_scripts_is_content() -> None:
    words = ["shellcheck", "-s", "sh", "-e", "SC1091,SC2154", str(shipped() / "scripts/first-boot.sh")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_judge_of_the_script_in_the_installed_system_is_content(tmp_path: Path) -> None:
    script = tmp_path / "post"
    script.write_text(asyncio.run(answers(shipped_at("debian"))).post)
    done = subprocess.run(["shellcheck", "-s", "sh", str(script)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")
