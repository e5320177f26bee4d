"""The lines of services in fstab(5)."""

from __future__ import annotations

import pytest

from xcatd.services.nfs.fstab import Entry, other_entry, own_entry, with_entry, without_entry

SITE = "UUID=1 / ext4 defaults 0 1\n/dev/sr0 /media auto noauto 0 0\n"
ENTRY = Entry("mn1:/install", "/install", "rw,nolock")
OURS = "# xcatd keeps the next line: installmount\nmn1:/install /install nfs rw,nolock 0 0\n"
OLD = "mn1:/install /install nfs timeo=14,intr 1 2\n"


@pytest.mark.parametrize("text", ["", SITE, SITE.rstrip("\n")])
def test_the_line_is_added_behind_what_there_is(text: str) -> None:
    assert with_entry(text, "installmount", ENTRY) == (SITE if text else "") + OURS


def test_doing_it_twice_changes_nothing_and_it_goes_without_a_trace() -> None:
    text = with_entry(SITE, "installmount", ENTRY)
    assert with_entry(text, "installmount", ENTRY) == text
    assert without_entry(text, "installmount") == SITE
    assert without_entry(SITE, "installmount") == SITE


def test_another_value_takes_the_place_of_the_old_one() -> None:
    text = OURS + SITE
    changed = with_entry(text, "installmount", Entry("mn2:/install", "/install", "rw"))
    assert changed == OURS.replace("mn1:/install /install nfs rw,nolock", "mn2:/install /install nfs rw") + SITE


def test_services_have_a_line_each() -> None:
    text = with_entry(OURS, "tftpmount", Entry("mn1:/tftpboot", "/tftpboot", "rw"))
    assert own_entry(text, "installmount") == ENTRY
    assert own_entry(text, "tftpmount") == Entry("mn1:/tftpboot", "/tftpboot", "rw")
    assert without_entry(text, "tftpmount") == OURS


def test_the_line_of_xcat_2_is_taken_over() -> None:
    assert other_entry(SITE + OLD, "installmount", "/install") is None
    assert with_entry(OLD + SITE, "installmount", ENTRY) == OURS + SITE


def test_a_line_of_the_sites_own_is_seen() -> None:
    mine = "nas:/export/install\t/install\tnfs\tro\t0\t0\n"
    assert other_entry(SITE + mine, "installmount", "/install") == Entry("nas:/export/install", "/install", "ro")
    assert other_entry(SITE + mine + OURS, "installmount", "/install") is not None
    assert other_entry(SITE + OURS, "installmount", "/install") is None
    assert other_entry("# " + mine, "installmount", "/install") is None


def test_a_remark_alone_is_nobodys_line() -> None:
    text = "# xcatd keeps the next line: installmount\n"
    assert own_entry(text, "installmount") is None
    assert own_entry(text + "\n" + SITE, "installmount") is None


def test_blanks_in_names() -> None:
    entry = Entry("mn1:/my files", "/my files", "rw")
    text = with_entry("", "installmount", entry)
    assert r"mn1:/my\040files /my\040files nfs rw 0 0" in text
    assert own_entry(text, "installmount") == entry
