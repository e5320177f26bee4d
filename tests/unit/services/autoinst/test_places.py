"""Values that are meant to break out, in every place of every language: read back by the language's own reader."""

from __future__ import annotations

import shlex
import subprocess
from xml.etree import ElementTree

import pytest
import yaml

from xcatd.services.autoinst.form import Form, form_of
from xcatd.services.autoinst.places import PLACES, CannotStand, yaml_text

HOSTILE = (
    *("plain", "two words", "it's", 'say "x"', "$(touch /tmp/pwned)", "`id`", "a;b|c&d", "back\\slash", "# no comment"),
    *("</source><x>", "]]>", "<!-- -->", "&amp;", "%end", "{a: b}", "[x]", "- x", "yes", "012", "~", "a: b", "ü€"),
)


def filled(form: Form, template: str, value: str) -> str:
    """The template with the value in the place of each @."""
    places, lines = PLACES[form](), []
    for line in template.splitlines():
        made, start = "", 0
        for place in (number for number, char in enumerate(line) if char == "@"):
            write = places.place(line[:place].replace("@", "x"), line[place + 1 :])
            made += line[start:place] + write(value)
            start = place + 1
        lines.append(made + line[start:])
        places.passed(line)
    return "\n".join(lines) + "\n"


def said(script: str) -> str:
    done = subprocess.run(["sh", "-eu"], input=script, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, ""), script
    return done.stdout


@pytest.mark.parametrize("value", HOSTILE)
def test_kickstart(value: str) -> None:
    text = filled(Form.KICKSTART, "timezone @ --x=@\n%post\nprintf '%s\\n' @ \"@\" '@' # @\n%end\nlang @\n", value)
    lines = text.splitlines()
    assert shlex.split(lines[0]) == ["timezone", value, f"--x={value}"]
    assert said(lines[2]) == f"{value}\n" * 3
    assert shlex.split(lines[4]) == ["lang", value]


@pytest.mark.parametrize("value", HOSTILE)
def test_autoyast(value: str) -> None:
    template = """<?xml version="1.0"?>
<profile name="@">
<!-- @ -->
<a>@</a><b>x @ y</b>
<source><![CDATA[
printf '%s\\n' @ "@" '@'
]]></source>
<source>
printf '%s\\n' @
</source><c>@</c>
</profile>"""
    root = ElementTree.fromstring(filled(Form.AUTOYAST, template, value))
    assert root.get("name") == value
    assert [root.findtext(tag) for tag in "abc"] == [value, f"x {value} y", value]
    scripts = [one.text or "" for one in root.findall("source")]
    assert said(scripts[0]) == f"{value}\n" * 3
    assert said(scripts[1]) == f"{value}\n"


@pytest.mark.parametrize("value", HOSTILE)
def test_preseed(value: str) -> None:
    template = "d-i a/b string @\nd-i a/c string x @ y\nd-i p/late_command string \\\n    printf '%s\\n' @ \\\n"
    template += "    \"@\" '@'\nd-i a/d string @\n"
    lines = filled(Form.PRESEED, template, value).splitlines()
    assert lines[:2] == [f"d-i a/b string {value}", f"d-i a/c string x {value} y"]
    assert said("\n".join(lines[3:5])) == f"{value}\n" * 3
    assert lines[5] == f"d-i a/d string {value}"


@pytest.mark.parametrize("value", HOSTILE)
def test_autoinstall(value: str) -> None:
    template = """autoinstall:
  a: @
  b: '@ x'
  c: "@"
  d: [@, @]
  e: {k: @}
  g: |
    as it is: @
  late-commands:
    - |
      printf '%s\\n' @ "@"
    - |
      printf '%s\\n' '@'
  f: @
"""
    found = yaml.safe_load(filled(Form.AUTOINSTALL, template, value))["autoinstall"]
    assert [found[key] for key in "abcf"] == [value, f"{value} x", value, value]
    assert (found["d"], found["e"], found["g"]) == ([value, value], {"k": value}, f"as it is: {value}\n")
    assert "".join(map(said, found["late-commands"])) == f"{value}\n" * 3


@pytest.mark.parametrize("value", ["a\nb", "a\r\nlate: x", "a\x00b\x1b"])
def test_the_end_of_a_line_is_a_blank(value: str) -> None:
    for form, line in (
        (Form.KICKSTART, "lang @"),
        (Form.PRESEED, "d-i a/b string @ x"),
        (Form.AUTOYAST, "<a>@</a>"),
        (Form.AUTOINSTALL, "a: '@'"),
    ):
        made = filled(form, line, value)
        assert len(made.splitlines()) == 1
        assert not set(made[:-1]) & {"\n", "\r", "\x00", "\x1b"}


@pytest.mark.parametrize(
    "form, template, value",
    [
        (Form.KICKSTART, "%packages\n@", "a b"),
        (Form.PRESEED, "d-i a/b string @", "x\\"),
        (Form.AUTOINSTALL, "url: http://@/x", "a b"),
        (Form.AUTOINSTALL, "url: http://@", "x:"),
        (Form.AUTOINSTALL, "late-commands:\n  - echo @", "$(id)"),
        (Form.AUTOINSTALL, "late-commands: [echo @]", "a b"),
        (Form.AUTOINSTALL, "late-commands:\n  - 'echo @'", "it's"),
    ],
)
def test_what_cannot_be_written_there_is_refused(form: Form, template: str, value: str) -> None:
    with pytest.raises(CannotStand):
        filled(form, template, value)


def test_words_that_are_safe_stand_as_they_are() -> None:
    assert filled(Form.KICKSTART, "url --url http://@:80/x", "10.0.0.1") == "url --url http://10.0.0.1:80/x\n"
    assert filled(Form.AUTOINSTALL, "u: http://@/x", "10.0.0.1") == "u: http://10.0.0.1/x\n"
    assert (yaml_text("Europe/Berlin"), yaml_text("yes"), yaml_text("10")) == ("Europe/Berlin", '"yes"', '"10"')


@pytest.mark.parametrize(
    "text, form",
    [
        ("\n#cloud-config\nautoinstall:\n", Form.AUTOINSTALL),
        ('<?xml version="1.0"?>\n<profile/>\n', Form.AUTOYAST),
        ("<profile/>\n", Form.AUTOYAST),
        ("# mine\nd-i a/b string c\n", Form.PRESEED),
        ("# mine\ntext\nlang en_US\n", Form.KICKSTART),
        ("", Form.KICKSTART),
    ],
)
def test_the_text_says_what_it_is(text: str, form: Form) -> None:
    assert form_of(text.splitlines()) is form
