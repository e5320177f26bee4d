"""A Kea that does not do what it says: what is told to the operator, and which file is left."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.unit.services.dhcp.dialects import document
from xcatd.errors import ServiceError
from xcatd.services.dhcp.document import Change, Document, without
from xcatd.services.dhcp.kea import Kea, tag_of
from xcatd.services.dhcp.keaserver import KeaServer
from xcatd.services.dhcp.system import KEA, Layout, leases_hook
from xcatd.services.managers import manager_of

OLD = "the old file\n"


@dataclass
class Actor:
    """Answers commands as it is told, anything else with success. It keeps nothing."""

    answers: Mapping[str, Mapping[str, Any]]
    asked: list[str] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            command = json.loads(await _whole(reader))["command"]
            self.asked.append(command)
            writer.write(json.dumps(self.answers.get(command, {"result": 0})).encode())
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _whole(reader: asyncio.StreamReader) -> bytes:
    """A JSON object."""
    octets = b""
    while octets.count(b"{") == 0 or octets.count(b"{") != octets.count(b"}"):
        piece = await reader.read(65536)
        if not piece:
            raise asyncio.IncompleteReadError(octets, None)
        octets += piece
    return octets


@contextlib.asynccontextmanager
async def stage(root: Path, **answers: Mapping[str, Any]) -> AsyncIterator[tuple[KeaServer, Actor]]:
    layout, actor = Layout(root, KEA), Actor({name.replace("_", "-"): answer for name, answer in answers.items()})
    for path in (layout.conf, layout.socket):
        path.parent.mkdir(parents=True)
    layout.conf.write_text(OLD)
    async with await asyncio.start_unix_server(actor.talk, layout.socket), manager_of(root) as manager:
        yield KeaServer(layout, manager), actor


def dialect() -> Kea:
    layout = Layout(Path("/"), KEA)
    return Kea(layout.socket, layout.leases, leases_hook())


def whole() -> Document:
    return document(dialect())


def change(after: Document, before: Document | None = None) -> Change:
    return Change(before, after, OLD, dialect().text(after), keep_old=before is None)


async def test_that_it_works_with_another_configuration_is_said(tmp_path: Path) -> None:
    for answer in ({"result": 0, "arguments": {"server-tag": "0123"}}, {"result": 0}):
        async with stage(tmp_path / str(len(answer)), server_tag_get=answer) as (server, _):
            with pytest.raises(ServiceError, match=r"works with another one than .*/kea-dhcp4.conf: see its log"):
                await server.put_in_place(change(whole()))


async def test_a_refusal_when_it_shall_take_it_brings_the_old_file_back(tmp_path: Path) -> None:
    async with stage(tmp_path, config_set={"result": 1, "text": "no memory"}) as (server, actor):
        with pytest.raises(ServiceError, match=r"goes on with the old one: no memory$"):
            await server.put_in_place(change(whole()))
        assert server.layout.conf.read_text() == server.layout.backup.read_text() == OLD
    assert actor.asked == ["config-set"]


async def test_a_refusal_when_it_looks_at_it_changes_no_file(tmp_path: Path) -> None:
    async with stage(tmp_path, config_test={"result": 1, "text": "bad"}) as (server, actor):
        before = server.layout.conf.stat()
        with pytest.raises(ServiceError, match=r"goes on with the old one: bad$"):
            await server.look_at(change(whole()))
        assert server.layout.conf.stat() == before
        assert not server.layout.backup.exists()
    assert actor.asked == ["config-test"]


async def test_nodes_alone_are_looked_at_when_they_are_taken(tmp_path: Path) -> None:
    after = without(whole(), ["n1", "n2", "n3", "n4"])
    wanted = change(after, whole())
    async with stage(tmp_path, server_tag_get={"result": 0, "arguments": {"server-tag": tag_of(wanted.text)}}) as (
        server,
        actor,
    ):
        await server.look_at(wanted)
        await server.put_in_place(wanted)
    assert actor.asked[:2] == ["config-set", "server-tag-get"]
