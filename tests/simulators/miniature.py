"""The brain of a tiny BMC, without a network: a datagram in, an answer out. Shares no code with the daemon.

It speaks IPMI 2.0 with cipher suites 17 and 3 and K_g keys, or IPMI 1.5 with MD5, and knows one user; ipmitool and
ipmipower accept it. What it does not do: other users, sensors, sequence windows (it takes any number), sessions
that time out. It knows chassis status and control, session privilege, close session and authentication capabilities;
what else it can do is in its `parts`, and all other commands are "invalid command".
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

RMCP = b"\x06\x00\xff\x07"
HASHES = {1: "sha1", 3: "sha256"}
"""Authentication algorithm -> hash."""
CODE_LENGTHS = {1: 12, 4: 16}
"""Integrity algorithm -> octets of the code."""
ALGORITHMS = {3: (1, 1, 1), 17: (3, 4, 1)}
"""Cipher suite -> authentication, integrity and confidentiality algorithm."""
CHASSIS_STATUS, CHASSIS_CONTROL = (0x00, 0x01), (0x00, 0x02)
CAPABILITIES, CHALLENGE, ACTIVATE = (0x06, 0x38), (0x06, 0x39), (0x06, 0x3A)
SET_PRIVILEGE, CLOSE = (0x06, 0x3B), (0x06, 0x3C)
BAD_COMMAND, NO_PRIVILEGE = 0xC1, 0xD4
GUID = bytes(range(0xA0, 0xB0))


@dataclass
class Session:
    """What the BMC knows of one session, active or about to be."""

    console_id: int
    hash: str = ""
    code_length: int = 0
    console_random: bytes = b""
    random: bytes = b""
    claim: bytes = b""
    key: bytes = b""
    sequence: int = 0
    privilege: int = 2
    active: bool = False

    def hmac(self, key: bytes, claim: bytes) -> bytes:
        return hmac.digest(key, claim, self.hash)


class Part(Protocol):
    """A piece that can be put into a BMC. It answers with a completion code and data, or None for what is not its own. The BMC's
    `asking` is the session that asks."""

    def carry_out(self, command: tuple[int, int], data: bytes, privilege: int) -> tuple[int, bytes] | None: ...


@dataclass
class Miniature:
    """One BMC. Its fields are its settings, and may be changed while it runs.

    `version` 15 leaves RMCP+ unanswered. `signs` False: within IPMI 1.5 sessions, it answers without authentication.
    `codes`: completion codes for the next chassis commands, which are then not carried out. `status`: payload type ->
    status with which such a payload is refused. `chooses`: algorithms put in the place of those proposed. `is_stuck`: it
    accepts chassis controls and does nothing. `controls`: those it has accepted. `closed`: sessions said goodbye to.
    `light`: the third octet of its chassis status.

    `parts`: what more it can do. `asked`: the commands that came in sessions: network function, number, data. `refuses`:
    those that begin so -> completion code. `cuts`: those that begin so -> how many octets of data their answers have.
    `forgets_after`: with so many of them it forgets all sessions, once (None: never). `serial`: who takes the payloads of a serial
    port, each with the number of its session.
    """

    user: str = "admin"
    password: str = "secret"
    kg: bytes = b""
    suites: tuple[int, ...] = (17, 3)
    role: int = 4
    version: int = 20
    signs: bool = True
    power: bool = False
    is_stuck: bool = False
    codes: deque[int] = field(default_factory=deque)
    status: dict[int, int] = field(default_factory=dict)
    chooses: tuple[int, int, int] | None = None
    sessions: dict[int, Session] = field(default_factory=dict)
    controls: list[int] = field(default_factory=list)
    closed: int = 0
    light: int = 0
    parts: list[Part] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    refuses: dict[bytes, int] = field(default_factory=dict)
    cuts: dict[bytes, int] = field(default_factory=dict)
    forgets_after: int | None = None
    serial: Callable[[int, bytes], None] | None = None
    asking: int = 0

    def answer(self, datagram: bytes) -> bytes | None:
        """The answer, if there is one."""
        if datagram[:4] != RMCP or len(datagram) < 10:
            return None
        return self._answer20(datagram) if datagram[4] == 6 else self._answer15(datagram)

    def reboot(self) -> None:
        """Forget all sessions; the power stays."""
        self.sessions.clear()

    # IPMI 2.0

    def _answer20(self, datagram: bytes) -> bytes | None:
        if self.version != 20:
            return None
        kind, session_id, _, length = struct.unpack_from("<BIIH", datagram, 5)
        payload = datagram[16 : 16 + length]
        if kind in (0xC0, 0xC1):
            return self._in_session(session_id, payload, kind)
        steps = {0x10: self._open, 0x12: self._rakp1, 0x14: self._rakp3}
        if kind not in steps:
            return None
        if kind in self.status:
            answer: bytes | None = bytes((payload[0], self.status[kind], 0, 0)) + bytes(4)
        else:
            answer = steps[kind](payload)
        return None if answer is None else RMCP + struct.pack("<BBIIH", 6, kind + 1, 0, 0, len(answer)) + answer

    def _open(self, payload: bytes) -> bytes:
        tag, console_id = payload[0], struct.unpack_from("<I", payload, 4)[0]
        proposed = (payload[12], payload[20], payload[28])
        if proposed not in [ALGORITHMS[suite] for suite in self.suites]:
            return bytes((tag, 0x11, 0, 0)) + struct.pack("<I", console_id)
        number = next(n for n in range(1, 1000) if n not in self.sessions)
        self.sessions[number] = Session(console_id, HASHES[proposed[0]], CODE_LENGTHS[proposed[1]])
        chosen = b"".join(struct.pack("<BHBB3x", n, 0, 8, kind) for n, kind in enumerate(self.chooses or proposed))
        return bytes((tag, 0, 4, 0)) + struct.pack("<II", console_id, number) + chosen

    def _rakp1(self, payload: bytes) -> bytes | None:
        tag, number, console_random, role, length = struct.unpack_from("<B3xI16sB2xB", payload)
        name = payload[28 : 28 + length]
        session = self.sessions.get(number)
        if session is None:
            return bytes((tag, 0x02, 0, 0)) + bytes(4)
        if name != self.user.encode() or role & 0x0F > self.role:
            status = 0x0A if name == self.user.encode() else 0x0D
            return bytes((tag, status, 0, 0)) + struct.pack("<I", session.console_id)
        session.console_random, session.random = console_random, os.urandom(16)
        session.claim = bytes((role, length)) + name
        claim = struct.pack("<II", session.console_id, number) + console_random + session.random + GUID + session.claim
        session.key = session.hmac(self.kg or self.password.encode(), console_random + session.random + session.claim)
        proof = session.hmac(self.password.encode(), claim)
        return bytes((tag, 0, 0, 0)) + struct.pack("<I", session.console_id) + session.random + GUID + proof

    def _rakp3(self, payload: bytes) -> bytes | None:
        tag, status, number = struct.unpack_from("<BB2xI", payload)
        session = self.sessions.get(number)
        if session is None:
            return bytes((tag, 0x02, 0, 0)) + bytes(4)
        if status:
            del self.sessions[number]
            return None
        claim = session.random + struct.pack("<I", session.console_id) + session.claim
        if session.hmac(self.password.encode(), claim) != payload[8:]:
            return bytes((tag, 0x0F, 0, 0)) + struct.pack("<I", session.console_id)
        session.active = True
        proof = session.hmac(session.key, session.console_random + struct.pack("<I", number) + GUID)
        return bytes((tag, 0, 0, 0)) + struct.pack("<I", session.console_id) + proof[: session.code_length]

    def _in_session(self, number: int, payload: bytes, kind: int) -> bytes | None:
        session = self.sessions.get(number)
        if session is None or not session.active:
            return None
        k2 = session.hmac(session.key, bytes((2,)) * 20)
        decryptor = Cipher(algorithms.AES(k2[:16]), modes.CBC(payload[:16])).decryptor()
        clear = decryptor.update(payload[16:]) + decryptor.finalize()
        clear = clear[: -1 - clear[-1]]
        if kind == 0xC1:
            if self.serial is not None:
                self.serial(number, clear)
            return None
        self.asking = number
        return self.sealed(session, self._execute(clear, session, number))

    def sealed(self, session: Session, message: bytes, kind: int = 0xC0) -> bytes:
        """The next datagram in a session, with a message, or the payload of another kind."""
        k1, k2 = (session.hmac(session.key, bytes((n,)) * 20) for n in (1, 2))
        padding = -(len(message) + 1) % 16
        vector = os.urandom(16)
        encryptor = Cipher(algorithms.AES(k2[:16]), modes.CBC(vector)).encryptor()
        sealed = vector + encryptor.update(message + bytes(range(1, padding + 1)) + bytes((padding,)))
        session.sequence += 1
        body = struct.pack("<BBIIH", 6, kind, session.console_id, session.sequence, len(sealed)) + sealed
        body += b"\xff\xff\x02\x07"
        return RMCP + body + session.hmac(k1, body)[: session.code_length]

    # IPMI 1.5

    def _answer15(self, datagram: bytes) -> bytes | None:
        kind, sequence, number = struct.unpack_from("<BII", datagram, 4)
        start = 29 if kind else 13
        message = datagram[start + 1 :]
        session = self.sessions.get(number, Session(0))
        if number and (number not in self.sessions or datagram[13:29] != self._md5(message, number, sequence)):
            return None
        signs = self.signs or not session.active
        answer = self._execute(message, session, number)
        session.sequence += 1
        if not number:
            return RMCP + struct.pack("<BIIB", 0, 0, 0, len(answer)) + answer
        if not signs:
            return RMCP + struct.pack("<BIIB", 0, session.sequence, number, len(answer)) + answer
        code = self._md5(answer, number, session.sequence)
        return RMCP + struct.pack("<BII", 2, session.sequence, number) + code + bytes((len(answer),)) + answer

    def _md5(self, message: bytes, number: int, sequence: int) -> bytes:
        key = self.password.encode().ljust(16, b"\0")
        return hashlib.md5(key + struct.pack("<I", number) + message + struct.pack("<I", sequence) + key).digest()

    # Commands

    def _execute(self, message: bytes, session: Session, number: int) -> bytes:
        """Carry out a request; returns the answer's message."""
        command, data = (message[1] >> 2, message[5]), message[6:-1]
        code, result = self._carry_out(command, data, session, number)
        head = bytes((message[3], message[1] + 4))
        body = bytes((message[0], message[4], message[5], code)) + result
        return head + bytes((-sum(head) & 0xFF,)) + body + bytes((-sum(body) & 0xFF,))

    def _carry_out(self, command: tuple[int, int], data: bytes, session: Session, number: int) -> tuple[int, bytes]:
        """A completion code and the answer's data."""
        if command == CAPABILITIES:
            return (0, bytes((1, 0x84, 0x04, 0x02, 0, 0, 0, 0))) if self.version == 20 else (0, b"\1\4\4" + bytes(5))
        if command == CHALLENGE:
            return self._set_challenge(data)
        if command == ACTIVATE:
            if data[1] > self.role:
                return 0x86, b""
            session.active = True
            session.sequence = struct.unpack_from("<I", data, 18)[0] - 1
            return 0, struct.pack("<BIIB", 2, number, 7, data[1])
        if not session.active:
            return NO_PRIVILEGE, b""
        if command == SET_PRIVILEGE:
            allowed = data[0] <= self.role
            session.privilege = data[0] if allowed else session.privilege
            return (0, bytes((session.privilege,))) if allowed else (0x81, b"")
        if command == CLOSE:
            self.closed += 1
            self.sessions.pop(number, None)
            return 0, b""
        return self._in_turn(command, data, session)

    def _in_turn(self, command: tuple[int, int], data: bytes, session: Session) -> tuple[int, bytes]:
        """What is asked within a session: refused, or carried out and maybe answered too shortly."""
        words = bytes(command) + data
        self.asked.append(words)
        if len(self.asked) == self.forgets_after:
            self.reboot()
        for beginning, code in self.refuses.items():
            if words.startswith(beginning):
                return code, b""
        code, result = self._chassis(command, data, session)
        for beginning, length in self.cuts.items():
            if words.startswith(beginning):
                return code, result[:length]
        return code, result

    def _set_challenge(self, data: bytes) -> tuple[int, bytes]:
        if data[1:17].rstrip(b"\0") != self.user.encode():
            return 0x81, b""
        number = next(n for n in range(0x1000, 0x2000) if n not in self.sessions)
        self.sessions[number] = Session(0)
        return 0, struct.pack("<I", number) + os.urandom(16)

    def _chassis(self, command: tuple[int, int], data: bytes, session: Session) -> tuple[int, bytes]:
        if command in (CHASSIS_STATUS, CHASSIS_CONTROL) and self.codes:
            code = self.codes.popleft()
            if code:
                return code, b""
        if command == CHASSIS_STATUS:
            return 0, bytes((int(self.power), 0, self.light))
        if command == CHASSIS_CONTROL:
            if session.privilege < 3:
                return NO_PRIVILEGE, b""
            self.controls.append(data[0])
            if not self.is_stuck:
                self.power = {0: False, 1: True, 2: True, 3: True, 5: False}.get(data[0], self.power)
            return 0, b""
        answers = (part.carry_out(command, data, session.privilege) for part in self.parts)
        return next((answer for answer in answers if answer is not None), (BAD_COMMAND, b""))
