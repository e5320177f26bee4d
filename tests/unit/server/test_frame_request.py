"""What a `Q` frame may say, and what is refused with a sentence."""

from __future__ import annotations

import json

import pytest

from xcatd.errors import Malformed
from xcatd.server.frame_request import Typed, read_request


def test_a_command_line_with_its_folder_and_variables() -> None:
    payload = json.dumps({"argv": ["nodels", "n1", "\udcff"], "cwd": "/tmp", "env": {"XCATSHOWSVR": "1"}, "tty": True})
    assert read_request(payload.encode()) == Typed(
        ("nodels", "n1", "\udcff"), "/tmp", (("XCATSHOWSVR", "1"),), tty=True
    )


def test_folder_and_variables_may_be_missing() -> None:
    assert read_request(b'{"argv": ["nodels"]}') == Typed(("nodels",), "/", ())


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "The request is not JSON"),
        (b'{"argv": ["nodels"]', "The request is not JSON"),
        (b'{"argv": ["nod\xffels"]}', "The request is not JSON"),
        (b"[" * 100_000, "The request is not JSON"),
        (b'{"argv": ["n", %s]}' % (b"1" * 5000), "The request is not JSON"),
        (b"[]", "The request names no command"),
        (b"{}", "The request names no command"),
        (b'{"argv": []}', "The request names no command"),
        (b'{"argv": [""]}', "The request names no command"),
        (b'{"argv": "nodels"}', "The request names no command"),
        (b'{"argv": [["nodels"]]}', "The request names no command"),
        (b'{"argv": ["nodels", 7]}', "'7' stands where a text belongs"),
        (b'{"argv": ["nodels"], "cwd": null}', "'None' stands where a text belongs"),
        (b'{"argv": ["nodels"], "env": []}', "env must be an object of texts"),
        (b'{"argv": ["nodels"], "env": {"XCATHOST": {}}}', "'{}' stands where a text belongs"),
    ],
)
def test_what_is_no_request(payload: bytes, sentence: str) -> None:
    with pytest.raises(Malformed) as raised:
        read_request(payload)
    assert str(raised.value).startswith(sentence)


def test_who_sits_at_a_terminal_may_see_progress() -> None:
    assert read_request(b'{"argv": ["nodels"], "progress": true}').progress is True
    assert read_request(b'{"argv": ["nodels"], "progress": 1}').progress is False


def test_a_terminal_on_standard_input_is_noted() -> None:
    assert read_request(b'{"argv": ["rpower"], "tty": true}').tty is True
    assert read_request(b'{"argv": ["rpower"], "tty": 1}').tty is False
