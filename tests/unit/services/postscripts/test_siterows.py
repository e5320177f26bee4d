"""Which rows of table site nodes see."""

from __future__ import annotations

from tests.unit.services.postscripts.sheets import environment, here, site, text
from xcatd.services.postscripts.siterows import shown


def test_a_list_decides_and_the_site_adds_to_it() -> None:
    rows = site(master="mn", domain="c.net", powerinterval="3", mytool="x y", mypostscriptkeys="mytool, none")
    found = dict(shown(here(site=rows).world.snapshot))
    assert found == {
        "DOMAIN": "c.net",
        "HTTPPORT": "80",
        "INSTALLDIR": "/install",
        "MYTOOL": "x y",
        "SITEMASTER": "mn",
        "TFTPDIR": "/tftpboot",
    }


def test_secrets_are_not_shown_even_when_they_are_asked_for() -> None:
    keys = ("ldappassword", "my.secret", "apikey", "snmpcommunity")
    rows = site(**dict.fromkeys(keys, "hunter2"), mypostscriptkeys=",".join(keys))
    assert "hunter2" not in text(here(site=rows))


def test_they_are_variables_of_the_shell() -> None:
    rows = site(domain="it's $HOME", mypostscriptkeys="9lives", **{"9lives": "`x`"})
    assert environment(text(here(site=rows)), "DOMAIN", "_9LIVES") == {"DOMAIN": "it's $HOME", "_9LIVES": "`x`"}
