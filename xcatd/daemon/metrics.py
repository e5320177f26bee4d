"""The daemon's metrics for Prometheus: what its controllers were asked, how long that took, what went wrong; how the service
nodes below it are."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xcatd.daemon.settings import split_address
from xcatd.hardware import Meter
from xcatd.hardware.meter import BOUNDS, Histogram
from xcatd.services.health.state import Health, HealthView, Word

if TYPE_CHECKING:
    from prometheus_client import Metric

log = logging.getLogger(__name__)

PATH = "/metrics"
TICK = 0.05
"""Seconds between two looks at whether the loop is late."""


@dataclass(frozen=True, slots=True)
class Row:
    """One controller in the books, as it was when somebody asked."""

    labels: tuple[str, str]
    asked: int
    seconds: float
    last: float
    errors: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class State:
    """A copy of the books, which another thread may read. `times`: driver, counts by class, sum of seconds; `lag`, how late
    the loop was, in the same way; `healths`: of service nodes."""

    rows: tuple[Row, ...]
    times: tuple[tuple[str, tuple[int, ...], float], ...]
    lag: tuple[tuple[int, ...], float]
    healths: tuple[Health, ...] = ()

    @classmethod
    def of(cls, meter: Meter, lag: Histogram, healths: Iterable[Health] = ()) -> State:
        rows = (
            Row(labels, each.asked, each.seconds, each.last, tuple(each.errors.items()))
            for labels, each in meter.accounts.items()
        )
        times = ((name, tuple(each.counts), each.seconds) for name, each in meter.drivers.items())
        return cls(tuple(rows), tuple(times), (tuple(lag.counts), lag.seconds), tuple(healths))

    def collect(self) -> Iterator[Metric]:
        """The families of Prometheus's data model (a `Collector` of prometheus_client)."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        labels = ("driver", "controller")
        asked = CounterMetricFamily("xcatd_controller_operations", "Operations on one controller", labels=labels)
        seconds = CounterMetricFamily("xcatd_controller_seconds", "Time that they took in all", labels=labels)
        last = GaugeMetricFamily("xcatd_controller_last_seconds", "Time that the newest one took", labels=labels)
        errors = CounterMetricFamily(
            "xcatd_controller_errors", "Operations that failed, by the kind of error", labels=(*labels, "error")
        )
        for row in self.rows:
            asked.add_metric(row.labels, row.asked)
            seconds.add_metric(row.labels, row.seconds)
            last.add_metric(row.labels, row.last)
            for error, count in row.errors:
                errors.add_metric((*row.labels, error), count)
        times = HistogramMetricFamily(
            "xcatd_operation_seconds", "Times of operations on all controllers of one driver", labels=("driver",)
        )
        for driver, counts, total in self.times:
            times.add_metric((driver,), list(_added_up(counts)), total)
        lag = HistogramMetricFamily("xcatd_loop_lag_seconds", "How late the daemon's event loop was")
        lag.add_metric((), list(_added_up(self.lag[0])), self.lag[1])
        yield from (asked, seconds, last, errors, times, lag)
        if self.healths:
            yield from self._of_service_nodes()

    def _of_service_nodes(self) -> Iterator[Metric]:
        """Each word is a label, of which one is 1: so a graph shows how long it was what."""
        from prometheus_client.core import GaugeMetricFamily

        labels = ("service_node", "health")
        word = GaugeMetricFamily(
            "xcatd_service_node_health", "1 for how a service node is, 0 for the rest", labels=labels
        )
        damped = GaugeMetricFamily("xcatd_service_node_damped", "1: it changes too often", labels=labels[:1])
        for each in self.healths:
            name = each.name.partition(".")[0]
            for one in Word:
                word.add_metric((name, str(one)), float(each.word is one))
            damped.add_metric((name,), float(each.damped))
        yield from (word, damped)


def _added_up(counts: Sequence[int]) -> Iterator[tuple[str, float]]:
    """Prometheus counts in each class those of all shorter ones too."""
    total = 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
        total += count
        yield bound, total


def exposition(state: State) -> bytes:
    """The text that Prometheus reads, in its exposition format 0.0.4."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(state)
    return generate_latest(registry)


def prepare() -> None:
    """Import what shows them. It takes a tenth of a second, which the loop does not have later."""
    import aiohttp.web  # noqa: F401
    import prometheus_client.core  # noqa: F401


async def show(meter: Meter, address: str, health: HealthView | None = None) -> None:
    """Answer `GET /metrics` at an address, host:port, until cancelled. When that is not to be had the log says so: what
    the daemon is for goes on without it."""
    from aiohttp import web

    lag = Histogram()

    async def answer(request: web.Request) -> web.Response:
        healths = () if health is None else health.healths().values()
        text = await asyncio.to_thread(exposition, State.of(meter, lag, healths))
        return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    application = web.Application()
    application.router.add_get(PATH, answer)
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        try:
            await _serve(stack, runner.server, await _bound(*split_address(address, 0)))
        except OSError as error:
            log.error("metrics are not shown: %s: %s; correct metrics in xcatd.yaml", address, error.strerror)
        await _watch_loop(lag)


async def _serve(
    stack: AsyncExitStack, protocol: Callable[[], asyncio.BaseProtocol] | None, listener: socket.socket
) -> None:
    """Accept callers until the stack ends. The server is known before it accepts: who is cancelled meanwhile leaves none behind."""
    assert protocol is not None, "the runner is set up"
    server = await asyncio.get_running_loop().create_server(protocol, sock=listener, start_serving=False)
    stack.callback(server.close)
    await server.start_serving()


async def _watch_loop(lag: Histogram) -> None:
    """Count how late this coroutine is called, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + TICK
        await asyncio.sleep(TICK)
        lag.add(max(0.0, loop.time() - due))


async def _bound(host: str, port: int) -> socket.socket:
    """A socket that a successor may bind too, while this daemon still has it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, place = found[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(place)
    except OSError:
        made.close()
        raise
    return made
