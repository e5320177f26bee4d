"""Whether a conserver answers: it says `ok` to who may come. conserver(8), "Protocol"."""

from __future__ import annotations

import asyncio

from xcatd.services.programs import answered


async def greeting(host: str, port: int, within: float) -> str | None:
    """The first line that it says; None: nothing, `within` so many seconds."""
    return await answered(lambda: _first_line(host, port), within, ConnectionError)


async def _first_line(host: str, port: int) -> str:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        return (await reader.readline()).decode("ascii", "replace").strip()
    except ValueError:  # it is longer than any greeting
        return ""
    finally:
        writer.close()
