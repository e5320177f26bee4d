"""What comes with a request: from this release's client, and from an old one."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from tests.helpers.run import Desk, Terminal
from xcatd.api import Ctx, Denied, NotFound, UsageError, commands_of
from xcatd.dispatch.hall import no_stdin
from xcatd.model import Caller, Request, Role, Secret
from xcatd.plugins.shell import xdsh
from xcatd.plugins.shell.given import Given, read_given
from xcatd.plugins.shell.wish import Wish
from xcatd.protocol.text import Printer

COMMAND = commands_of(xdsh)[0]
SCRIPT = Wish(("script",), "root", execute=True, environment="env")
KEYS = Wish((), "root", setup=True)


def ctx(desk: Desk, caller: str = "root", **more: object) -> Ctx:
    request = Request("r1", "xdsh", Caller(caller, Role.USER), **more)  # type: ignore[arg-type]
    return Ctx(request, COMMAND, desk.hall.host, Terminal(Printer()), no_stdin)


async def test_this_releases_client_sends_what_it_read(desk: Desk) -> None:
    octets = b"\x7fELF\xff\0"
    text = json.dumps(
        {
            "script": b64encode(octets).decode(),
            "environment": b64encode(b"A=\xff").decode(),
            "password": "hush",
        }
    )
    given = await read_given(ctx(desk, whole=True, stdin=text), SCRIPT)
    assert given == Given(octets, "A=\udcff", Secret("hush"))
    assert "hush" not in repr(given)


@pytest.mark.parametrize(
    "text", ["hush", '{"password": "hush"}', '{"script": "hush!", "environment": "", "password": ""}']
)
async def test_anything_else_is_refused_and_not_shown(desk: Desk, text: str) -> None:
    with pytest.raises(UsageError, match="is not what this release's client sends") as raised:
        await read_given(ctx(desk, whole=True, stdin=text), SCRIPT)
    assert "hush" not in str(raised.value)


async def test_an_old_client_names_files_for_root_and_has_the_password_in_a_variable(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "script").write_bytes(b"#!\xff")
    (tmp_path / "env").write_text("A=1")
    old = ctx(desk, cwd=str(tmp_path), env=(("DSH_REMOTE_PASSWORD", "hush"),))
    assert await read_given(old, SCRIPT) == Given(b"#!\xff", "A=1", Secret("hush"))
    assert await read_given(old, KEYS) == Given(None, "", Secret("hush"))
    assert "hush" not in repr(old.request)
    with pytest.raises(Denied, match="Only root may name a file"):
        await read_given(ctx(desk, "ann", cwd=str(tmp_path)), SCRIPT)
    with pytest.raises(UsageError, match="does not reach nodes behind service nodes"):
        await read_given(ctx(desk, cwd=str(tmp_path), via=("mn1", "sn1")), SCRIPT)
    with pytest.raises(NotFound, match="nowhere/script cannot be read: no such file"):
        await read_given(ctx(desk, cwd="/nowhere"), SCRIPT)


async def test_a_plain_command_needs_nothing(desk: Desk) -> None:
    assert await read_given(ctx(desk, whole=True, stdin="ignored"), Wish(("date",), "root")) == Given()
