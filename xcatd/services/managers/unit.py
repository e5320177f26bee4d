"""What systemd says of a service, and what that means: org.freedesktop.systemd1(5), systemd.exec(5)."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from xcatd.services.managers.manager import State

_EXITED, _KILLED, _DUMPED = 1, 2, 3
"""How a process ended: waitid(2), si_code."""
_BY_SYSTEMD: Mapping[int, str] = {
    200: "its working directory cannot be entered",
    203: "its program cannot be run",
    216: "its group does not exist",
    217: "its account does not exist",
    218: "it cannot have its rights (capabilities)",
    226: "its name spaces cannot be made",
    238: "its folder below /var/lib cannot be made",
    240: "its folder below /var/log cannot be made",
}
"""Exit statuses of a process that systemd could not turn into the program: systemd.exec(5), "Process Exit Codes"."""
_RESULTS: Mapping[str, str] = {
    "timeout": "it takes longer than systemd allows",
    "watchdog": "it gave no sign of life",
    "start-limit-hit": "it was started too often in a short time",
    "resources": "systemd lacks memory or another resource for it",
    "oom-kill": "it was killed because memory ran out",
    "protocol": "it does not tell systemd that it runs, as its unit says",
    "exec-condition": "a condition of its unit is not met",
}
_NOT_A_SERVICE: Mapping[str, Any] = {
    "Type": "",
    "MainPID": 0,
    "Result": "success",
    "ExecMainCode": 0,
    "ExecMainStatus": 0,
}
"""What units of other kinds (mounts) do not have."""
_COMMANDS = ("ExecStartPre", "ExecStart", "ExecStartPost", "ExecMount")
_SCRIPTS = ("/etc/init.d/", "/etc/rc.d/init.d/")


@dataclass(frozen=True, slots=True)
class Unit:
    """A service of systemd at one moment. `name` is the one that counts, with `.service`; `path` is its object on the bus."""

    name: str
    path: str
    properties: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.properties[name] if name in self.properties else _NOT_A_SERVICE[name]

    @property
    def is_there(self) -> bool:
        return bool(self["LoadState"] != "not-found")

    @property
    def is_masked(self) -> bool:
        return bool(self["LoadState"] == "masked")

    @property
    def is_generated(self) -> bool:
        """No file of its own says what it is."""
        return self["UnitFileState"] in ("generated", "transient")

    @property
    def is_of_a_script(self) -> bool:
        """It was made from a script for System V's init."""
        return str(self["SourcePath"]).startswith(_SCRIPTS)

    @property
    def has_ended(self) -> bool:
        """Its processes are gone, though systemd calls it active: it cannot know what a script has started."""
        return (self["ActiveState"], self["SubState"]) == ("active", "exited") and bool(self["Type"] != "oneshot")

    @property
    def has_failed(self) -> bool:
        return bool(self["ActiveState"] == "failed")

    @property
    def is_at_rest(self) -> bool:
        return self["ActiveState"] in ("inactive", "failed")

    def runs_again_since(self, earlier: Unit) -> bool:
        """systemd has started it again meanwhile because it had ended."""
        return bool(self.properties.get("NRestarts", 0) > earlier.properties.get("NRestarts", 0))

    @property
    def is_seen_late(self) -> bool:
        """systemd calls it active before its program has done anything."""
        return self["Type"] in ("simple", "exec", "idle")

    @property
    def state(self) -> State:
        if not self.is_there:
            return State.ABSENT
        if self.has_ended or (self.is_masked and self["ActiveState"] == "inactive"):
            return State.FAILED
        match self["ActiveState"]:
            case "active" | "reloading" | "refreshing":
                return State.RUNNING
            case "activating":
                return State.STARTING
            case "failed":
                return State.FAILED
        return State.STOPPED

    @property
    def began(self) -> float:
        """When its last run began, in seconds since 1970; 0: it never ran."""
        has_main = self["ExecMainCode"] and self["ExecMainStartTimestamp"]
        return int(self["ExecMainStartTimestamp" if has_main else "InactiveExitTimestamp"]) / 1e6

    @property
    def ended(self) -> float:
        """When its main process ended, in seconds since 1970; 0: it has not, or there was none."""
        return int(self.properties.get("ExecMainExitTimestamp", 0)) / 1e6

    @property
    def how(self) -> int:
        """How its last run ended: a status, or below zero the signal of somebody else that killed it."""
        is_killed = self["Result"] in ("signal", "core-dump", "oom-kill") and self["ExecMainCode"] in (_KILLED, _DUMPED)
        return -int(self["ExecMainStatus"]) if is_killed else int(self["ExecMainStatus"])

    @property
    def process(self) -> int:
        return int(self["MainPID"])

    @property
    def reason(self) -> str:
        """Why it does not run, in a few words; "" when it does, or was stopped."""
        short = self.name.removesuffix(".service")
        if self.is_masked:
            return f"it is masked (`systemctl unmask {short}` allows it)"
        if self["LoadState"] in ("error", "bad-setting"):
            return f"systemd cannot read its unit: {self['LoadError'][1]}"
        if self.has_ended:
            return "its processes have ended"
        if self["Result"] != "success":
            return self._result()
        return next(self._unmet(), "")

    def _result(self) -> str:
        result, code, status = self["Result"], self["ExecMainCode"], self["ExecMainStatus"]
        if result in _RESULTS:
            return _RESULTS[result]
        if result in ("signal", "core-dump") and code in (_KILLED, _DUMPED):
            return f"it was killed by {signal_name(status)}"
        if result == "exit-code" and code == _EXITED and status:
            return _BY_SYSTEMD.get(status, f"it ended with status {status}")
        return next(self._failed_commands(), f"its result is {result}")

    def _failed_commands(self) -> Iterator[str]:
        """Commands of the unit that failed before there was a main process. Their last two values: code and status."""
        for property_name in _COMMANDS:
            for command in self.properties.get(property_name, ()):
                code, status = command[-2:]
                if (code, status) != (0, 0) and (code, status) != (_EXITED, 0):
                    how = f"ended with status {status}" if code == _EXITED else f"was killed by {signal_name(status)}"
                    yield f"its {PurePath(command[0]).name} {how}"

    def _unmet(self) -> Iterator[str]:
        """Conditions for which systemd did not start it. Each: name, is it one of several, is it reversed, value, result."""
        conditions: Sequence[Sequence[Any]] = () if self["ConditionResult"] else self.properties.get("Conditions", ())
        for name, _, reversed_, value, result in conditions:
            if result < 0:
                yield f"its unit says {name}={'!' if reversed_ else ''}{value}, and that is not so"


def signal_name(number: int) -> str:
    """`signal 9 (SIGKILL)`."""
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:  # one of those for real time
        return f"signal {number}"
