"""Requests whose words stand in elements of their own."""

from __future__ import annotations

from xcatd.protocol.xml import XmlRequest
from xcatd.server.xml_body import words_and_input


def test_tabrestore_as_xcats_client_sends_it() -> None:
    asked = XmlRequest("tabrestore", extra={"table": ["site"], "data": ["#key\n", '"a\n', 'b"'], "addrows": ["yes"]})
    assert words_and_input(asked) == (("--addrows", "site"), '#key\n"a\nb"\n')


def test_tabrestore_of_an_empty_file() -> None:
    assert words_and_input(XmlRequest("tabrestore", extra={"table": ["site"]})) == (("site",), "")


def test_other_requests_are_left_as_they_are() -> None:
    asked = XmlRequest("tabdump", args=("site",), stdin="x", extra={"table": ["site"]})
    assert words_and_input(asked) == (("site",), "x")
    assert words_and_input(XmlRequest("tabrestore", args=("-a", "site"), stdin="#key\n")) == (("-a", "site"), "#key\n")
