"""Definitions as XML."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk
from xcatd.errors import UsageError
from xcatd.plugins.objects.stanza import Stanza
from xcatd.plugins.objects.xmlfile import read_xml

TWO = "2 object definitions have been created or modified.\n"


async def test_what_lsdef_writes_is_read(cluster: Desk) -> None:
    await cluster.ok("chdef compute nicips.eth0=10.0.0.1 usercomment='a <b> & \"c\" é'")
    shown = await cluster.ok("lsdef -x compute -i groups,usercomment,nicips")
    await cluster.ok("chdef compute groups=compute usercomment= nicips.eth1=1.2.3.4")
    assert await cluster.ok("chdef -x", stdin=shown) == TWO
    assert await cluster.ok("lsdef -x compute -i groups,usercomment,nicips") == shown
    await cluster.ok("rmdef compute")
    assert await cluster.ok("mkdef -x", stdin=shown) == TWO
    assert await cluster.ok("lsdef -x n1,n2 -i groups,usercomment,nicips") == shown


def test_objects_without_attributes_and_attributes_without_text() -> None:
    text = '<xcatobjects><object type="group" name="g"/><object name="n"><attr name="a"/></object></xcatobjects>'
    assert read_xml(text) == [Stanza("g", "group", {}), Stanza("n", "", {"a": ""})]


def test_the_encoding_that_a_file_names_counts() -> None:
    text = "<xcatobjects><object name='n'><attr name='a'>\udce9</attr></object></xcatobjects>"
    assert read_xml(f"<?xml version='1.0' encoding='ISO-8859-1'?>{text}") == [Stanza("n", "", {"a": "é"})]


WANTED = "is not xcatobjects, an object with a name, or an attr with a name in one"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("<xcatobjects>\n<object name='n1'>", "Line 2 of the XML file cannot be read: no element found"),
        ("<xcatobjects>\n<object/></xcatobjects>", f"Line 2 of the XML file: 'object' {WANTED}"),
        ("<xcatobjects>\n\n<attr name='a'>x</attr></xcatobjects>", f"Line 3 of the XML file: 'attr' {WANTED}"),
        ("<xcatobjects>\n\udcff", "Line 2 of the XML file cannot be read: not well-formed (invalid token)"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]>\n<xcatobjects/>", f"Line 1 of the XML file: 'x' {WANTED}"),
    ],
)
def test_a_file_that_cannot_be_read(text: str, error: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_xml(text)
    assert str(raised.value) == error
