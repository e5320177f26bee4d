"""What comes with a request besides its words: a script, shell text that is read before, a password.

This release's client sends them as its standard input, so that they are the caller's files and reach service nodes. An old one
sends names of files only, which are read here.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from binascii import Error
from dataclasses import dataclass
from pathlib import Path

from xcatd.api import Ctx, Denied, NotFound, UsageError
from xcatd.hardware.endpoint import NO_SECRET
from xcatd.model import Secret
from xcatd.plugins.shell.wish import PASSWORD, Wish
from xcatd.remote.lines import text_of

_LARGEST = 64 << 20
"""Bytes of a script."""


@dataclass(frozen=True, slots=True)
class Given:
    script: bytes | None = None
    environment: str = ""
    password: Secret = NO_SECRET


async def read_given(ctx: Ctx, wish: Wish) -> Given:
    """What the wish needs. Raises UsageError, NotFound or Denied."""
    if not (wish.execute or wish.environment or wish.setup):
        return Given()
    text = await ctx.stdin() if ctx.request.whole else ""
    if text:
        return _sent(text)
    password = Secret(dict(ctx.request.env).get(PASSWORD, ""))
    script = await _file(ctx, wish.words[0]) if wish.execute else None
    environment = text_of(await _file(ctx, wish.environment)) if wish.environment else ""
    return Given(script, environment, password)


def _sent(text: str) -> Given:
    try:
        match json.loads(text):
            case {"script": str() | None as script, "environment": str() as environment, "password": str() as password}:
                return Given(
                    None if script is None else b64decode(script, validate=True),
                    text_of(b64decode(environment, validate=True)),
                    Secret(password),
                )
    except (ValueError, Error):
        pass  # the text may have a password in it: it is not shown
    raise UsageError("xdsh: what came as standard input is not what this release's client sends: use that one")


async def _file(ctx: Ctx, name: str) -> bytes:
    """A file of this host, where the request came in. The daemon reads it with its own rights, so only for root."""
    if len(ctx.request.via) > 1:
        raise UsageError(
            f"xdsh: {name} does not reach nodes behind service nodes from an old client: use this release's"
        )
    if ctx.request.caller.name != "root":
        raise Denied(f"Only root may name a file with an old client: use this release's, which sends {name}")
    path = Path(ctx.request.cwd) / name
    try:
        content = await asyncio.to_thread(_read, path)
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(content) > _LARGEST:
        raise UsageError(f"xdsh: {path} is larger than {_LARGEST >> 20} MiB: copy it with xdcp")
    return content


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST + 1)
