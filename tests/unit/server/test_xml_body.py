"""Requests whose words stand in elements of their own."""

from __future__ import annotations

from xcatd.protocol.xml import XmlRequest
from xcatd.server.xml_body import is_whole, words_and_input


def test_tabrestore_as_xcats_client_sends_it() -> None:
    asked = XmlRequest("tabrestore", extra={"table": ["site"], "data": ["#key\n", '"a\n', 'b"'], "addrows": ["yes"]})
    assert words_and_input(asked) == (("--addrows", "site"), '#key\n"a\nb"\n')


def test_tabrestore_of_an_empty_file() -> None:
    assert words_and_input(XmlRequest("tabrestore", extra={"table": ["site"]})) == (("site",), "")


def test_other_requests_are_left_as_they_are() -> None:
    asked = XmlRequest("tabdump", args=("site",), stdin="x", extra={"table": ["site"]})
    assert words_and_input(asked) == (("site",), "x")
    assert words_and_input(XmlRequest("tabrestore", args=("-a", "site"), stdin="#key\n")) == (("-a", "site"), "#key\n")


def test_makeroutes_has_its_noderange_among_the_words() -> None:
    """It is one of the programs of xCAT that send no noderange; others send an empty one when none was typed."""
    assert is_whole(XmlRequest("makeroutes", args=("sn1", "-d")))
    assert not is_whole(XmlRequest("makeroutes", args=("-d",), noderange=""))
    assert not is_whole(XmlRequest("makeroutes", nodes=("sn1",)))
    assert not is_whole(XmlRequest("makedns", args=("n1",)))
