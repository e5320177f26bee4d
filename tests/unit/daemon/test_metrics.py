"""What Prometheus reads, judged by Prometheus's own parser."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.helpers.cluster import free_port
from xcatd.daemon.metrics import State, exposition, show
from xcatd.errors import Unreachable
from xcatd.hardware import Meter
from xcatd.hardware.meter import BOUNDS, Histogram
from xcatd.services.health.state import Health, Word


def books() -> Meter:
    meter = Meter()
    for _ in range(3):
        with meter.watch("IPMI", "[fd00::1]:623"):
            pass
    with pytest.raises(Unreachable), meter.watch("Redfish", 'odd"name\\:443'):
        raise Unreachable("no answer")
    return meter


def samples(text: bytes) -> dict[tuple[str, tuple[str, ...]], float]:
    """Name and the values of the labels, by the names of these -> value."""
    return {
        (sample.name, tuple(text for _, text in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_each_controller_has_its_counters() -> None:
    shown = samples(exposition(State.of(books(), Histogram())))
    assert shown["xcatd_controller_operations_total", ("[fd00::1]:623", "IPMI")] == 3
    assert shown["xcatd_controller_errors_total", ('odd"name\\:443', "Redfish", "unreachable")] == 1
    assert shown["xcatd_controller_last_seconds", ("[fd00::1]:623", "IPMI")] >= 0


def test_times_are_a_histogram_that_adds_up() -> None:
    shown = samples(exposition(State.of(books(), Histogram())))
    counts = [shown["xcatd_operation_seconds_bucket", ("IPMI", str(bound))] for bound in BOUNDS]
    assert counts == sorted(counts)
    assert shown["xcatd_operation_seconds_bucket", ("IPMI", "+Inf")] == 3
    assert shown["xcatd_operation_seconds_count", ("IPMI",)] == 3


def test_without_controllers_there_is_only_the_loop() -> None:
    lag = Histogram()
    lag.add(0.003)
    shown = samples(exposition(State.of(Meter(), lag)))
    assert {name for name, _ in shown} == {f"xcatd_loop_lag_seconds_{end}" for end in ("bucket", "count", "sum")}
    assert shown["xcatd_loop_lag_seconds_bucket", ("0.0025",)] == 0
    assert shown["xcatd_loop_lag_seconds_bucket", ("0.005",)] == 1


def test_how_service_nodes_are_is_a_gauge_of_each() -> None:
    healths = [Health("sn1.c.net", Word.CUT, 0.0, damped=True), Health("sn2", Word.HEALTHY, 0.0)]
    shown = samples(exposition(State.of(Meter(), Histogram(), healths)))
    assert {name: value for name, value in shown.items() if name[0] == "xcatd_service_node_health" and value} == {
        ("xcatd_service_node_health", ("cut off", "sn1")): 1,
        ("xcatd_service_node_health", ("healthy", "sn2")): 1,
    }
    assert sum(name == "xcatd_service_node_health" for name, _ in shown) == 2 * len(Word)
    assert [shown["xcatd_service_node_damped", (name,)] for name in ("sn1", "sn2")] == [1, 0]


@asynccontextmanager
async def shown(meter: Meter, address: str) -> AsyncIterator[asyncio.Task[None]]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(show(meter, address))
        try:
            yield task
        finally:
            task.cancel()


def _read(address: str, path: str = "/metrics") -> bytes:
    with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
        body: bytes = answer.read()
        return body


async def read(address: str) -> bytes:
    """What is shown, as soon as somebody answers."""
    async with asyncio.timeout(20):
        while True:
            with suppress(ConnectionError, urllib.error.URLError):
                return await asyncio.to_thread(_read, address)
            await asyncio.sleep(0.01)


async def test_it_is_read_over_http_and_a_successor_may_bind_meanwhile() -> None:
    address = f"127.0.0.1:{free_port()}"
    async with shown(books(), address):
        assert b"xcatd_controller_operations_total" in await read(address)
        async with shown(books(), address) as successor:
            assert b"xcatd_controller_operations_total" in await read(address)
            assert not successor.done()
    with pytest.raises(urllib.error.URLError):
        await asyncio.to_thread(_read, address)


@pytest.mark.parametrize("steps", range(12))
async def test_nobody_answers_any_more_when_it_is_cancelled_at_its_start(steps: int) -> None:
    address = f"127.0.0.1:{free_port()}"
    async with shown(books(), address):
        for _ in range(steps):
            await asyncio.sleep(0)
    with pytest.raises(urllib.error.URLError):
        await asyncio.to_thread(_read, address)


async def test_an_address_that_is_not_to_be_had_is_said_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async with shown(books(), "192.0.2.1:3003") as task:
        for _ in range(2000):
            if caplog.records:
                break
            await asyncio.sleep(0.01)
        assert not task.done()
    assert "metrics are not shown: 192.0.2.1:3003: " in caplog.text
    assert "correct metrics in xcatd.yaml" in caplog.text
