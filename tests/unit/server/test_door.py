"""The door on the Unix socket: who is inside, what is asked there, and how it is shut."""

from __future__ import annotations

import asyncio
import json
import os
import pwd

import pytest

from tests.helpers.alone import until
from tests.helpers.cluster import PATIENCE
from tests.unit.server.conftest import Room
from tests.unit.server.test_outbox import Said, frames
from xcatd.protocol.frames import Kind, encode
from xcatd.server.connection import account

ME = pwd.getpwuid(os.getuid()).pw_name


def typed(*words: str, **env: str) -> bytes:
    return encode(Kind.REQUEST, 1, json.dumps({"argv": words, "cwd": "/", "env": env}).encode())


async def until_exit(reader: asyncio.StreamReader) -> list[Said]:
    """Frames up to the exit status."""
    found: list[Said] = []
    async with asyncio.timeout(PATIENCE):
        while not found or found[-1].kind != "X":
            head = await reader.readexactly(9)
            found += frames(head + await reader.readexactly(int.from_bytes(head[:4], "big")))
    return found


async def test_the_kernel_says_who_is_at_the_socket(room: Room) -> None:
    reader, writer = await room.enter()
    writer.write(typed("lsxcatd", "-t"))
    assert await until_exit(reader) == [Said("O", 1, b"This is a Management Node\n"), Said("X", 1, b"0")]
    writer.close()
    [(request, _)] = room.desk.audit
    assert (request.caller.name, request.caller.host) == (ME, "localhost")
    assert request.caller.peer == f"process {os.getpid()}"


def test_an_account_without_a_name_has_its_number() -> None:
    assert account(os.getuid()) == ME
    assert account(3_999_999_999) == "uid3999999999"


@pytest.mark.parametrize(
    ("env", "beginning"),
    [
        ({}, b"This is a"),
        ({"XCATSHOWSVR": "1"}, b"[mn1]: This is a"),
        ({"XCATSHOWSVR": ""}, b"This is a"),
        ({"XCATSHOWXML": "1"}, b"<xcatresponse>"),
        ({"XCATXMLTRACE": "1"}, b"<xcatrequest>"),
    ],
)
async def test_the_variables_of_xcat_s_client_count(room: Room, env: dict[str, str], beginning: bytes) -> None:
    reader, writer = await room.enter()
    writer.write(typed("lsxcatd", "-t", **env))
    assert (await until_exit(reader))[0].payload.startswith(beginning)
    writer.close()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (
            encode(Kind.REQUEST, 1, b"nonsense"),
            b"Error: The request is not JSON: send it with the client of this release\n",
        ),
        (
            encode(Kind.OUT, 1, b"x"),
            b"Error: A frame of kind OUT is not for callers; speak with this release's client\n",
        ),
        (
            encode(Kind.HELLO, 0, b"{}"),
            f"Error: The certificate of {ME} has the role user: only service nodes".encode(),
        ),
        (b"<xcatrequest>", b"Error: "),
        (b"\xff" * 9, b"Error: "),
    ],
)
async def test_what_is_no_request_is_refused_with_a_sentence_and_a_line_in_the_log(
    room: Room, caplog: pytest.LogCaptureFixture, sent: bytes, said: bytes
) -> None:
    reader, writer = await room.enter()
    writer.write(sent)
    found = await until_exit(reader)
    writer.close()
    assert [each.kind for each in found] == ["E", "X"]
    assert found[0].payload.startswith(said)
    assert found[1].payload == b"1"
    assert caplog.messages[0].startswith(f"caller {ME} from this host: ")


async def test_words_for_nobody_are_passed_over(room: Room) -> None:
    reader, writer = await room.enter()
    writer.write(encode(Kind.ABORT, 7) + encode(Kind.INPUT, 7, b"x") + typed("lsxcatd", "-t"))
    assert (await until_exit(reader))[-1].payload == b"0"
    writer.close()


async def test_who_hangs_up_is_no_longer_inside(room: Room) -> None:
    assert await room.say(b"") == b""
    async with asyncio.timeout(PATIENCE):
        await room.door.quiet(PATIENCE)
    assert room.door.inside == set()


async def test_a_door_is_quiet_when_nobody_waits_for_an_answer(room: Room) -> None:
    async with asyncio.timeout(PATIENCE):
        await room.door.quiet(PATIENCE)
        reader, writer = await room.enter()
        writer.write(typed("lsxcatd", "-t"))
        await until_exit(reader)
        await room.door.quiet(PATIENCE)
        assert len(room.door.inside) == 1
        writer.close()


async def test_who_has_come_in_and_asks_for_nothing_is_not_waited_for_for_ever(room: Room) -> None:
    async with asyncio.timeout(PATIENCE):
        _, writer = await room.enter()
        await asyncio.to_thread(until, lambda: room.door.inside, "the caller")
        await room.door.quiet(0.0)
        writer.close()


async def test_a_shut_door_lets_nobody_in_and_stays_shut(room: Room) -> None:
    reader, inside = await room.enter()
    inside.write(typed("lsxcatd", "-t"))
    await until_exit(reader)
    room.door.shut()
    _, outside = await room.enter()  # the system's queue takes it
    inside.write(typed("lsxcatd", "-t"))
    assert (await until_exit(reader))[-1].payload == b"0"
    assert len(room.door.inside) == 1
    with outside.get_extra_info("socket").dup() as late:
        room.door.open(late, secure=False)  # too late: nothing happens
    for each in (inside, outside):
        each.close()
    await asyncio.to_thread(until, lambda: not room.door.inside, "the end")
