"""What a service does after it has answered: it is asked until that has ended (Redfish specification DSP0266, 12.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from xcatd.errors import NodeError
from xcatd.hardware.firmware import Tell
from xcatd.hardware.redfish.fields import Fields
from xcatd.hardware.redfish.http import Answer
from xcatd.hardware.redfish.refusals import SAID, Refused, retry_after, said

FIRST_PAUSE = 0.2
"""Seconds before a task is asked about again; doubled each time, up to LONGEST_PAUSE, unless the service says how long."""
LONGEST_PAUSE = 5.0

_ACCEPTED = 202
_FAILED = frozenset({"Exception", "Killed", "Cancelled", "Interrupted"})
_ENDED = frozenset({"Completed", ""})


async def quiet(text: str) -> None:
    """For tasks that nobody waits to hear about."""


async def follow(ask: Callable[[str], Awaitable[Answer]], answer: Answer, place: str, tell: Tell = quiet) -> None:
    """Return when what `answer` began has ended. NodeError: it has failed. The time is bounded by who calls."""
    task, path = _task(answer), _monitor(answer)
    pause, told = FIRST_PAUSE, ""
    if path and answer.status != _ACCEPTED and not task.text("TaskState"):
        answer = await _look(ask, path, place)
    while _runs(answer, task := _task(answer), place) and (path := _monitor(answer) or path):
        if (progress := _progress(task)) != told:
            told = progress
            await tell(told)
        await asyncio.sleep(min(retry_after(answer.headers) or pause, LONGEST_PAUSE))
        pause = min(2 * pause, LONGEST_PAUSE)
        answer = await _look(ask, path, place)


async def _look(ask: Callable[[str], Awaitable[Answer]], path: str, place: str) -> Answer:
    try:
        return await ask(path)
    except Refused as refused:
        if refused.is_lack:
            raise NodeError(
                f"the BMC at {place} has forgotten the task that it began: look whether it has been done"
            ) from None
        raise


def _runs(answer: Answer, task: Fields, place: str) -> bool:
    state = task.text("TaskState")
    if state in _FAILED or (state == "Completed" and task.text("TaskStatus") == "Critical"):
        words = said(task.parts("Messages"))[:SAID]
        raise NodeError(f"the BMC at {place} did not finish the task ({state}){f': {words}' if words else ''}")
    return answer.status == _ACCEPTED or state not in _ENDED


def _progress(task: Fields) -> str:
    percent = task.number("PercentComplete")
    return f"{task.text('TaskState') or 'Running'}{f' {percent:.0f}%' if percent is not None else ''}"


def _monitor(answer: Answer) -> str:
    """Where to ask about a task; "" when the answer names none."""
    place = answer.headers.get("Location", "")
    if place and (answer.status == _ACCEPTED or "/Task" in place):
        return place
    task = _task(answer)
    if not task.text("TaskState"):
        return ""
    return task.text("TaskMonitor") or task.text("@odata.id")


def _task(answer: Answer) -> Fields:
    try:
        found: Any = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = {}
    return Fields(found if isinstance(found, dict) else {})
