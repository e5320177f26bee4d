"""What is said about values that a column does not take, and what the site attribute `checkvalues` does about it."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk

ODD = 'nodehm.consoleondemand of node=n1 is "perhaps"; it takes yes, y, 1, on, true, enable or no, n, 0, off, false, disable'


async def test_an_odd_value_is_stored_with_a_warning(desk: Desk) -> None:
    seen = await desk.type("chtab node=n1 nodehm.consoleondemand=perhaps nodehm.mgt=ipmi")
    assert (seen.stdout, seen.stderr, seen.status) == ("", f"Warning: [mn1]: {ODD}\n", 0)
    assert await desk.ok("gettab node=n1 nodehm.consoleondemand") == "perhaps\n"


async def test_a_strict_site_refuses_it(desk: Desk) -> None:
    await desk.ok("chtab key=checkvalues site.value=strict")
    seen = await desk.type("chtab node=n1 nodehm.consoleondemand=perhaps nodehm.mgt=ipmi")
    assert (seen.stdout, seen.stderr, seen.status) == ("", f"Error: [mn1]: {ODD}\n", 1)
    assert len((await desk.ok("tabdump nodehm")).splitlines()) == 1


async def test_a_site_that_does_not_care_hears_nothing(desk: Desk) -> None:
    await desk.ok("chtab key=checkvalues site.value=no")
    await desk.ok("chtab node=n1 nodehm.consoleondemand=perhaps")


async def test_a_dry_run_warns_too(desk: Desk) -> None:
    seen = await desk.type("chtab --dry-run node=n1 nodehm.consoleondemand=perhaps")
    assert seen.stderr == f"Warning: [mn1]: {ODD}\n"


@pytest.mark.parametrize("value", ["|n(.*)|y|", "/n/y/", "y+=NEXTRECORD", "", "YES", "0", "n"])
async def test_rules_and_what_is_allowed_are_not_complained_about(desk: Desk, value: str) -> None:
    await desk.ok(f"chtab node=n1 nodehm.mgt=ipmi 'nodehm.consoleondemand={value}'")


async def test_site_attributes_have_forms_of_their_own(desk: Desk) -> None:
    seen = await desk.type("chtab key=checkvalues site.value=sometimes")
    assert seen.stderr == 'Warning: [mn1]: site.value of key=checkvalues is "sometimes"; it takes warn, strict or no\n'
    await desk.ok("chtab key=ours site.value=sometimes")
