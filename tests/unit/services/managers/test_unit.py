"""What systemd's properties of a service mean."""

from __future__ import annotations

from typing import Any

import pytest

from xcatd.services.managers.manager import State
from xcatd.services.managers.unit import Unit

WELL = {
    "LoadState": "loaded",
    "LoadError": ("", ""),
    "ActiveState": "active",
    "SubState": "running",
    "Type": "notify",
    "Result": "success",
    "ExecMainCode": 0,
    "ExecMainStatus": 0,
    "ExecMainStartTimestamp": 5_000_000,
    "InactiveExitTimestamp": 4_500_000,
    "ConditionResult": True,
    "MainPID": 12,
    "NRestarts": 0,
}
DEAD = {"ActiveState": "failed", "SubState": "failed", "MainPID": 0}


def unit(**properties: Any) -> Unit:
    return Unit("server.service", "/unit", {**WELL, **properties})


@pytest.mark.parametrize(
    ("properties", "state"),
    [
        ({}, State.RUNNING),
        ({"ActiveState": "reloading"}, State.RUNNING),
        ({"ActiveState": "activating", "SubState": "auto-restart"}, State.STARTING),
        ({"ActiveState": "inactive", "SubState": "dead"}, State.STOPPED),
        ({"ActiveState": "deactivating", "SubState": "stop-sigterm"}, State.STOPPED),
        (DEAD, State.FAILED),
        ({"LoadState": "not-found", "ActiveState": "inactive"}, State.ABSENT),
        ({"LoadState": "masked", "ActiveState": "inactive"}, State.FAILED),
        ({"LoadState": "masked"}, State.RUNNING),
        ({"SubState": "exited", "Type": "forking"}, State.FAILED),
        ({"SubState": "exited", "Type": "oneshot"}, State.RUNNING),
    ],
)
def test_state(properties: dict[str, Any], state: State) -> None:
    assert unit(**properties).state is state


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({}, ""),
        ({"LoadState": "masked"}, "it is masked (`systemctl unmask server` allows it)"),
        (
            {"LoadState": "bad-setting", "LoadError": ("x", "no ExecStart")},
            "systemd cannot read its unit: no ExecStart",
        ),
        ({"SubState": "exited", "Type": "forking"}, "its processes have ended"),
        (DEAD | {"Result": "exit-code", "ExecMainCode": 1, "ExecMainStatus": 4}, "it ended with status 4"),
        (DEAD | {"Result": "exit-code", "ExecMainCode": 1, "ExecMainStatus": 203}, "its program cannot be run"),
        (DEAD | {"Result": "signal", "ExecMainCode": 2, "ExecMainStatus": 9}, "it was killed by signal 9 (SIGKILL)"),
        (
            DEAD | {"Result": "core-dump", "ExecMainCode": 3, "ExecMainStatus": 11},
            "it was killed by signal 11 (SIGSEGV)",
        ),
        (DEAD | {"Result": "signal", "ExecMainCode": 2, "ExecMainStatus": 40}, "it was killed by signal 40"),
        (DEAD | {"Result": "oom-kill", "ExecMainCode": 2, "ExecMainStatus": 9}, "it was killed because memory ran out"),
        (
            DEAD | {"Result": "exit-code", "ExecStartPre": [("/usr/bin/check", [], False, 0, 0, 0, 0, 0, 1, 3)]},
            "its check ended with status 3",
        ),
        (
            DEAD | {"Result": "exit-code", "ExecStartPre": [("/bin/a", [], False, 0, 0, 0, 0, 0, 1, 0)]},
            "its result is exit-code",
        ),
        (DEAD | {"Result": "nonesuch"}, "its result is nonesuch"),
        (
            {
                "ConditionResult": False,
                "Conditions": [("ConditionPathExists", False, True, "/a", 1), ("ConditionHost", False, True, "b", -1)],
            },
            "its unit says ConditionHost=!b, and that is not so",
        ),
    ],
)
def test_reason(properties: dict[str, Any], reason: str) -> None:
    assert unit(**properties).reason == reason


def test_when_its_last_run_began() -> None:
    assert unit().began == 4.5
    assert unit(ExecMainCode=1).began == 5.0, "a restart by systemd does not go through inactive"
    assert unit(InactiveExitTimestamp=0).began == 0


@pytest.mark.parametrize(
    ("result", "code", "status", "how"),
    [
        ("success", 0, 0, 0),
        ("exit-code", 1, 4, 4),
        ("signal", 2, 9, -9),
        ("core-dump", 3, 11, -11),
        ("oom-kill", 2, 9, -9),
        ("timeout", 2, 15, 15),  # systemd ended it, and what it waited for it may have said
    ],
)
def test_how_its_last_run_ended(result: str, code: int, status: int, how: int) -> None:
    assert unit(**DEAD, Result=result, ExecMainCode=code, ExecMainStatus=status).how == how


def test_when_its_last_run_ended() -> None:
    assert unit().ended == 0.0
    assert unit(ExecMainExitTimestamp=6_000_000).ended == 6.0


def test_a_mount_has_no_process() -> None:
    names = ("LoadState", "ActiveState", "SubState", "ConditionResult", "InactiveExitTimestamp")
    mount = Unit("mnt.mount", "/unit", {name: WELL[name] for name in names} | {"Type": "nfs", "SubState": "mounted"})

    assert (mount.state, mount.process, mount.reason, mount.began) == (State.RUNNING, 0, "", 4.5)


def test_a_script() -> None:
    assert unit(SourcePath="/etc/init.d/server").is_of_a_script
    assert not unit(SourcePath="/etc/fstab").is_of_a_script
