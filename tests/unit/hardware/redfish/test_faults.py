"""What an operator sees when services and the network between misbehave."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.certificates import Certificates
from tests.simulators.badredfish import (
    Answer,
    Service,
    breaking_off,
    dropping,
    flooding,
    hanging,
    refusing,
    saying,
    serving,
)
from tests.simulators.redfishtree import CHASSIS, LOG, RESET, ROOT, SYSTEM
from tests.unit.hardware.redfish.places import Site
from xcatd.errors import Busy, NodeError, TimedOut, Unreachable
from xcatd.hardware import PowerAction, PowerState
from xcatd.hardware.redfish.fields import Fields

HTML = "<html><body>Log in</body></html>"


# The network


async def test_a_port_that_nobody_listens_on_fails_at_once(site: Site, service: Service) -> None:
    async with asyncio.timeout(20):
        with pytest.raises(
            Unreachable, match=r":9 refuses: nothing there speaks HTTPS; check openbmc.bmc, and Redfish on"
        ):
            await site.device((service.host, 9)).power.power_state()


async def test_a_name_that_does_not_resolve_says_so(site: Site) -> None:
    with pytest.raises(
        Unreachable, match=r"name in no-such-bmc.invalid:443 does not resolve: add it to /etc/hosts or the"
    ):
        await site.device(("no-such-bmc.invalid", 443)).power.power_state()


@pytest.mark.parametrize("host", ["", "a b", "bmc/../x", "bmc..example", "a" * 70])
async def test_a_name_that_is_none_says_so(site: Site, host: str) -> None:
    with pytest.raises(NodeError, match=r"openbmc\.bmc"):
        await site.device((host, 443)).power.power_state()


async def test_an_address_without_a_route_is_reported_at_once(site: Site) -> None:
    with pytest.raises(
        Unreachable, match=r"255\.255\.255\.255:443 cannot be reached: .*; check the network and openbmc.bmc"
    ):
        await site.device(("255.255.255.255", 443)).power.power_state()


async def test_ipv6_is_as_good_as_ipv4(site: Site, context: ssl.SSLContext) -> None:
    async with serving(Service(), context, "::1") as service:
        assert await site.device(service).power.power_state() is PowerState.OFF


async def test_a_silent_service_is_unreachable_at_the_deadline(site: Site) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with listening(silent) as place:
        with pytest.raises(
            Unreachable, match=r"no answer from 127.0.0.1:\d+ within 0.5 s: check that the BMC has power"
        ):
            await site.device(place).power.power_state(timeout=0.5)


async def test_a_service_that_stops_answering_has_timed_out(site: Site, service: Service) -> None:
    await site.device(service).power.power_state()
    service.instead[f"GET {CHASSIS}"] = [hanging]
    with pytest.raises(
        TimedOut, match=r"has stopped answering within 0.8 s: try again, and reset the BMC if it stays so"
    ):
        await site.device(service).sensors.sensors(timeout=0.8)


async def test_a_hanging_service_delays_no_other(site: Site, service: Service, context: ssl.SSLContext) -> None:
    async with serving(Service(), context) as dead, asyncio.TaskGroup() as tasks:
        dead.instead[f"GET {ROOT}"] = [hanging]
        waiting = tasks.create_task(site.device(dead).power.power_state(timeout=600))
        for _ in range(20):
            assert await site.device(service).power.power_state() is PowerState.OFF
        assert not waiting.done()
        waiting.cancel()


async def test_no_tls_is_no_service(site: Site) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with listening(plain) as place:
        with pytest.raises(
            Unreachable, match=r"does not speak HTTPS as it should \(.*\): check the port in openbmc.bmc"
        ):
            await site.device(place).power.power_state()


@pytest.mark.parametrize("noise", [b"SSH-2.0-dropbear\r\n", b"\0" * 100, b"HTTP/1.1 abc\r\n\r\n"])
async def test_no_http_is_no_service(site: Site, context: ssl.SSLContext, noise: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(noise)
        await writer.drain()
        writer.close()

    async with listening(talk, context) as place:
        with pytest.raises(
            NodeError, match=r"does not answer by the rules of HTTP|closes the connection without an answer"
        ):
            await site.device(place).power.power_state()


@asynccontextmanager
async def listening(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object], context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, int]]:
    """A server that says what it likes."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)  # type: ignore[arg-type]
    async with server:
        host, port = server.sockets[0].getsockname()[:2]
        yield host, port


# Answers


@pytest.mark.parametrize(
    "answer, sentence",
    [
        (saying(200, HTML), "answers with a web page: check that openbmc.bmc names a Redfish service, and its port"),
        (saying(200, '{"PowerState": "On"', "application/json"), "answers with JSON that cannot be read: try again"),
        (saying(200, "[1, 2]", "application/json"), "answers with JSON that cannot be read"),
        (saying(200, "[" * 100_000, "application/json"), "answers with JSON that cannot be read"),
        (saying(500, HTML), r"has a fault of its own \(500 for GET /redfish/v1/Systems/1\); reset it if it stays so"),
        (refusing(500, "InternalError", "Out\r\nof memory"), r"Systems/1\): Out  of memory; reset it if"),
        (breaking_off, "breaks off in the middle: try again, and reset the BMC if it stays so"),
        (flooding, "answers with more than 8 MiB: update or reset the BMC"),
        (saying(302, Location="https://127.0.0.9/redfish/v1/"), "refers to something outside itself"),
        (saying(302, Location="//127.0.0.9/x"), "refers to something outside itself"),
        (saying(302), "refers to something outside itself"),
    ],
)
async def test_an_answer_that_is_none(service: Service, site: Site, answer: Answer, sentence: str) -> None:
    service.instead[f"GET {SYSTEM}"] = [answer]
    with pytest.raises(NodeError, match=sentence) as caught:
        await site.device(service).power.power_state(timeout=10)
    assert len(str(caught.value)) < 600
    assert "\n" not in str(caught.value)
    assert await site.device(service).power.power_state() is PowerState.OFF  # it was the answer, not the connection


async def test_a_dropped_connection_is_made_again_for_a_question(service: Service, site: Site) -> None:
    power = site.device(service).power
    await power.power_state()
    service.instead[f"GET {SYSTEM}"] = [dropping]
    assert await power.power_state() is PowerState.OFF


async def test_a_service_that_always_hangs_up_is_unreachable(service: Service, site: Site) -> None:
    service.instead[f"GET {SYSTEM}"] = [dropping] * 10
    with pytest.raises(Unreachable, match="closes the connection without an answer"):
        await site.device(service).power.power_state()


async def test_a_reset_is_not_sent_again_when_the_connection_breaks(service: Service, site: Site) -> None:
    power = site.device(service).power
    await power.set_power(PowerAction.ON)
    service.instead[f"POST {RESET}"] = [dropping]
    with pytest.raises(Unreachable, match="closes the connection without an answer"):
        await power.set_power(PowerAction.RESET)
    assert service.asked.count(f"POST {RESET}") == 2


async def test_redirections_inside_are_followed_and_circles_are_found(service: Service, site: Site) -> None:
    moved = "/redfish/v1/Systems/moved"
    service.tree[moved] = {**service.tree[SYSTEM], "PowerState": "On"}
    service.instead[f"GET {SYSTEM}"] = [saying(308, Location="moved")]
    assert await site.device(service).power.power_state() is PowerState.ON
    service.instead[f"GET {SYSTEM}"] = [saying(308, Location=SYSTEM)] * 9
    with pytest.raises(NodeError, match="redirects in circles: update or reset the BMC"):
        await site.device(service).power.power_state()


async def test_a_link_that_leads_away_is_not_followed(service: Service, site: Site, context: ssl.SSLContext) -> None:
    async with serving(Service(), context) as thief:
        away = f"https://{thief.host}:{thief.port}/redfish/v1/Chassis/1"
        service.tree[SYSTEM]["Links"]["Chassis"] = [{"@odata.id": away}]
        with pytest.raises(NodeError, match="refers to something outside itself"):
            await site.device(service).sensors.sensors()
        assert thief.asked == []


# A service that has no time


async def test_a_busy_service_is_asked_again(service: Service, site: Site) -> None:
    service.instead[f"GET {SYSTEM}"] = [refusing(503, "ServiceTemporarilyUnavailable", "Wait", Retry_After="0")] * 2
    assert await site.device(service).power.power_state() is PowerState.OFF


async def test_an_order_that_had_to_wait_is_carried_out_once(service: Service, site: Site) -> None:
    service.instead[f"POST {RESET}"] = [refusing(409, "ResourceInUse", "Somebody else is at it")]
    await site.device(service).power.set_power(PowerAction.ON)
    assert service.journal == ["power 1"]


@pytest.mark.parametrize("wait", ["0", "3600", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_service_that_stays_busy_is_reported_so(service: Service, site: Site, wait: str) -> None:
    await site.device(service).power.power_state()
    service.instead[f"GET {SYSTEM}"] = [refusing(429, "GeneralError", "Too many questions", Retry_After=wait)] * 100
    with pytest.raises(Busy, match=r"refuses GET \S+/1 \(429\): Too many questions; try again later"):
        await site.device(service).power.power_state(timeout=0.6)


async def test_a_service_that_asks_for_a_rest_gets_it(service: Service, site: Site) -> None:
    await site.device(service).power.power_state()
    service.instead[f"GET {SYSTEM}"] = [refusing(503, "GeneralError", "Later", Retry_After="30")]
    with pytest.raises(Busy, match="Later"):
        await site.device(service).power.power_state(timeout=0.6)
    assert service.asked.count(f"GET {SYSTEM}") == 2


# What services say is not trusted


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "@odata.id"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "@odata.id"]), json_values, max_size=3))
def test_no_json_breaks_the_reader(data: dict[str, object]) -> None:
    fields = Fields(data)
    for names in (("a",), ("a", "b"), ("@odata.id",)):
        assert "\n" not in fields.text(*names)
        number = fields.number(*names)
        assert number is None or abs(number) < float("inf")
        fields.flag(*names)
        assert all(isinstance(part.data, dict) for part in fields.parts(*names))
        assert all(path.isprintable() for path in (fields.link(*names), *fields.links(*names), *fields.texts(*names)))


async def test_what_a_terminal_would_obey_does_not_get_there(service: Service, site: Site) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J"
    service.tree[SYSTEM]["Links"] = {"Chassis": [{"@odata.id": f"{CHASSIS}{evil}"}, {"@odata.id": CHASSIS}]}
    service.tree[CHASSIS]["Name"] = f"Chassis{evil}"
    origin = {"OriginOfCondition": {"@odata.id": f"/redfish/v1/Chassis/{evil}"}}
    service.tree[f"{LOG}/Entries"]["Members"] = [{"@odata.id": f"{LOG}/Entries/1", "Message": evil, "Links": origin}]
    service.tree["/redfish/v1/Systems"]["Members"].append({"@odata.id": f"/redfish/v1/Systems/{evil}"})
    device = site.device(service, path=SYSTEM)
    said = [await device.sensors.sensors(), await device.event_log.events(), await device.chassis.chassis_facts()]
    service.tree["/redfish/v1/Systems"]["Members"].append({"@odata.id": "/redfish/v1/Systems/2"})
    with pytest.raises(NodeError, match="has 2 systems") as caught:
        await site.device(service).power.power_state()
    assert "\x1b" not in str(caught.value)
    assert "\\x1b" not in repr(said)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=json_values)
def test_no_property_breaks_a_command(certificates: Certificates, context: ssl.SSLContext, value: object) -> None:
    """Whatever a property is, the outcome is a reading or a sentence."""
    asyncio.run(_ask_everything(certificates, context, value))


async def _ask_everything(certificates: Certificates, context: ssl.SSLContext, value: object) -> None:
    service = Service()
    for path in (SYSTEM, CHASSIS):
        service.tree[path] = dict.fromkeys(service.tree[path], value) | {"@odata.id": path}
    async with serving(service, context) as started, Site(certificates.ca) as site:
        device = site.device(started, path=SYSTEM)
        asked: list[Coroutine[Any, Any, object]] = [device.power.power_state(timeout=0.2), device.boot.boot_choice()]
        asked += [device.beacon.beacon_state(), device.boot_order.boot_order(), device.chassis.chassis_facts()]
        asked += [device.sensors.sensors(), device.inventory.facts(), device.event_log.events(), device.energy.cap()]
        for outcome in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(outcome, NodeError) or not isinstance(outcome, BaseException), outcome
