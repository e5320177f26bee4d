"""Event logs: that of ipmi_sim as ipmitool reads it, and those of BMCs that are harder to read."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.simulators.archive import BAD_COMMAND, ERASING
from tests.simulators.bmcs import Bmc
from tests.simulators.stored import CELSIUS, SPECIFIC, TEMPERATURE, WATCHDOG, Analog, event
from tests.unit.hardware.ipmi.judges import ipmitool
from tests.unit.hardware.ipmi.telling import Teller, furnished_bmc, teller
from tests.unit.hardware.places import endpoint_of
from tests.unit.hardware.reading_contract import EventLogContract, LogJudge
from xcatd.errors import BadCredentials, Busy, NodeError, TimedOut
from xcatd.hardware import Controllers, EventLog

GET_INFO, RESERVE, GET_ENTRY, CLEAR, GET_TIME = (b"\x0a\x40", b"\x0a\x42", b"\x0a\x43", b"\x0a\x47", b"\x0a\x48")
ADD_ENTRY = ["0x0a", "0x44", "0", "0", "2", "0", "0", "0", "0", "0x20", "0", "4", "1", "2", "1", "0x59", "96", "95"]
"""CPU1 Temp is too high; the BMC adds the time."""
WHEN = 0x65000000
EVENTS = [event(WHEN + number, WATCHDOG, 15, SPECIFIC) for number in range(12)]


@pytest.fixture
def bmc(tmp_path: Path) -> Iterator[Bmc]:
    with furnished_bmc(43, tmp_path) as started:
        yield started


class IpmitoolOnLog:
    """`sel list`: numbers in hexadecimal | ..."""

    def __init__(self, bmc: Bmc) -> None:
        self._bmc = bmc

    async def numbers(self) -> Sequence[str]:
        rows = re.findall(r"^ *([0-9a-f]+) \|", await ipmitool(self._bmc, "sel", "list"), re.MULTILINE)
        return [str(int(row, 16)) for row in rows]


class TestIpmi(EventLogContract):
    @pytest.fixture
    async def event_log(self, bmc: Bmc, controllers: Controllers) -> EventLog:
        return controllers.device("ipmi", endpoint_of(bmc)).event_log

    @pytest.fixture
    async def log_judge(self, bmc: Bmc) -> LogJudge:
        return IpmitoolOnLog(bmc)

    async def test_words_are_those_of_ipmitool_give_or_take_a_hyphen(self, event_log: EventLog, bmc: Bmc) -> None:
        theirs = (await ipmitool(bmc, "sel", "elist")).splitlines()
        mine = await event_log.events(timeout=10)
        for line, mine_of in zip(theirs[:6], mine[:6], strict=True):
            _, _, _, sensor, what, direction, *_ = (cell.strip() for cell in line.split("|"))
            assert what.lower() in mine_of.text.replace(" - going", " going").lower()
            assert (direction == "Deasserted") == mine_of.text.endswith("- Recovered")
            assert sensor.endswith(mine_of.source.replace("Sensor ", "#"))
        assert mine[-1].text == "Linux kernel panic: Fatal exce"

    async def test_a_time_is_the_moment_when_it_happened(self, event_log: EventLog, bmc: Bmc) -> None:
        await ipmitool(bmc, "sel", "time", "set", "now")
        await ipmitool(bmc, "raw", *ADD_ENTRY)
        (newest,) = await event_log.events(1, timeout=10)
        assert newest.when is not None
        assert abs((newest.when - datetime.now(UTC)).total_seconds()) < 60
        assert newest.text.startswith("Temperature, Upper Critical - going high")

    async def test_a_clock_that_is_wrong_does_not_make_times_wrong(self, event_log: EventLog, bmc: Bmc) -> None:
        await ipmitool(bmc, "raw", "0x0a", "0x49", "0", "0", "0", "0x40")
        assert "01/10/04" in await ipmitool(bmc, "sel", "time", "get")
        await ipmitool(bmc, "raw", *ADD_ENTRY)
        (newest,) = await event_log.events(1, timeout=10)
        assert newest.when is not None
        assert abs((newest.when - datetime.now(UTC)).total_seconds()) < 60


async def numbers(it: Teller, last: int | None = None) -> list[int]:
    return [int(found.number) for found in await it.device.event_log.events(last, timeout=5)]


# The newest ones


async def test_the_newest_ones_are_read_from_the_end(controllers: Controllers) -> None:
    async with teller(controllers, events=EVENTS) as it:
        assert await numbers(it, 3) == [10, 11, 12]
        assert [number for number, _, _ in it.archive.sel.readings] == [12, 11, 10]


async def test_gaps_in_the_numbers_are_no_trouble(controllers: Controllers) -> None:
    async with teller(controllers, events=EVENTS) as it:
        del it.archive.sel.records[11]
        assert await numbers(it, 3) == [9, 10, 12]


async def test_numbers_that_go_round_are_no_trouble(controllers: Controllers) -> None:
    """The oldest ones were overwritten: the order is that of the links, not that of the numbers."""
    async with teller(controllers, events=EVENTS[:4]) as it:
        it.archive.sel.follows |= {1: 2, 2: 0xFFFF, 3: 4, 4: 1}
        it.archive.sel.ends = (3, 2)
        assert await numbers(it) == [3, 4, 1, 2]
        assert await numbers(it, 2) == [1, 2]
        assert await numbers(it, 3) == [4, 1, 2]


@pytest.mark.parametrize("code", [0xC9, 0xCC, 0xFF])
async def test_other_words_for_there_is_no_such_entry(controllers: Controllers, code: int) -> None:
    async with teller(controllers, events=EVENTS) as it:
        del it.archive.sel.records[11]
        it.brain.refuses[GET_ENTRY + b"\0\0\x0b\0"] = code
        it.archive.sel.reservations = False
        assert await numbers(it, 3) == [9, 10, 12]


# Logs that are hard to read


@pytest.mark.parametrize("longest", [16, 15, 8, 5, 4])
async def test_a_bmc_may_give_an_entry_in_pieces(controllers: Controllers, longest: int) -> None:
    async with teller(controllers, events=EVENTS) as it:
        it.archive.sel.longest = longest
        assert await numbers(it) == list(range(1, 13))


async def test_an_empty_log_is_not_read_at_all(controllers: Controllers) -> None:
    async with teller(controllers) as it:
        assert await numbers(it) == []
        assert it.asked(*GET_ENTRY) == 0


async def test_a_log_that_is_erased_while_it_is_read_ends_there(controllers: Controllers) -> None:
    async with teller(controllers, events=EVENTS) as it:
        log = it.archive.sel
        log.watch = lambda count: log.records.clear() if count == 5 else None
        assert await numbers(it) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("after", "comes"), [(1, 1), (5, 2), (12, 1)])
async def test_a_log_that_points_to_itself_is_one_clear_error(controllers: Controllers, after: int, comes: int) -> None:
    async with teller(controllers, events=EVENTS) as it:
        it.archive.sel.follows[after] = comes
        message = r"the BMC at 127\.0\.0\.1:\d+ answers \"Get SEL Entry\" with entries without an end .*: reset it"
        with pytest.raises(NodeError, match=message):
            await numbers(it)
        assert it.asked(*GET_ENTRY) <= 13


@pytest.mark.parametrize(("command", "length"), [(GET_INFO, 0), (GET_INFO, 2), (GET_ENTRY, 0), (GET_ENTRY, 2)])
async def test_an_answer_that_is_cut_short_is_one_clear_error(
    controllers: Controllers, command: bytes, length: int
) -> None:
    async with teller(controllers, events=EVENTS) as it:
        it.brain.cuts[command] = length
        with pytest.raises(NodeError, match=rf"with {length} octets where at least \d+ are due"):
            await numbers(it)


async def test_a_bmc_whose_records_cannot_be_read_still_shows_its_log(controllers: Controllers) -> None:
    async with teller(controllers, [Analog(15, "x1", TEMPERATURE, CELSIUS).record()], EVENTS[:1]) as it:
        it.archive.sdrs.follows[1] = 1
        (found,) = await it.device.event_log.events()
        assert (found.source, found.text) == ("Sensor 0x0f", "Watchdog 2, Timer expired, status only")


async def test_a_bmc_that_does_not_tell_its_time_has_its_own_times(controllers: Controllers) -> None:
    async with teller(controllers, events=EVENTS[:1]) as it:
        it.brain.refuses[GET_TIME] = BAD_COMMAND
        (found,) = await it.device.event_log.events()
        assert found.when == datetime.fromtimestamp(WHEN, UTC)


@pytest.mark.parametrize("ahead", [0, 1, -1])
async def test_clocks_that_are_nearly_equal_count_as_equal(controllers: Controllers, ahead: int) -> None:
    async with teller(controllers, events=EVENTS[:1]) as it:
        it.archive.ahead = ahead
        (found,) = await it.device.event_log.events()
        assert found.when == datetime.fromtimestamp(WHEN, UTC)


async def test_a_clock_that_was_never_set_corrects_nothing(controllers: Controllers) -> None:
    async with teller(controllers, events=EVENTS[:1]) as it:
        it.archive.ahead = 3600 - int(time.time())
        (found,) = await it.device.event_log.events()
        assert found.when == datetime.fromtimestamp(WHEN, UTC)


async def test_a_log_that_is_being_erased_is_waited_for(controllers: Controllers) -> None:
    async with teller(controllers, events=EVENTS) as it:
        it.brain.refuses[GET_INFO] = ERASING
        with pytest.raises(Busy, match=r'refuses "Get SEL Info": the log is being erased \(0x81\); try again later'):
            await it.device.event_log.events(timeout=0.3)
        assert it.asked(*GET_INFO) > 1


# Erasing


async def test_an_erasure_is_waited_for(controllers: Controllers) -> None:
    async with teller(controllers, events=EVENTS) as it:
        it.archive.erasing = 3
        await it.device.event_log.clear_events(timeout=5)
        assert it.asked(*CLEAR) == 4
        assert it.archive.erasing == 0


async def test_an_erasure_that_ends_its_reservation_is_waited_for_with_another_one(controllers: Controllers) -> None:
    async with teller(controllers, events=EVENTS) as it:
        it.archive.erasing, it.archive.ends_reservation = 2, True
        await it.device.event_log.clear_events(timeout=5)
        assert it.archive.erasing == 0


async def test_an_event_between_reservation_and_erasure_does_not_stop_it(controllers: Controllers) -> None:
    async with teller(controllers, events=EVENTS) as it:
        it.archive.sel.lost = 2
        await it.device.event_log.clear_events(timeout=5)
        assert it.archive.sel.records == {}


async def test_events_that_always_come_between_are_reported(controllers: Controllers) -> None:
    async with teller(controllers, events=EVENTS) as it:
        it.archive.sel.lost = 1000
        with pytest.raises(Busy, match=r'refuses "Clear SEL": what is read there keeps changing'):
            await it.device.event_log.clear_events(timeout=0.3)
        assert len(it.archive.sel.records) == len(EVENTS)


async def test_an_erasure_that_never_ends_is_reported_at_the_deadline(controllers: Controllers) -> None:
    async with teller(controllers, events=EVENTS) as it:
        it.archive.erasing = 1000
        with pytest.raises(TimedOut, match=r"still erases its event log after 0\.5 s: look at the log later"):
            await it.device.event_log.clear_events(timeout=0.5)


async def test_erasing_takes_more_rights_than_reading(controllers: Controllers) -> None:
    async with teller(controllers, events=EVENTS) as it:
        it.brain.role = 2
        assert len(await numbers(it)) == len(EVENTS)
        with pytest.raises(BadCredentials, match="does not allow this"):
            await it.device.event_log.clear_events()
        assert len(it.archive.sel.records) == len(EVENTS)
