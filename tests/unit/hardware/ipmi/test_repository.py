"""Reading sensor data records: in pieces, in a hurry, interrupted, from BMCs that lose their way."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulators.archive import BAD_COMMAND, TOO_LONG, TOO_MUCH, WRONG_FIELD
from tests.simulators.stored import CELSIUS, TEMPERATURE, Analog, framed
from tests.unit.hardware.ipmi.telling import Teller, teller
from xcatd.errors import Busy, NodeError, Unreachable, Unsupported
from xcatd.hardware import Controllers
from xcatd.hardware.ipmi.notes import Notebook
from xcatd.hardware.ipmi.repository import MOST_RECORDS

SENSORS = [Analog(number, f"Temp {number}", TEMPERATURE, CELSIUS) for number in range(1, 7)]
RECORDS = [sensor.record() for sensor in SENSORS]
NAMES = [sensor.name for sensor in SENSORS]


async def names(it: Teller, timeout: float = 5) -> list[str]:
    return [sensor.name for sensor in await it.device.sensors.sensors(timeout=timeout)]


async def test_whole_records_cost_one_request_each(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        assert await names(it) == NAMES
        assert it.archive.sdrs.readings == [(number, 0, 0xFF) for number in range(1, 7)]


@pytest.mark.parametrize("refusal", [TOO_MUCH, TOO_LONG, WRONG_FIELD, 0xC7, 0xC9, 0xFF])
@pytest.mark.parametrize("longest", [60, 32, 22, 16, 7, 4])
async def test_a_bmc_gives_as_much_at_once_as_it_likes(controllers: Controllers, longest: int, refusal: int) -> None:
    async with teller(controllers, RECORDS) as it:
        it.archive.sdrs.longest = longest
        it.archive.sdrs.refusal = refusal
        assert await names(it) == NAMES


async def test_a_bmc_that_gives_nothing_at_all_says_why(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        it.archive.sdrs.longest = 0
        with pytest.raises(NodeError, match=r'refuses "Get SDR": cannot return the number of requested bytes \(0xca\)'):
            await names(it)
        assert it.asked(0x0A, 0x23) < 10


async def test_a_reservation_that_was_lost_is_renewed_and_the_record_begun_again(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        it.archive.sdrs.longest = 16
        losses = [1]

        def lose_once(count: int) -> None:
            if count == 3 and losses:
                it.archive.sdrs.lost = losses.pop()

        it.archive.sdrs.watch = lose_once
        assert await names(it) == NAMES
        assert [number for number, offset, _ in it.archive.sdrs.readings if not offset] == [1, 1, 2, 3, 4, 5, 6]


async def test_a_repository_that_always_changes_is_reported_as_busy(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        it.archive.sdrs.longest = 16
        it.archive.sdrs.lost = 100_000
        with pytest.raises(
            Busy, match=r'refuses "Get SDR": what is read there keeps changing \(0xc5\); try again later'
        ):
            await names(it, timeout=0.4)


async def test_a_bmc_that_wants_a_reservation_for_whole_records_gets_one(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        it.archive.sdrs.needs_reservation = True
        assert await names(it) == NAMES


async def test_a_bmc_without_reservations_is_read_without(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        it.archive.sdrs.longest, it.archive.sdrs.reservations = 16, False
        assert await names(it) == NAMES


async def test_a_bmc_without_a_repository_has_its_own_records(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        it.archive.own = True
        it.archive.device_id = it.archive.device_id[:5] + b"\x01" + it.archive.device_id[6:]
        it.archive.sdrs.longest = 16
        assert await names(it) == NAMES
        assert it.asked(0x0A) == 0


async def test_a_bmc_that_promises_a_repository_and_has_none_is_asked_for_its_own_records(
    controllers: Controllers,
) -> None:
    async with teller(controllers, RECORDS) as it:
        it.archive.own = True
        assert await names(it) == NAMES


async def test_no_records_are_no_sensors(controllers: Controllers) -> None:
    async with teller(controllers) as it:
        assert await names(it) == []


async def test_damaged_records_are_passed_over(controllers: Controllers) -> None:
    damaged = [framed(0x01, b"\x20\x00"), framed(0xC0, b""), b"\0\0\x51"]
    async with teller(controllers, [RECORDS[0], *damaged[:2], RECORDS[1]]) as it:
        assert await names(it) == NAMES[:2]


@pytest.mark.parametrize(("after", "comes"), [(3, 3), (3, 1), (6, 1), (1, 1)])
async def test_records_that_go_round_in_a_circle_are_one_clear_error(
    controllers: Controllers, after: int, comes: int
) -> None:
    async with teller(controllers, RECORDS) as it:
        it.archive.sdrs.follows[after] = comes
        message = r"the BMC at 127\.0\.0\.1:\d+ answers \"Get SDR\" with records without an end .*: reset it, or update"
        with pytest.raises(NodeError, match=message):
            await names(it)
        assert it.asked(0x0A, 0x23) <= 2 * len(RECORDS)


async def test_records_that_never_end_are_left_some_day(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS[:1]) as it:
        it.archive.sdrs.watch = lambda count: it.archive.sdrs.add(RECORDS[0])
        with pytest.raises(NodeError, match="records without an end"):
            await names(it, timeout=60)
        assert it.asked(0x0A, 0x23) == MOST_RECORDS + 1


@pytest.mark.parametrize("length", [0, 1, 2])
@pytest.mark.parametrize("command", [(0x06, 0x01), (0x0A, 0x20), (0x0A, 0x23)])
async def test_an_answer_that_is_cut_short_is_one_clear_error(
    controllers: Controllers, command: tuple[int, int], length: int
) -> None:
    async with teller(controllers, RECORDS) as it:
        it.brain.cuts[bytes(command)] = length
        if command == (0x0A, 0x20) and length == 2:
            assert await names(it) == NAMES  # it says enough
            return
        with pytest.raises(NodeError, match=rf"with {length} octets where at least \d+ are due"):
            await names(it)


async def test_an_answer_of_one_octet_at_a_time_still_makes_a_record(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS[:1]) as it:
        it.brain.cuts[b"\x0a\x23"] = 3
        assert await names(it) == NAMES[:1]


# What is remembered


async def test_records_are_read_again_when_the_bmc_says_that_they_have_changed(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        await names(it)
        await names(it)
        assert len(it.archive.sdrs.readings) == 6
        it.archive.sdrs.add(Analog(9, "New", TEMPERATURE, CELSIUS).record())
        assert await names(it) == [*NAMES, "New"]
        it.archive.sdrs.records.pop(1)
        it.archive.sdrs.add(Analog(10, "Newer", TEMPERATURE, CELSIUS).record(), 20)
        it.archive.changed += 1
        assert await names(it) == [*NAMES[1:], "New", "Newer"]


async def test_other_firmware_may_have_other_records(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        await names(it)
        it.archive.device_id = it.archive.device_id[:3] + b"\x16" + it.archive.device_id[4:]
        await names(it)
        assert len(it.archive.sdrs.readings) == 12


async def test_a_reader_who_is_cut_off_leaves_what_he_has_to_the_next(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        it.archive.sdrs.watch = lambda count: setattr(it.network, "dies_after", 0 if count == 3 else None)
        with pytest.raises(NodeError):
            await names(it, timeout=0.3)
        assert len(it.archive.sdrs.readings) == 4
        it.network.dies_after, it.network.silent = None, False
        it.archive.sdrs.watch = lambda count: None
        it.brain.reboot()
        assert await names(it) == NAMES
        assert [number for number, _, _ in it.archive.sdrs.readings] == [1, 2, 3, 4, 5, 6]


async def test_a_record_that_has_gone_does_not_stop_the_next_reader(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        it.archive.sdrs.watch = lambda count: it.archive.sdrs.records.pop(4, None) if count == 3 else None
        with pytest.raises(NodeError, match=r'refuses "Get SDR": requested sensor, data or record not present'):
            await names(it)
        assert await names(it) == [name for name in NAMES if name != "Temp 4"]


async def test_a_bmc_that_finds_its_way_again_is_read_from_the_beginning(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        it.archive.sdrs.follows = {3: 2}
        with pytest.raises(NodeError, match="records without an end"):
            await names(it)
        it.archive.sdrs.follows = {}
        assert await names(it) == NAMES


async def test_a_reader_who_waits_for_another_one_has_his_own_deadline(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        it.network.delay = 0.03
        patient, hasty = await asyncio.gather(names(it, timeout=10), names(it, timeout=0.2), return_exceptions=True)
        assert patient == NAMES
        assert isinstance(hasty, (Unreachable, NodeError))


async def test_refusals_that_are_no_sign_of_absence_are_errors(controllers: Controllers) -> None:
    async with teller(controllers, RECORDS) as it:
        it.brain.refuses[b"\x0a\x20"] = 0xD3
        with pytest.raises(NodeError, match=r'refuses "Get SDR Repository Info": destination unavailable \(0xd3\)'):
            await names(it)
        it.brain.refuses = {b"\x0a\x20": BAD_COMMAND, b"\x04\x20": BAD_COMMAND}
        with pytest.raises(Unsupported, match="has no sensor data records"):
            await names(it)


def test_equal_bmcs_share_one_copy_that_goes_with_them() -> None:
    notebook = Notebook(10)
    first, second = notebook.of("a:623"), notebook.of("b:623")
    first.repository, second.repository = notebook.repository(RECORDS), notebook.repository(list(RECORDS))
    assert first.repository is second.repository
    assert notebook.repository(RECORDS[:1]) is not first.repository
    assert len(notebook._copies) == 1


def test_the_notebook_forgets_what_was_not_used_for_longest() -> None:
    notebook = Notebook(2)
    first, _ = notebook.of("a:623"), notebook.of("b:623")
    assert notebook.of("a:623") is first
    notebook.of("c:623")
    assert notebook.of("a:623") is first
    assert list(notebook._notes) == ["c:623", "a:623"]
