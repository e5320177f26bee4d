"""What a tiny BMC keeps for others: boot options, LAN, SOL and alert parameters, accounts, light, power limit.

A part for `Miniature`. ipmitool and ipmi-chassis read and change it. What it does not do: act on any of it (a new
address does not move it, a boot device boots nothing, a new account cannot log in), channels other than 1, parameters
beyond those below, blocks, DCMI beyond readings and the limit. Shares no code with the daemon.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulators.miniature import Miniature

CHANNEL = 1
NO_PARAMETER, IN_PROGRESS, READ_ONLY = 0x80, 0x81, 0x82
WRONG_LENGTH, OUT_OF_RANGE, WRONG_FIELD, NO_PRIVILEGE = 0xC7, 0xC9, 0xCC, 0xD4
USER, OPERATOR, ADMINISTRATOR = 2, 3, 4
NO_LIMIT, LIMIT_OUT_OF_RANGE = 0x80, 0x84
REVISION = b"\x11"
DCMI = 0xDC
LAN_MEDIUM = 4

Answer = tuple[int, bytes]


@dataclass
class Group:
    """Parameters by number; those in `tables` by number and row. `ignores`: it accepts changes and does nothing. `locked`:
    it marks boot options as not valid. `rolls_back`: what is not committed is gone when the set is complete."""

    values: dict[int, bytes]
    tables: dict[int, dict[int, bytes]] = field(default_factory=dict)
    read_only: frozenset[int] = frozenset()
    revision: bytes = REVISION
    ignores: bool = False
    locked: bool = False
    rolls_back: bool = False
    before: dict[int, bytes] = field(default_factory=dict)
    changed: Callable[[int], None] = lambda number: None
    """Called with the number of a parameter that was written."""

    def get(self, number: int, row: int) -> Answer:
        if number in self.tables:
            value = self.tables[number].get(row)
            return (0, self.revision + bytes((row,)) + value) if value is not None else (OUT_OF_RANGE, b"")
        value = self.values.get(number)
        return (0, self.revision + value) if value is not None else (NO_PARAMETER, b"")

    def set(self, number: int, data: bytes) -> Answer:
        code = self._refusal(number, data)
        if number == 0 and not code:
            self._progress(data)
        elif not code and not self.ignores:
            if number in self.tables:
                self.tables[number][data[0]] = data[1:]
            else:
                self.values[number] = data
        if not code:
            self.changed(number)
        return code, b""

    def _progress(self, data: bytes) -> None:
        """Begun, committed or complete. Tables are not rolled back."""
        if self.rolls_back and data == b"\0":
            self.values = dict(self.before)
        self.values[0] = b"\0" if data == b"\0" else b"\1"
        self.before = dict(self.values)

    def _refusal(self, number: int, data: bytes) -> int:
        if number in self.tables:
            before = self.tables[number].get(data[0] if data else 0)
            return OUT_OF_RANGE if before is None else WRONG_LENGTH * (len(data) != 1 + len(before))
        if number not in self.values:
            return NO_PARAMETER
        if number in self.read_only:
            return READ_ONLY
        if number == 0 and data == b"\1" and self.values[0] == b"\1":
            return IN_PROGRESS
        if number == 0 and data == b"\2" and not self.rolls_back:
            return WRONG_FIELD
        return WRONG_LENGTH * (len(data) != len(self.values[number]))


def _boot() -> Group:
    return Group({0: b"\0", 3: b"\0", 5: bytes(5)}, revision=b"\1")


def _lan() -> Group:
    values = {
        **{0: b"\0", 1: b"\x14", 2: bytes(5), 3: bytes((10, 0, 0, 5)), 4: b"\2", 5: bytes.fromhex("02aabbccdd05")},
        **{6: bytes((255, 255, 255, 0)), 10: b"\0", 11: b"\4", 12: bytes((10, 0, 0, 1)), 13: bytes(6), 14: bytes(4)},
        **{15: bytes(6), 16: b"public".ljust(18, b"\0"), 17: b"\4", 20: bytes(2), 21: b"\0"},
    }
    destinations = {18: {row: bytes(3) for row in range(5)}, 19: {row: bytes(12) for row in range(5)}}
    return Group(values, destinations, frozenset({5, 17}))


def _sol() -> Group:
    return Group(
        {0: b"\0", 1: b"\0", 2: b"\x84", 3: bytes(2), 4: bytes(2), 5: b"\x06", 6: b"\x06", 7: b"\1", 8: b"\x6f\2"}
    )


def _pef() -> Group:
    return Group({0: b"\0", 1: b"\0", 8: b"\2"}, {9: {1: bytes(3), 2: bytes(3)}})


@dataclass
class Account:
    name: bytes = b""
    password: bytes = b""
    enabled: bool = False
    access: int = 0
    privilege: int = 0x0F


@dataclass
class Power:
    """Watts, the limit as DCMI writes it down, and what else its answers carry."""

    now: int = 212
    least: int = 90
    most: int = 480
    mean: int = 205
    is_measured: bool = True
    limit: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Action, watts, milliseconds of correction, seconds of sampling."""
    is_kept: bool = False
    highest: int = 1000
    mark: int = DCMI


@dataclass
class Registers:
    """The part. `device`: the answer of Get Device ID. `tests_passwords`: it can. `longest`: octets of passwords it keeps."""

    bmc: Miniature
    boot: Group = field(default_factory=_boot)
    lan: Group = field(default_factory=_lan)
    sol: Group = field(default_factory=_sol)
    pef: Group = field(default_factory=_pef)
    accounts: dict[int, Account] = field(default_factory=lambda: {n: Account() for n in range(1, 6)})
    power: Power = field(default_factory=Power)
    device: bytes = bytes((0x20, 1, 2, 0x15, 0x02, 0xBF, 0x91, 0x12, 0, 2, 0x0F))
    tests_passwords: bool = True
    longest: int = 20

    def __post_init__(self) -> None:
        self.accounts[2] = Account(b"admin", b"secret", True, 0x10, ADMINISTRATOR)
        self.bmc.light = 0x40

    def carry_out(self, command: tuple[int, int], data: bytes, privilege: int) -> Answer | None:
        known = _COMMANDS.get(command)
        if known is None or (command[0] == 0x2C and data[:1] != bytes((DCMI,))):
            return None
        needs, do = known
        return do(self, data) if privilege >= needs else (NO_PRIVILEGE, b"")

    def _parameters(self, group: Group, data: bytes, is_set: bool, has_channel: bool = True) -> Answer:
        if has_channel:
            if data[0] not in (CHANNEL, 0x0E):
                return WRONG_FIELD, b""
            data = data[1:]
        return group.set(data[0], data[1:]) if is_set else group.get(data[0] & 0x7F, data[1])

    def _get_boot(self, data: bytes) -> Answer:
        code, answer = self._parameters(self.boot, data, False, False)
        number = bytes((data[0] & 0x7F | 0x80 * self.boot.locked,))
        return code, answer[:1] + number + answer[1:] if not code else b""

    def _identify(self, data: bytes) -> Answer:
        seconds, for_ever = data[0] if data else 15, len(data) > 1 and data[1] & 1
        self.bmc.light = 0x40 | (0x20 if for_ever else 0x10 if seconds else 0)
        return 0, b""

    def _get_access(self, data: bytes) -> Answer:
        account = self.accounts.get(data[1] & 0x3F)
        if account is None:
            return WRONG_FIELD, b""
        enabled = sum(account.enabled for account in self.accounts.values())
        status = 0x40 if account.enabled else 0x80
        return 0, bytes((len(self.accounts), status | enabled, 1, account.access & 0x70 | account.privilege))

    def _set_access(self, data: bytes) -> Answer:
        account = self.accounts.get(data[1] & 0x3F)
        if account is None or data[0] & 0x0F != CHANNEL:
            return WRONG_FIELD, b""
        account.privilege = data[2] & 0x0F
        if data[0] & 0x80:
            account.access = data[0] & 0x70
        return 0, b""

    def _get_name(self, data: bytes) -> Answer:
        account = self.accounts.get(data[0] & 0x3F)
        return (0, account.name.ljust(16, b"\0")) if account else (WRONG_FIELD, b"")

    def _set_name(self, data: bytes) -> Answer:
        account = self.accounts.get(data[0] & 0x3F)
        if account is None or data[0] == 1:
            return WRONG_FIELD, b""
        account.name = data[1:17].rstrip(b"\0")
        return 0, b""

    def _password(self, data: bytes) -> Answer:
        account, size = self.accounts.get(data[0] & 0x3F), 20 if data[0] & 0x80 else 16
        if account is None:
            return WRONG_FIELD, b""
        if data[1] < 2:
            account.enabled = data[1] == 1
            return 0, b""
        if len(data) != 2 + size:
            return WRONG_LENGTH, b""
        password = data[2:].rstrip(b"\0")
        if data[1] == 2:
            account.password = password[: self.longest]
            return 0, b""
        if not self.tests_passwords:
            return WRONG_FIELD, b""
        return NO_PARAMETER * (account.password != password), b""

    def _reading(self, data: bytes) -> Answer:
        power = self.power
        state = 0x40 if power.is_measured else 0
        values = (power.mark, power.now, power.least, power.most, power.mean, 1_700_000_000, 60_000, state)
        return 0, struct.pack("<B4H2IB", *values)

    def _get_limit(self, data: bytes) -> Answer:
        answer = struct.pack("<B2xBHI2xH", self.power.mark, *self.power.limit)
        return (0 if self.power.is_kept else NO_LIMIT), answer

    def _set_limit(self, data: bytes) -> Answer:
        if len(data) != 15:
            return WRONG_LENGTH, b""
        limit = struct.unpack("<4xBHI2xH", data)
        if limit[1] > self.power.highest:
            return LIMIT_OUT_OF_RANGE, bytes((DCMI,))
        self.power.limit = limit
        return 0, bytes((DCMI,))

    def _activate(self, data: bytes) -> Answer:
        if data[1] and not self.power.limit[1]:
            return NO_LIMIT, bytes((DCMI,))
        self.power.is_kept = bool(data[1])
        return 0, bytes((DCMI,))


_COMMANDS: dict[tuple[int, int], tuple[int, Callable[[Registers, bytes], Answer]]] = {
    (0x00, 0x04): (OPERATOR, Registers._identify),
    (0x00, 0x08): (OPERATOR, lambda it, data: it._parameters(it.boot, data, True, False)),
    (0x00, 0x09): (OPERATOR, Registers._get_boot),
    (0x04, 0x12): (ADMINISTRATOR, lambda it, data: it._parameters(it.pef, data, True, False)),
    (0x04, 0x13): (OPERATOR, lambda it, data: it._parameters(it.pef, data, False, False)),
    (0x06, 0x01): (USER, lambda it, data: (0, it.device)),
    (0x06, 0x42): (USER, lambda it, data: (0, bytes((CHANNEL, LAN_MEDIUM, 1, 0x80, 0xF2, 0x1B, 0, 0, 0)))),
    (0x06, 0x43): (ADMINISTRATOR, Registers._set_access),
    (0x06, 0x44): (OPERATOR, Registers._get_access),
    (0x06, 0x45): (ADMINISTRATOR, Registers._set_name),
    (0x06, 0x46): (OPERATOR, Registers._get_name),
    (0x06, 0x47): (ADMINISTRATOR, Registers._password),
    (0x0C, 0x01): (ADMINISTRATOR, lambda it, data: it._parameters(it.lan, data, True)),
    (0x0C, 0x02): (OPERATOR, lambda it, data: it._parameters(it.lan, data, False)),
    (0x0C, 0x21): (ADMINISTRATOR, lambda it, data: it._parameters(it.sol, data, True)),
    (0x0C, 0x22): (USER, lambda it, data: it._parameters(it.sol, data, False)),
    (0x2C, 0x02): (USER, Registers._reading),
    (0x2C, 0x03): (USER, Registers._get_limit),
    (0x2C, 0x04): (OPERATOR, Registers._set_limit),
    (0x2C, 0x05): (OPERATOR, Registers._activate),
}
"""Network function and number -> the privilege that is needed, and what is done."""


def with_registers() -> tuple[Miniature, Registers]:
    """A BMC with registers in it."""
    bmc = Miniature()
    registers = Registers(bmc)
    bmc.parts.append(registers)
    return bmc, registers
