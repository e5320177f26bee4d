"""Many consoles that talk at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.unit.consoles.log.recording import moments, recorded, recording
from xcatd.consoles.log.cursor import Cursor
from xcatd.consoles.log.lines import Said
from xcatd.consoles.log.places import Places
from xcatd.consoles.log.settings import LogSettings

CONSOLES, LINES = 1000, 50


def line(console: int, number: int) -> bytes:
    return f"[{number:8d}.{console:06d}] console {console} says line {number} of {LINES}, as kernels do\r\n".encode()


async def test_a_thousand_consoles_at_ten_lines_a_second_lose_no_byte(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with recording(tmp_path, LogSettings(size=1024)) as logs:
        begun = loop.time()
        for number in range(LINES):
            for console in range(CONSOLES):
                logs.said(f"n{console}", line(console, number))
                if console % 50 == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(max(0.0, begun + (number + 1) / 10 - loop.time()))
            assert logs.trouble("n0") == ""
    for console in range(CONSOLES):
        node = f"n{console}"
        assert recorded(tmp_path, node) == b"".join(line(console, number) for number in range(LINES))
        assert len([*(tmp_path / ".old" / node).iterdir()]) >= 2, "it was rotated, on a busy machine once"
    said = [moment.ms for moment in moments(Cursor(Places(tmp_path), "n7")) if isinstance(moment, Said)]
    assert len(said) > 1, "on a busy machine many lines come at one moment"
    assert said == sorted(said)
