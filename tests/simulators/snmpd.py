"""PDUs: real snmpd processes (Net-SNMP), each with an address of its own, and with outlets as three makers number them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIB = Path(__file__).with_name("mib.py")
READY_WITHIN = 60.0
"""Seconds for it to answer. A busy machine needs them, an idle one a fraction."""
READ, WRITE = "look", "switch"
"""Communities: with the first one may look, with the second one also switch."""
USER, AUTH_KEY, PRIV_KEY = "keeper", "authentication", "confidentiality"
"""The user of version 3, who may do both: SHA and AES."""

_CONFIG = f"""\
agentaddress udp:{{host}}:161
rocommunity {READ}
rwcommunity {WRITE}
createUser {USER} SHA {AUTH_KEY} AES {PRIV_KEY}
createUser old MD5 {AUTH_KEY} DES {PRIV_KEY}
createUser signed SHA {AUTH_KEY}
rwuser {USER} priv
rwuser old priv
rwuser signed auth
pass_persist .1.3.6.1.4.1.2 {{python}} -I -S {{mib}} {{state}}
pass_persist .1.3.6.1.4.1.318 {{python}} -I -S {{mib}} {{state}}
"""

IBM = "1.3.6.1.4.1.2.6.223"
CONSTELLATION = "1.3.6.1.4.1.2.6.262"
APC = "1.3.6.1.4.1.318"


def ibm(outlets: int, *, newer: bool = False) -> dict[str, Any]:
    """IBM-PDU-MIB; `newer`: the firmware that has its states in another column. The last outlet is on, the others are off."""
    column = f"{IBM}.8.2.2.1.{13 if newer else 11}"
    values = {
        f"{IBM}.7.3.0": ["string", "OPDP_sLENb_v01.3" if newer else "OPDP_v01.1"],
        f"{IBM}.8.2.1.0": ["integer", outlets],
    }
    return _pdu(values, column, column, {"0": 0, "1": 1, "2": 1}, _states(column, outlets, 0, 1))


def apc(outlets: int) -> dict[str, Any]:
    """PowerNet-MIB, rPDU: commands have a column of their own."""
    state, command = f"{APC}.1.1.12.3.5.1.1.4", f"{APC}.1.1.12.3.3.1.1.4"
    values = {f"{APC}.1.1.12.1.8.0": ["integer", outlets], **_states(command, outlets, 2, 1)}
    return _pdu(values, command, state, {"1": 1, "2": 2, "3": 1}, _states(state, outlets, 2, 1))


def constellation() -> dict[str, Any]:
    """Three relays, of which the last is on; nothing can be written."""
    values = {f"{CONSTELLATION}.15.2.{13 + relay}.0": ["integer", int(relay == 2)] for relay in range(3)}
    return {"values": values, "commands": {}, "locked": []}


def _states(column: str, outlets: int, off: int, on: int) -> dict[str, list[Any]]:
    return {f"{column}.{number}": ["integer", on if number == outlets else off] for number in range(1, outlets + 1)}


def _pdu(
    values: Mapping[str, list[Any]],
    command: str,
    state: str,
    becomes: Mapping[str, int],
    states: Mapping[str, list[Any]],
) -> dict[str, Any]:
    rule = {command: {"state": state, "becomes": dict(becomes)}}
    return {"values": {**values, **states}, "commands": rule, "locked": []}


@dataclass
class Agent:
    """One PDU that runs."""

    host: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "state").read_text())
        return found

    def change(self, state: Mapping[str, Any]) -> None:
        """It is another PDU, or behaves otherwise, from now on."""
        fresh = self.folder / "fresh"
        fresh.write_text(json.dumps(state))
        fresh.rename(self.folder / "state")

    def get(self, oid: str) -> str:
        """What snmpget reads, which is not ours."""
        words = ["snmpget", "-v2c", "-c", READ, "-Oqv", self.host, oid]
        done = subprocess.run(words, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextmanager
def snmpd(host: str, state: Mapping[str, Any], folder: Path) -> Iterator[Agent]:
    """It answers when the block begins, and is gone when it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state").write_text(json.dumps(state))
    config = folder / "snmpd.conf"
    config.write_text(_CONFIG.format(host=host, python=sys.executable, mib=MIB, state=folder / "state"))
    words = ["snmpd", "-f", "-r", "-Lf", str(folder / "log"), "-C", "-c", str(config), "-p", str(folder / "pid")]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SNMP_PERSISTENT_DIR": str(folder), "MIBS": ""}
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, env=environment)
    try:
        _wait_until_ready(process, host, folder)
        yield Agent(host, folder, process)
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], host: str, folder: Path) -> None:
    ask = ["snmpget", "-v2c", "-c", READ, "-t", "0.2", "-r", "0", host, "1.3.6.1.2.1.1.3.0"]
    deadline = time.monotonic() + READY_WITHIN
    while subprocess.run(ask, capture_output=True).returncode:
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < deadline, "snmpd does not answer"
