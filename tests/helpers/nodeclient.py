"""Nodes as the doors see them: plain text from the node's own address, or TLS with the node's own certificate."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.helpers.alone import log_lines, typed, until
from tests.helpers.cluster import Daemon, free_port
from xcat_certs.authority import Authority
from xcat_certs.keys import request_pem
from xcat_certs.names import AlternativeNames, Role
from xcat_certs.pem import key_pem
from xcat_certs.profile import new_key

_ANSWERED = ("getpostscript", "syncfiles", "getdestiny", "nextdestiny")
"""Lines to which more than `done` is answered."""
_HEADER = struct.Struct(">IcI")
PATIENCE = 60.0
"""Seconds for which an answer is waited for."""


def opened(daemon: Daemon) -> int:
    """Have nodes heard on a free port, of this daemon and those below it; gives the port."""
    port = free_port(daemon.address)
    typed(daemon, f"chtab key=xcatiport site.value={port}")
    await_port(daemon, port)
    return port


def await_port(daemon: Daemon, port: int) -> None:
    """Wait until a daemon hears nodes there."""
    until(lambda: log_lines(daemon, f"nodes under installation are heard on port {port}"), f"port {port}")


def say(host: str, port: int, source: str, *lines: str) -> list[str]:
    """Say lines as the node at `source`, and give all that is answered until the daemon hangs up or has said `done` to the
    last one."""
    with socket.create_connection((host, port), PATIENCE, source_address=(source, 0)) as channel:
        channel.settimeout(PATIENCE)
        with channel.makefile("rw", encoding="utf-8", newline="\n") as file:
            heard = [_line(file.readline())]
            for line in lines:
                with suppress(ConnectionError):
                    file.write(f"{line}\n")
                    file.flush()
                    heard.append(_line(file.readline()))
            with suppress(ConnectionError):
                if not lines or heard[-1] != "done" or lines[-1].partition(" ")[0] in _ANSWERED:
                    heard += [_line(text) for text in file]
    return [text for text in heard if text]


def _line(text: str) -> str:
    return text.removesuffix("\n")


async def _one(host: str, port: int, source: str, line: str) -> bool:
    """What updateflag.awk does: again, until `done` is heard; here without its ten seconds in between."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(host, port, local_addr=(source, 0))
                try:
                    if await reader.readline() == b"ready\n":
                        writer.write(f"{line}\n".encode())
                        if await reader.readline() == b"done\n":
                            return True
                finally:
                    writer.close()
            await asyncio.sleep(0)


async def say_at_once(host: str, port: int, said: Sequence[tuple[str, str]]) -> int:
    """Many nodes, each a source address and a line, all at once; gives how many have heard `done`."""
    return sum(await asyncio.gather(*(_one(host, port, source, line) for source, line in said)))


def node_contexts(daemon: Daemon, nodes: Sequence[str], folder: Path) -> dict[str, ssl.SSLContext]:
    """What each of these nodes shows and believes on the command port: certificates of the daemon's authority, for one key."""
    authority = Authority.open(daemon.root / "etc/xcat/ca")
    key = new_key("ec")
    request = request_pem(key, "node", AlternativeNames())
    made = {}
    for node in nodes:
        path = folder / f"{node}.pem"
        path.write_bytes(authority.sign(request, Role.NODE, node, days=30) + key_pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(daemon.root / "etc/xcat/cert/ca.pem")
        context.load_cert_chain(path)
        context.set_alpn_protocols(["xcat/1"])
        made[node] = context
    return made


async def report(host: str, port: int, context: ssl.SSLContext, *words: str) -> tuple[int, str]:
    """`nodereport` of one node: its exit status and what is printed."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
        try:
            payload = json.dumps({"argv": ["nodereport", *words], "cwd": "/", "env": {}, "tty": False}).encode()
            writer.write(_HEADER.pack(len(payload), b"Q", 1) + payload)
            text = ""
            while True:
                size, kind, _ = _HEADER.unpack(await reader.readexactly(_HEADER.size))
                content = (await reader.readexactly(size)).decode()
                if kind == b"X":
                    return int(content), text
                text += content
        finally:
            writer.close()


async def report_at_once(host: str, port: int, contexts: Sequence[ssl.SSLContext], *words: str) -> int:
    """Many nodes over TLS, all at once; gives how many were told that it is accepted."""
    ends = await asyncio.gather(*(report(host, port, context, *words) for context in contexts))
    return sum(status == 0 for status, _ in ends)
