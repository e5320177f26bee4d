"""The PDUs that are known, as data: where in their MIBs the outlets are, and what the numbers there mean.

A new one is a row in MODELS. Object identifiers (OIDs) are written without a dot in front; `state` and `command` are columns, to
which the number of the outlet is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from xcatd.hardware.outlets import OutletAction

ON, OFF, RESET = OutletAction.ON, OutletAction.OFF, OutletAction.RESET


@dataclass(frozen=True, slots=True)
class Newer:
    """Later firmware of the same PDU: it is there when the text at `version` has `mark` in it."""

    version: str
    mark: str
    model: Model


@dataclass(frozen=True, slots=True)
class Model:
    """`title`: the MIB. `count`: OID of the number of outlets, when `outlets` is 0. `offset` is added to an outlet's number.

    `is_loose`: outlets are no rows of a table, but objects with something below them. `commands` is empty where SNMP can only look.
    """

    title: str
    state: str
    states: Mapping[int, str]
    command: str = ""
    commands: Mapping[OutletAction, int] = field(default_factory=dict)
    count: str = ""
    outlets: int = 0
    offset: int = 0
    is_loose: bool = False
    noun: str = "outlet"
    newer: Newer | None = None


_IBM = Model(
    title="IBM-PDU-MIB",
    count="1.3.6.1.4.1.2.6.223.8.2.1.0",
    state="1.3.6.1.4.1.2.6.223.8.2.2.1.11",
    states={0: "off", 1: "on", 2: "cycling", 3: "delaySwitch10", 4: "delaySwitch30", 5: "delaySwitch60"},
    command="1.3.6.1.4.1.2.6.223.8.2.2.1.11",
    commands={OFF: 0, ON: 1, RESET: 2},
)

MODELS: Mapping[str, Model] = {
    # ibmPduOutletState. The firmware whose version has sLEN in it has the same values two columns further on.
    "irpdu": replace(
        _IBM,
        newer=Newer(
            version="1.3.6.1.4.1.2.6.223.7.3.0",
            mark="sLEN",
            model=replace(_IBM, state="1.3.6.1.4.1.2.6.223.8.2.2.1.13", command="1.3.6.1.4.1.2.6.223.8.2.2.1.13"),
        ),
    ),
    # Three relays, each in an object of its own, 13 to 15. Its SNMP agent lets nobody switch them.
    "crpdu": Model(
        title="IBM constellation PDU",
        state="1.3.6.1.4.1.2.6.262.15.2",
        states={0: "off", 1: "on"},
        outlets=3,
        offset=12,
        is_loose=True,
        noun="relay",
    ),
    # rPDUOutletStatusOutletState and rPDUOutletControlOutletCommand of PowerNet-MIB.
    "apc": Model(
        title="PowerNet-MIB",
        count="1.3.6.1.4.1.318.1.1.12.1.8.0",
        state="1.3.6.1.4.1.318.1.1.12.3.5.1.1.4",
        states={1: "on", 2: "off"},
        command="1.3.6.1.4.1.318.1.1.12.3.3.1.1.4",
        commands={ON: 1, OFF: 2, RESET: 3},
    ),
}
"""pdu.pdutype -> the model."""
