"""Versions that link: the same major one, one step of the minor one."""

from __future__ import annotations

import asyncio

import pytest

from xcatd.errors import OtherVersion
from xcatd.hierarchy import Links
from xcatd.hierarchy.versions import Side, why_apart

ME = Side("mn1", "Version 3.4.1 (git commit 0123abcd, built 2026-11-20)")


@pytest.mark.parametrize("version", ["3.4.1", "3.4.0a1", "3.3.9", "3.5.0", "3.5.0rc1"])
def test_one_step_up_and_down_links(version: str) -> None:
    assert why_apart(Side("sn1", f"Version {version} (git commit unknown, built from source)"), ME) == ""


@pytest.mark.parametrize("version", ["3.2.9", "3.6.0", "4.4.1", "2.17", "13.4.0"])
def test_others_do_not_and_the_sentence_says_what_to_do(version: str) -> None:
    assert why_apart(Side("sn1", f"Version {version} (git commit unknown, built from source)"), ME) == (
        f"sn1 runs version {version} and mn1 3.4.1, which are more than one minor version apart: "
        "install the version of mn1 on sn1, or the other way round, one minor version after the other"
    )


@pytest.mark.parametrize("version", ["", "Version three", "x" * 1000])
def test_what_is_no_version_does_not_link(version: str) -> None:
    why = why_apart(Side("sn1", version), ME)
    assert "which are no versions: install" in why
    assert len(why) < 250


async def test_who_does_not_link_is_known_with_the_reason_and_another_version_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    links = Links()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(links.wait_for("sn1"))
        await asyncio.sleep(0)
        with pytest.raises(OtherVersion, match=r"sn1 runs version 3\.6\.0 and mn1 3\.4\.1"):
            links.meet(Side("sn1", "Version 3.6.0"), ME)
        assert await waiting is None, "nobody waits for one that is not taken in"
    assert links.why_not("sn1.example").startswith("sn1 runs version 3.6.0 and mn1 3.4.1")
    for version in ("3.4.1", "3.5.0", "3.5.0", "3.5.1"):
        links.meet(Side("sn2", ME.version if version == "3.4.1" else f"Version {version}"), ME)
    assert [record.message.partition(", this")[0] for record in caplog.records] == [
        "sn2 runs Version 3.5.0",
        "sn2 runs Version 3.5.1",
    ]
