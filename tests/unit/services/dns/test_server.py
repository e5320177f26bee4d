"""Talking with name servers: with BIND, and with some that misbehave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.helpers.cluster import free_port
from tests.simulators import badnames
from tests.simulators.named import KEY, OTHER_KEY, NameServer, named
from xcatd.errors import ServiceError
from xcatd.services.dns import server as module
from xcatd.services.dns.changes import Change, changes, removals
from xcatd.services.dns.entries import entries_in
from xcatd.services.dns.key import Key
from xcatd.services.dns.records import Record, wanted
from xcatd.services.dns.server import Authority, NoTransfer, conversation
from xcatd.services.dns.update import FEW, present, present_at, send, verify
from xcatd.services.dns.zones import Zones

ZONE = "cluster.net"
REVERSE = "0.10.in-addr.arpa"
ZONES = Zones((ZONE,), (REVERSE,))
RECORDS = """\
n1 IN A 10.0.0.1
n1 IN AAAA 2001:db8::1
mapped IN AAAA ::ffff:192.0.2.1
N2 IN A 10.0.0.2
one IN CNAME n1
n1 IN TXT "a text; with \\"marks\\""
@ IN MX 10 n1
* IN A 10.0.0.99
"""
LOOPBACK = "127.0.0.1"


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NameServer]:
    """A server whose zones do not change."""
    folder = tmp_path_factory.mktemp("still")
    with named(folder, {ZONE: RECORDS, "big.net": _big(3000)}, port=free_port()) as made:
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[NameServer]:
    """A server with empty zones."""
    with named(tmp_path, {ZONE: "", REVERSE: ""}, port=free_port()) as made:
        yield made


def _big(count: int) -> str:
    return "".join(f"node{number} IN A 10.{number // 250}.{number % 250}.1\n" for number in range(count))


def hosts(count: int, third: int = 1) -> str:
    return "".join(
        f"10.0.{third + number // 250}.{number % 250 + 1} n{number} alias{number}\n" for number in range(count)
    )


async def test_who_answers_for_a_name(still: NameServer) -> None:
    async with conversation(LOOPBACK, port=still.port) as server:
        assert await server.authority("n1.cluster.net") == Authority(ZONE, 7, "ns.cluster.net", True)
        assert await server.authority(ZONE) == Authority(ZONE, 7, "ns.cluster.net", True)
        assert await server.authority("example.org") is None


async def test_whether_a_server_gives_its_zones_is_found_out_without_taking_one(
    still: NameServer, tmp_path: Path
) -> None:
    async with conversation(LOOPBACK, port=still.port) as server:
        assert not await server.gives("big.net", 7)  # to the holder of the key only
        assert not await server.gives("example.org", 7)
    everybody = "\tallow-transfer { any; };\n"
    with named(tmp_path, {"big.net": _big(3000)}, port=free_port(), rights=everybody) as other:
        async with conversation(LOOPBACK, port=other.port) as server:
            assert await server.gives("big.net", 7)
            assert await server.gives("big.net", 7)  # nothing of the first answer is left over


async def test_names_are_looked_up_side_by_side(still: NameServer) -> None:
    questions = [
        ("n1.cluster.net", "A"),
        ("n1.cluster.net", "AAAA"),
        ("ONE.cluster.net", "CNAME"),
        ("n2.cluster.net", "PTR"),
    ]
    async with conversation(LOOPBACK, port=still.port) as server:
        assert await server.lookup(questions) == {
            Record("n1.cluster.net", "A", "10.0.0.1"),
            Record("n1.cluster.net", "AAAA", "2001:db8::1"),
            Record("one.cluster.net", "CNAME", "n1.cluster.net"),
        }
        many = [(f"node{number}.big.net", "A") for number in range(500)]
        assert len(await server.lookup(many)) == 500


async def test_addresses_are_spelled_as_ours(still: NameServer) -> None:
    async with conversation(LOOPBACK, KEY, still.port) as server:
        (record,) = await server.lookup([("mapped.cluster.net", "AAAA")])
        assert record in (await server.transfer(ZONE)).records
    assert record.data == str(ip_address("::ffff:192.0.2.1"))


async def test_an_alias_is_not_followed(still: NameServer) -> None:
    async with conversation(LOOPBACK, port=still.port) as server:
        assert await server.lookup([("one.cluster.net", "A")]) == set()


async def test_a_zone_is_read_whole(still: NameServer) -> None:
    async with conversation(LOOPBACK, KEY, still.port) as server:
        found = await server.transfer(ZONE)
    assert found.serial == 7
    assert {record for record in found.records if record.kind in ("A", "AAAA", "CNAME")} == {
        Record("n1.cluster.net", "A", "10.0.0.1"),
        Record("n1.cluster.net", "AAAA", "2001:db8::1"),
        Record("mapped.cluster.net", "AAAA", str(ip_address("::ffff:192.0.2.1"))),
        Record("n2.cluster.net", "A", "10.0.0.2"),
        Record("*.cluster.net", "A", "10.0.0.99"),
        Record("one.cluster.net", "CNAME", "n1.cluster.net"),
    }
    assert {(record.owner, record.kind) for record in found.records if record.kind in ("TXT", "MX")} == {
        ("n1.cluster.net", "TXT"),
        (ZONE, "MX"),
    }


async def test_a_zone_of_several_messages_is_what_dig_sees(still: NameServer) -> None:
    async with conversation(LOOPBACK, KEY, still.port) as server:
        found = await server.transfer("big.net")
    lines = still.dig("-y", f"{KEY.algorithm}:{KEY.name}:{KEY.secret.reveal()}", "big.net", "AXFR")
    seen = {(line.split()[0].rstrip("."), line.split()[4]) for line in lines if line.split()[3] == "A"}
    assert {(record.owner, record.data) for record in found.records} == seen
    assert len(seen) == 3000


async def test_one_that_may_not_read_a_zone_is_told(still: NameServer) -> None:
    async with conversation(LOOPBACK, port=still.port) as server:
        with pytest.raises(NoTransfer) as caught:
            await server.transfer(ZONE)
    assert str(caught.value) == "The name server at 127.0.0.1 does not give the zone cluster.net: REFUSED"
    async with conversation(LOOPBACK, KEY, still.port) as server:
        with pytest.raises(NoTransfer):
            await server.transfer("example.org")


async def test_updates_are_made_and_seen(fresh: NameServer) -> None:
    text = "10.0.0.1 n1 one\n10.0.0.2 n2\n"
    want = wanted(entries_in(text).good, ZONES, lambda _: ZONE)
    async with conversation(LOOPBACK, KEY, fresh.port) as server:
        await send(server, changes(want, await present(server, want), ZONES))
        assert changes(want, await present(server, want), ZONES) == []
    assert fresh.short("one.cluster.net") == ["n1.cluster.net.", "10.0.0.1"]
    assert fresh.dig("+short", "-x", "10.0.0.2") == ["n2.cluster.net."]


async def test_what_is_as_it_shall_be_is_not_sent(fresh: NameServer) -> None:
    want = wanted(entries_in("10.0.0.1 n1\n").good, ZONES, lambda _: ZONE)
    async with conversation(LOOPBACK, KEY, fresh.port) as server:
        await send(server, changes(want, await present(server, want), ZONES))
        before = fresh.serial(ZONE)
        await send(server, changes(want, await present(server, want), ZONES))
    assert fresh.serial(ZONE) == before


async def test_thousands_are_sent_in_a_few_messages(fresh: NameServer) -> None:
    want = wanted(entries_in(hosts(600)).good, ZONES, lambda _: ZONE)
    assert len(want) > FEW
    before = fresh.serial(ZONE)
    async with conversation(LOOPBACK, KEY, fresh.port) as server:
        await send(server, changes(want, await present(server, want), ZONES))
        assert (await server.transfer(ZONE)).records == want.records[ZONE]
        assert (await server.transfer(REVERSE)).records == want.records[REVERSE]
        moved = wanted(entries_in(hosts(600, 101)).good, ZONES, lambda _: ZONE)
        await send(server, changes(moved, await present(server, moved), ZONES))
        assert (await server.transfer(REVERSE)).records == moved.records[REVERSE]
    assert fresh.serial(ZONE) - before < 20


async def test_names_are_taken_away_with_what_belongs_to_them(fresh: NameServer) -> None:
    want = wanted(entries_in("10.0.0.1 n1 one\n10.0.0.2 n2\n").good, ZONES, lambda _: ZONE)
    owners = ["n1.cluster.net", "one.cluster.net"]
    async with conversation(LOOPBACK, KEY, fresh.port) as server:
        await send(server, changes(want, (), ZONES))
        made = removals(owners, await present_at(server, owners), ZONES)
        await send(server, made)
        left = (await server.transfer(ZONE)).records | (await server.transfer(REVERSE)).records
    assert {str(record) for record in left} == {
        "n2.cluster.net. IN A 10.0.0.2",
        "2.0.0.10.in-addr.arpa. IN PTR n2.cluster.net.",
    }


async def test_zones_that_are_not_given_whole_are_asked_name_by_name(tmp_path: Path) -> None:
    rights = '\tallow-update { key "xcat_key"; };\n\tallow-transfer { none; };\n'
    want = wanted(entries_in(hosts(150)).good, ZONES, lambda _: ZONE)
    assert len(want) > FEW
    with named(tmp_path, {ZONE: "", REVERSE: ""}, port=free_port(), rights=rights) as there:
        async with conversation(LOOPBACK, KEY, there.port) as server:
            await send(server, changes(want, await present(server, want), ZONES))
            assert changes(want, await present(server, want), ZONES) == []


async def test_an_update_that_is_refused_is_told_in_xcats_words(tmp_path: Path) -> None:
    made = [Change(ZONE, "n1.cluster.net", (), (Record("n1.cluster.net", "A", "10.0.0.1"),))]
    with named(tmp_path, {ZONE: ""}, port=free_port(), rights="\tallow-update { none; };\n") as there:
        async with conversation(LOOPBACK, KEY, there.port) as server:
            with pytest.raises(ServiceError) as caught:
                await send(server, made)
    assert str(caught.value) == (
        "Failure encountered updating cluster.net with entry 'n1.cluster.net. IN A 10.0.0.1', error was REFUSED. The name "
        "server at 127.0.0.1 refuses: the key of table passwd (key=omapi) may not update this zone there: see its allow-update."
    )


async def test_a_zone_of_somebody_else_is_told(still: NameServer) -> None:
    made = [Change("example.org", "n1.example.org", (), (Record("n1.example.org", "A", "10.0.0.1"),))]
    async with conversation(LOOPBACK, KEY, still.port) as server:
        with pytest.raises(ServiceError) as caught:
            await send(server, made)
    assert "error was NOTAUTH. The name server at 127.0.0.1 refuses: it is not the primary server" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (OTHER_KEY, "has another secret for the key of the request (BADSIG): give it that of table passwd"),
        (
            Key("stranger", KEY.algorithm, KEY.secret),
            "does not know the key of the request (BADKEY): give it the key of table passwd, key=omapi",
        ),
    ],
)
async def test_a_wrong_key_is_told(key: Key, words: str, still: NameServer) -> None:
    made = [Change(ZONE, "n9.cluster.net", (), (Record("n9.cluster.net", "A", "10.0.0.1"),))]
    for act in (lambda server: send(server, made), lambda server: server.transfer(ZONE)):
        async with conversation(LOOPBACK, key, still.port) as server:
            with pytest.raises(ServiceError) as caught:
                await act(server)
        assert str(caught.value) == f"The name server at 127.0.0.1 {words}"
    assert still.short("n9.cluster.net") == ["10.0.0.99"]


async def test_a_change_that_did_not_take_is_seen(still: NameServer) -> None:
    lost, kept = Record("n5.big.net", "A", "10.0.0.5"), Record("n1.cluster.net", "A", "10.0.0.1")
    async with conversation(LOOPBACK, KEY, still.port) as server:
        with pytest.raises(ServiceError, match=r"does not have `n5.big.net. IN A 10.0.0.5`: see its log"):
            await verify(server, [Change("big.net", lost.owner, (), (lost,))])
        with pytest.raises(ServiceError, match=r"still has `n1.cluster.net. IN A 10.0.0.1`: see its log"):
            await verify(server, [Change(ZONE, kept.owner, (kept,), ())])


async def test_nobody_at_the_port() -> None:
    port = free_port()
    with pytest.raises(ServiceError) as caught:
        async with conversation(LOOPBACK, KEY, port):
            pass
    assert (
        str(caught.value) == f"No name server answers at 127.0.0.1 port {port} (connection refused): start named there"
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            badnames.silent,
            "The name server at 127.0.0.1 is silent for 0.3 s: check that named runs there and is not stuck",
        ),
        (badnames.hangs_up, "The name server at 127.0.0.1 hung up in the middle of a talk: see its log"),
        (badnames.hangs_up_in_the_middle, "The name server at 127.0.0.1 is silent for 0.3 s"),
        (badnames.noise, "The name server at 127.0.0.1 sends what is no answer"),
        (badnames.other_number, "What answers at 127.0.0.1 is no name server: it answers what nobody asked"),
        (badnames.unsigned, "The name server at 127.0.0.1 sends what is no answer, or not signed as it must be"),
        (badnames.signed_by_another, "The name server at 127.0.0.1 "),
        (badnames.bad_time, "finds that the request was signed at another time (BADTIME): set both clocks"),
    ],
)
async def test_servers_that_misbehave_are_told(
    answer: badnames.Answer, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    made = [Change(ZONE, "n1.cluster.net", (), (Record("n1.cluster.net", "A", "10.0.0.1"),))]
    async with badnames.bad_server(answer) as port, conversation(LOOPBACK, KEY, port) as server:
        with pytest.raises(ServiceError) as caught:
            await send(server, made)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "answer", [badnames.unsigned_zone, badnames.signed_by_another, badnames.noise, badnames.silent]
)
async def test_a_zone_that_somebody_else_may_have_sent_is_not_taken(
    answer: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    async with badnames.bad_server(answer) as port, conversation(LOOPBACK, KEY, port) as server:
        with pytest.raises(ServiceError, match=r"The name server at 127\.0\.0\.1 "):
            await server.transfer(ZONE)
