"""BMCs with a serial port each in one process, which say nothing by themselves.

    python -m benchmarks.consoles.solside --count 1000

prints `ready`. BMC N, from 0, is at 127.6.(N / 250).(N % 250 + 1). It ends with its standard input, and has one order:

    there COUNT     until so many ports are in use: `there SECONDS`, on the clock of the machine
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks.consoles.farside import PER_NET
from tests.simulators.miniature import Miniature
from tests.simulators.serialport import SerialPort, SerialResponder

PORT = 623
LOOKS = 0.01
"""Seconds between two looks at how many are in use."""


def address(console: int) -> str:
    return f"127.6.{console // PER_NET}.{console % PER_NET + 1}"


async def _made(number: int, stack: ExitStack) -> SerialPort:
    brain = Miniature()
    port = SerialPort(brain)
    brain.parts.append(port)
    brain.serial = port.received
    transport, port.network = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: SerialResponder(brain), local_addr=(address(number), PORT)
    )
    stack.callback(transport.close)
    return port


async def _serve(count: int) -> None:
    with ExitStack() as stack:
        ports = [await _made(number, stack) for number in range(count)]
        _say("ready")
        while words := (await asyncio.to_thread(sys.stdin.readline)).split():
            await _there(ports, int(words[1]))


async def _there(ports: Sequence[SerialPort], wanted: int) -> None:
    while sum(1 for port in ports if port.owner) < wanted:  # noqa: ASYNC110 - the ports tell nobody
        await asyncio.sleep(LOOKS)
    _say(f"there {time.monotonic()}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run as a program: see the module's description."""
    parser = argparse.ArgumentParser(prog="solside", description="BMCs with serial ports, until standard input ends.")
    parser.add_argument("--count", type=int, required=True)
    asyncio.run(_serve(parser.parse_args().count))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
