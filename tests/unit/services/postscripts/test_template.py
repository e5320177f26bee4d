"""A site's own template."""

from __future__ import annotations

import pytest

from tests.unit.services.postscripts.sheets import here, site, text
from xcatd.errors import ServiceError

OS = [{"node": "n1", "os": "rhels 9", "provmethod": "img"}]


def lines(template: str, **more: object) -> list[str]:
    made = here(template=template, nodetype=OS, **more)  # type: ignore[arg-type]
    return [line for line in text(made).splitlines() if "ZONENAME" not in line]


def test_values_are_quoted_for_their_place() -> None:
    template = "A=#TABLE:nodetype:$NODE:os#\nB=\"#TABLE:nodetype:$NODE:os#\"\nC='on $NODE' # $NODE\n$NODES ${NODE}\n"
    assert lines(template) == ["A='rhels 9'", 'B="rhels 9"', "C='on n1' # n1", "$NODES ${NODE}"]


def test_comments_stay_as_they_are() -> None:
    template = "## $NODE and #TABLE:nodetype:$NODE:os# are examples\n  # x $NODE\n"
    assert lines(template) == template.splitlines()


def test_every_word_of_xcat_has_a_meaning() -> None:
    words = (
        *("SITE_TABLE_ALL_ATTRIBS_EXPORT", "ROUTES_VARS_EXPORT", "VLAN_VARS_EXPORT", "MONITORING_VARS_EXPORT"),
        *("OSIMAGE_VARS_EXPORT", "NETWORK_FOR_DISKLESS_EXPORT", "KITCOMP_DEPLOY_PARAMS_EXPORT", "CFGMGTINFO_EXPORT"),
        *("AIX_ROOT_PW_VARS_EXPORT", "INCLUDE_POSTSCRIPTS_LIST", "INCLUDE_POSTBOOTSCRIPTS_LIST"),
    )
    made = "\n".join(lines("\n".join(f"#{word}#" for word in words) + "\nM=#MASTER_IP_ADDR# I=#IPADDR#\n"))
    assert not any(word in made for word in words)
    assert made.endswith("M='' I=''")


def test_a_template_from_before_zones_gives_the_zone() -> None:
    zones = [{"zonename": "z1", "defaultzone": "yes"}]
    made = text(here(template="A=1\n# postscripts-start-here\nx\n", zone=zones))
    assert made == "A=1\nZONENAME=z1\nexport ZONENAME\n# postscripts-start-here\nx\n"
    assert text(here(template="Z=$ZONENAME\n", zone=zones)) == "Z=z1\n"


@pytest.mark.parametrize(
    "line, sentence",
    [
        ("A=#TABLE:ipmi:$NODE:password#", "mypostscript.tmpl line 2 asks for ipmi.password, a secret"),
        ("A=#TABLE:nosuch:$NODE:x#", "line 2 asks for nosuch.x, which there is not"),
        ("A=#TABLE:nodetype:$NODE:x#", "line 2 asks for nodetype.x, which there is not"),
        ("tabdump(passwd)", "line 2 asks for the whole table passwd"),
        ("tabdump(site)", "line 2 asks for the whole table site"),
        ("tabdump( policy )", "line 2 asks for the whole table policy"),
        ("#INCLUDE:/etc/shadow#", "line 2 includes /etc/shadow, which is not in /install/postscripts"),
        ("#INCLUDE:../../etc/shadow#", "line 2 includes ../../etc/shadow, which is not in /install/postscripts"),
        ("#INCLUDE:gone#", "line 2 includes /install/postscripts/gone, which is not there"),
    ],
)
def test_what_nodes_must_not_have_is_named_with_its_line(line: str, sentence: str) -> None:
    with pytest.raises(ServiceError) as raised:
        lines(f"# mine\n{line}\n")
    assert sentence in str(raised.value)


def test_files_beside_it_are_included() -> None:
    files = {"/srv/i/postscripts/a": "A=$NODE\n#INCLUDE:sub/b#\n", "/srv/i/postscripts/sub/b": "B=1\n"}
    assert lines("#INCLUDE:a#\nC=1\n", files=files, site=site(installdir="/srv/i")) == ["A=n1", "B=1", "C=1"]


def test_a_file_that_includes_itself_is_named() -> None:
    with pytest.raises(ServiceError, match="includes itself"):
        lines("#INCLUDE:a#\n", files={"/install/postscripts/a": "#INCLUDE:a#\n"})
