"""The accounts of a BMC: names, passwords and what they may do (IPMI 2.0, sections 22.26 to 22.30)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from xcatd.errors import NodeError, UsageError
from xcatd.hardware.ipmi.channel import Channel, Work
from xcatd.hardware.ipmi.commands import (
    GET_USER_ACCESS,
    GET_USER_NAME,
    SET_USER_ACCESS,
    SET_USER_NAME,
    SET_USER_PASSWORD,
    Privilege,
)
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.rakp import LONGEST_NAME, LONGEST_PASSWORD
from xcatd.hardware.ipmi.refusals import WRONG_LENGTH, Refused
from xcatd.hardware.ipmi.text import printable
from xcatd.hardware.settings import Setting
from xcatd.model import Secret

USERS, USERID, USERNAME, PASSWORD = "users", "userid", "username", "password"
HIGHEST = 63
"""Accounts are numbered from 1. Number 1 has no name, by the standard."""
COMMON = 2
"""The account that most BMCs are delivered with. Like number 1 it keeps the rights that it has."""
SHORT = 16
"""Octets of a password that every BMC takes; a longer one needs IPMI 2.0, and is marked."""
LONG_MARK = 0x80
ENABLE, SET, TEST = 1, 2, 3
ANOTHER, ANOTHER_SIZE = 0x80, 0x81
"""What the test of a password says, as completion codes."""
MAY_CHANGE, LINK, MESSAGES = 0x80, 0x20, 0x10
NO_ACCESS = 0x0F
IS_DISABLED = 2
_PRIVILEGES = {1: "callback", 2: "user", 3: "operator", 4: "administrator", 5: "OEM"}


@dataclass(frozen=True, slots=True)
class Access:
    """Of one account on one channel. `accounts`: how many the BMC has."""

    accounts: int
    is_disabled: bool
    rights: int

    @property
    def is_of_use(self) -> bool:
        """Whether it may log in and do anything."""
        return bool(self.rights & MESSAGES) and self.rights & 0x0F in _PRIVILEGES

    def __str__(self) -> str:
        words = [_PRIVILEGES.get(self.rights & 0x0F, "no access") if self.is_of_use else "no access"]
        return ", ".join(words + ["disabled"] * self.is_disabled)


class Accounts:
    """`userid` says which account `username` and `password` are for; a name alone is for number 2, as in xCAT 2.

    A password alone must say whose it is: in xCAT 2 it would open the account without a name to everybody who has it.
    """

    def __init__(self) -> None:
        self._number: int | None = None

    @property
    def readable(self) -> Collection[str]:
        return (USERS,)

    @property
    def writable(self) -> Collection[str]:
        return (USERID, USERNAME, PASSWORD)

    def reading(self, word: str) -> Work:
        return _list

    def writing(self, word: str, value: str) -> Work:
        if word == USERID:
            self._number = _number_of(value)
            return partial(_say_number, self._number)
        if word == USERNAME:
            self._number = self._number or COMMON
            return partial(_name, self._number, _name_of(value))
        _check_password(value)
        if self._number is None:
            raise UsageError("say whose password it is: userid=<number> before it, or username=<name>")
        return partial(_set_password, self._number, Secret(value))


def _number_of(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= HIGHEST):
        raise UsageError(f'"{value}" is no value for {USERID}: give the number of an account, from 1 to {HIGHEST}')
    return int(value)


def _name_of(value: str) -> bytes:
    if not (value.isascii() and value.isprintable() and " " not in value and 1 <= len(value) <= LONGEST_NAME):
        raise UsageError(f'"{value}" is no value for {USERNAME}: give 1 to {LONGEST_NAME} letters, digits and signs')
    return value.encode()


def _check_password(value: str) -> None:
    """The sentence does not repeat it."""
    if not (value.isascii() and value.isprintable() and 1 <= len(value) <= LONGEST_PASSWORD):
        raise UsageError(
            f"this cannot be the {PASSWORD} of a BMC: give 1 to {LONGEST_PASSWORD} ASCII characters, or {SHORT} for "
            "BMCs that know IPMI 1.5 only"
        )


async def _say_number(number: int, channel: Channel) -> Setting:
    return Setting("BMC User ID", str(number))


async def _name(number: int, name: bytes, channel: Channel) -> Setting:
    controller = channel.controller
    await controller.request(SET_USER_NAME, bytes((number,)) + name.ljust(LONGEST_NAME, b"\0"))
    if number > COMMON or not (await _access(channel, number)).is_of_use:
        await _make_administrator(channel, number)
    kept = await _name_at(controller, number)
    if kept != name.decode():
        raise NodeError(
            f'the BMC at {controller.place} accepts the name of account {number} and calls it "{kept}": try another number'
        )
    return Setting("set username Done", "")


async def _set_password(number: int, password: Secret, channel: Channel) -> Setting:
    """Enabled after it has its password, so that it is never open with the one before, or with none."""
    controller = channel.controller
    await controller.request(SET_USER_PASSWORD, _password_data(number, SET, password))
    await _enable(controller, number)
    if not (await _access(channel, number)).is_of_use:
        await _make_administrator(channel, number)
    await _test(controller, number, password)
    return Setting("set password Done", "")


def _password_data(number: int, operation: int, password: Secret) -> bytes:
    octets = password.reveal().encode()
    if len(octets) > SHORT:
        return bytes((number | LONG_MARK, operation)) + octets.ljust(LONGEST_PASSWORD, b"\0")
    return bytes((number, operation)) + octets.ljust(SHORT, b"\0")


async def _enable(controller: Controller, number: int) -> None:
    """The password may be left out here. Some BMCs want its place to be there all the same."""
    try:
        await controller.request(SET_USER_PASSWORD, bytes((number, ENABLE)))
    except Refused as refused:
        if refused.code != WRONG_LENGTH:
            raise
        await controller.request(SET_USER_PASSWORD, bytes((number, ENABLE)) + bytes(SHORT))


async def _test(controller: Controller, number: int, password: Secret) -> None:
    """Some BMCs cut a long password off, and say nothing. One that cannot test a password is believed."""
    try:
        await controller.request(SET_USER_PASSWORD, _password_data(number, TEST, password))
    except Refused as refused:
        if refused.code in (ANOTHER, ANOTHER_SIZE):
            raise NodeError(
                f"the BMC at {controller.place} accepts the password of account {number} and then does not know it: give a "
                "shorter one"
            ) from None


async def _make_administrator(channel: Channel, number: int) -> None:
    """On our channel, with whatever link authentication it had."""
    link = (await _access(channel, number)).rights & LINK
    data = bytes((MAY_CHANGE | link | MESSAGES | channel.number, number, Privilege.ADMINISTRATOR, 0))
    await channel.controller.request(SET_USER_ACCESS, data)


async def _access(channel: Channel, number: int) -> Access:
    answer = await channel.controller.ask(GET_USER_ACCESS, bytes((channel.number, number)), least=4)
    return Access(answer[0] & 0x3F, answer[1] >> 6 == IS_DISABLED, answer[3] & 0x7F)


async def _name_at(controller: Controller, number: int) -> str:
    octets = await controller.ask(GET_USER_NAME, bytes((number,)), least=1)
    return printable(octets[:LONGEST_NAME].split(b"\0")[0].decode("ascii", "replace"))


async def _list(channel: Channel) -> Setting:
    """Those that have a name, or may do something."""
    first = await _access(channel, 1)
    described = [await _described(channel, number) for number in range(1, first.accounts + 1)]
    return Setting("BMC Users", "; ".join(text for text in described if text) or "none")


async def _described(channel: Channel, number: int) -> str:
    """Account `number` in words; "" for one that is not in use, or that the BMC does not want to talk about."""
    try:
        name, access = await _name_at(channel.controller, number), await _access(channel, number)
    except Refused as refused:
        if refused.is_busy:
            raise
        return ""
    if not name and not access.is_of_use:
        return ""
    return f"{number} {name or 'without a name'} ({access})"
