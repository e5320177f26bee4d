"""A load generator: N callers, each with a fresh connection per request, in a process of their own.

`python -m benchmarks.generator ROOT HOST PORT tls|unix CALLERS SECONDS WORD...` prints one JSON object: requests, errors, latencies
in ms (median and 99th percentile), the CPU seconds that it used itself.
"""

from __future__ import annotations

import asyncio
import json
import resource
import ssl
import struct
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Load:
    """What to ask, where, and what came of it."""

    root: Path
    host: str
    port: int
    secure: bool
    words: list[str]
    latencies: list[float] = field(default_factory=list)
    errors: int = 0

    def __post_init__(self) -> None:
        payload = json.dumps({"argv": self.words, "cwd": "/", "env": {}, "tty": False}).encode()
        self.request = struct.pack(">IBI", len(payload), ord("Q"), 1) + payload
        self.context = self._context() if self.secure else None
        self.socket = str(self.root / "run/xcat/xcatd.sock")

    def _context(self) -> ssl.SSLContext:
        folder = self.root / "root/.xcat"
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        context.load_cert_chain(folder / "client-cred.pem")
        context.set_alpn_protocols(["xcat/1"])
        return context

    async def caller(self, until: float) -> None:
        """Ask again and again until the time is over."""
        while (began := time.perf_counter()) < until:
            try:
                await self._ask()
            except (OSError, EOFError):
                self.errors += 1
            else:
                self.latencies.append(time.perf_counter() - began)

    async def _ask(self) -> None:
        if self.secure:
            reader, writer = await asyncio.open_connection(
                self.host, self.port, ssl=self.context, server_hostname=self.host
            )
        else:
            reader, writer = await asyncio.open_unix_connection(self.socket)
        try:
            writer.write(self.request)
            while True:
                length, kind, _ = struct.unpack(">IBI", await reader.readexactly(9))
                payload = await reader.readexactly(length)
                if kind == ord("X"):
                    if payload != b"0":
                        raise EOFError(payload)
                    return
        finally:
            writer.transport.abort()


async def run(load: Load, callers: int, seconds: float) -> None:
    until = time.perf_counter() + seconds
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(load.caller(until))


def main() -> None:
    root, host, port, how, callers, seconds, *words = sys.argv[1:]
    load = Load(Path(root), host, int(port), how == "tls", words)
    began = time.perf_counter()
    asyncio.run(run(load, int(callers), float(seconds)))
    took = time.perf_counter() - began
    ordered = sorted(load.latencies) or [0.0]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "requests": len(load.latencies),
                "errors": load.errors,
                "per_second": round(len(load.latencies) / took, 1),
                "p50_ms": round(ordered[len(ordered) // 2] * 1000, 2),
                "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 2),
                "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
