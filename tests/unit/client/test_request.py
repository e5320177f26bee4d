"""The request that leaves the host: JSON that any parser reads back as what was typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcat_client import request
from xcat_client.trouble import Trouble

TEXT = st.one_of(
    st.text(st.characters(codec="utf-8")),
    st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    st.text(st.sampled_from('"\\/\b\f\n\r\t\0\x1f\x7f\x80é\u2028\ufffd\U0001f600\udc80\udcff')),
)


@given(text=TEXT)
def test_any_text_survives_quoting(text: str) -> None:
    assert json.loads(request.quoted(text)) == text
    assert json.loads(request.quoted(text).encode()) == text


@given(words=st.lists(TEXT, min_size=1), cwd=TEXT, value=TEXT, tty=st.booleans())
def test_a_request_says_what_was_typed_and_where(words: list[str], cwd: str, value: str, tty: bool) -> None:
    env = {"XCATX": value, "XCAT_Y": "", "PATH": "/bin"}
    payload = request.encode(words, env, cwd=cwd, tty=tty, progress=not tty, screen=tty)
    assert json.loads(payload) == {
        "argv": words,
        "cwd": cwd,
        "env": {"XCATX": value, "XCAT_Y": ""},
        "tty": tty,
        "progress": not tty,
        "screen": tty,
    }


def test_only_variables_that_start_with_xcat_or_dsh_leave_the_host_and_no_password() -> None:
    secrets = ("AWS_SECRET_ACCESS_KEY", "MYXCAT", "xcatx", "DSHX", "DSH_REMOTE_PASSWORD")
    env = {**dict.fromkeys(secrets, "secret"), "XCATHOST": "mn", "DSH_FANOUT": "8"}
    payload = request.encode(["nodels"], env, cwd="/", tty=False)
    assert b"secret" not in payload
    assert json.loads(payload)["env"] == {"XCATHOST": "mn", "DSH_FANOUT": "8"}


def test_a_command_line_beyond_the_limit_is_refused_here() -> None:
    with pytest.raises(Trouble, match="longer than the 1 MiB that xcatd takes: name the nodes by a range"):
        request.encode(["nodels", "n" * (1 << 20)], {}, cwd="/", tty=False)


def test_a_removed_working_directory_counts_as_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    assert request.directory() == str(gone)
    gone.rmdir()
    assert request.directory() == "/"
