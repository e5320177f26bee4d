"""Files that say how the disk is divided."""

from __future__ import annotations

import pytest

from tests.unit.services.autoinst.sites import answers, at, shipped_at, with_linux
from xcatd.errors import ServiceError

FILES = {
    "/install/custom/ks": "part / --size 1 --grow\npart swap --size #TABLEBLANKOKAY:nodehm:$NODE:power#512\n",
    "/install/custom/script": "echo 'part / --size 1 --grow' >/tmp/partitionfile\n",
    "/install/custom/recipe": "\t500 10000 -1 ext4\n\t\tmethod{ format } mountpoint{ / }\n\t.\n",
    "/install/custom/disk": "/dev/sda\n",
    "/install/custom/more": "d-i partman-basicfilesystems/no_swap boolean false\n",
    "/install/custom/xml": "<drive><device>/dev/sda</device></drive>\n",
    "/install/custom/storage": "layout:\n  name: direct\n",
    "/install/custom/bad": "x\n%end\n",
}


async def made(folder: str, text: str) -> str:
    there = shipped_at(folder)
    rows = with_linux(there, partitionfile=text)["linuximage"]
    template, release = str(rows[0]["template"]), there.world.snapshot.table("osimage").rows[0]["osvers"]
    return (await answers(at(template, FILES, release=release, linuximage=rows))).text


@pytest.mark.parametrize(
    "folder, text, lines",
    [
        ("rh", "/install/custom/ks", ["part / --size 1 --grow", "part swap --size ''512"]),
        ("rh", "s:/install/custom/script", ["%include /tmp/partitionfile"]),
        ("sles", "/install/custom/xml", ["<drive><device>/dev/sda</device></drive>"]),
        (
            "debian",
            "/install/custom/recipe,d:/install/custom/disk, c:/install/custom/more",
            [
                "d-i partman-auto/expert_recipe string xcat :: 500 10000 -1 ext4 method{ format } mountpoint{ / } .",
                "d-i partman-auto/disk string /dev/sda",
                "d-i partman-basicfilesystems/no_swap boolean false",
            ],
        ),
        ("ubuntu", "/install/custom/storage", ["  storage:", "    layout:", "      name: direct"]),
        (
            "ubuntu",
            "d:/install/custom/disk",
            ["  storage:", "    layout:", "      name: lvm", "      match:", '        path: "/dev/sda"'],
        ),
    ],
)
async def test_what_each_installer_gets(folder: str, text: str, lines: list[str]) -> None:
    found = (await made(folder, text)).splitlines()
    start = found.index(lines[0])
    assert found[start : start + len(lines)] == lines
    assert not any("PARTITION" in line or "autopart" in line or "atomic" in line for line in found)


async def test_a_script_is_run_before_the_disk_is_divided() -> None:
    text = await made("rh", "s:/install/custom/script")
    before = text.partition("%pre")[2].partition("%end")[0]
    assert "cat >/tmp/partitionscript <<'XCAT_END_OF_SCRIPT'\n#!/bin/sh\necho 'part" in before
    assert before.endswith("chmod 700 /tmp/partitionscript\n/tmp/partitionscript\n")


async def test_a_template_without_a_place_for_scripts_gets_one() -> None:
    files = {**FILES, "/install/custom/t.tmpl": "text\n #XCAT_PARTITION_START#\nautopart\n#XCAT_PARTITION_END#\n"}
    rows = with_linux(at(), partitionfile="s:/install/custom/script")
    text = (await answers(at(files=files, tables=rows))).text
    assert text.startswith("text\n%include /tmp/partitionfile\n%pre\ncat >/tmp/partitionscript")
    assert text.endswith("/tmp/partitionscript\n%end\n")


@pytest.mark.parametrize(
    "folder, text, sentence",
    [
        ("sles", "s:/install/custom/script", "autoyast files cannot have; they can have: no prefix"),
        ("debian", "s:d:/install/custom/script", "has s:d:/install/custom/script, which preseed files cannot have"),
        ("rh", "/etc/shadow", "names /etc/shadow, which is in none of these folders"),
        ("rh", "s:/install/custom/bad", "has a line that says %end"),
        ("ubuntu", "d:/install/custom/recipe", "is no name of a disk, such as /dev/sda"),
    ],
)
async def test_what_cannot_be_used_is_said(folder: str, text: str, sentence: str) -> None:
    with pytest.raises(ServiceError) as raised:
        await made(folder, text)
    assert sentence in str(raised.value)


async def test_marks_are_needed() -> None:
    files = {**FILES, "/install/custom/t.tmpl": "text\nautopart\n"}
    with pytest.raises(ServiceError, match="has to have one line #XCAT_PARTITION_START#"):
        await answers(at(files=files, tables=with_linux(at(), partitionfile="/install/custom/ks")))
