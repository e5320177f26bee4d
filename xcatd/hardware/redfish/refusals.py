"""Answers that are not a success, and the sentences for them (Redfish specification DSP0266, 8.6 and annex A)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from xcatd.errors import BadCredentials, Busy, NodeError, Unsupported
from xcatd.hardware.redfish.fields import Fields, one_line
from xcatd.hardware.redfish.http import Answer, Question
from xcatd.model import Secret

SAID = 300
"""Characters of a controller's own words in a sentence."""

UNAUTHORISED = 401
_NOT_ALLOWED = frozenset({401, 403})
_UNKNOWN = frozenset({404, 405, 410, 501})
_CONFLICT = 409
_CHANGED = 412
_LATER = frozenset({429, 503})
_BUSY_WORDS = frozenset(
    {"ResourceInUse", "ServiceTemporarilyUnavailable", "ServiceInUnknownState", "SessionLimitExceeded"}
)
"""Messages of the Base registry (DSP8011) that pass by themselves."""
_VALUE_WORDS = ("PropertyValue", "ActionParameterValue", "StringValueTooLong", "StringValueTooShort")
"""How the names of messages begin that complain about a value."""


class Refused(Exception):
    """An answer with a status of 400 or above. Stays within this package: `refusal()` makes the sentence."""

    def __init__(self, question: Question, answer: Answer) -> None:
        super().__init__(f"{question.method} {question.path}: {answer.status}")
        self.what = f"{question.method} {one_line(question.path)}"
        self.status = answer.status
        self.retry_after = retry_after(answer.headers)
        error = Fields(_json(answer.body) or {}).part("error")
        messages = error.parts("@Message.ExtendedInfo")
        self.words = frozenset(message.text("MessageId").rpartition(".")[2] for message in messages)
        self._said = said(messages) or error.text("message")

    @property
    def said(self) -> str:
        """The service's own words, on one line of bounded length; "" when it has none."""
        return self._said[:SAID]

    def hide(self, secret: Secret) -> None:
        """Take a secret out of what the service has said: some repeat a value that they refuse."""
        if secret:
            self._said = self._said.replace(secret.reveal(), "***")

    @property
    def is_busy(self) -> bool:
        return self.status in _LATER or not self.words.isdisjoint(_BUSY_WORDS)

    @property
    def is_about_a_value(self) -> bool:
        """The service takes the property, and not this value."""
        return any(word.startswith(_VALUE_WORDS) for word in self.words)

    @property
    def is_lack(self) -> bool:
        """There is no such thing in this service."""
        return self.status in _UNKNOWN


def said(messages: Collection[Fields]) -> str:
    """The messages of an ExtendedInfo on one line."""
    return "; ".join(dict.fromkeys(filter(None, (message.text("Message").rstrip(". ") for message in messages))))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the service asks to wait. (A date instead of seconds is not used by controllers.)"""
    value = headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 7 else None


def refusal(refused: Refused, place: str, user: str) -> NodeError:
    """The error of ours for what the service at `place` has answered to `user`."""
    words = f": {refused.said}" if refused.said else ""
    if refused.status in _NOT_ALLOWED:
        return _not_allowed(refused, place, user, words)
    sentence = f"the BMC at {place} refuses {refused.what} ({refused.status}){words}"
    if refused.is_busy:
        return Busy(f"{sentence}; try again later")
    if refused.status == _CHANGED:
        return Busy(f"{sentence}; somebody else changes it at the same moment: try again")
    if refused.status == _CONFLICT:
        return NodeError(f"{sentence}; its state does not allow it now: look at the node")
    if refused.is_lack:
        return Unsupported(f"{sentence}; it cannot do this")
    if refused.status >= 500:
        return NodeError(
            f"the BMC at {place} has a fault of its own ({refused.status} for {refused.what}){words}; reset it if it stays so"
        )
    return NodeError(f"{sentence}; look it up in the manual of the BMC")


def _not_allowed(refused: Refused, place: str, user: str, words: str) -> BadCredentials:
    if refused.status == UNAUTHORISED:
        return BadCredentials(
            f'the BMC at {place} does not let in the user "{user}" with this password{words}; correct them in the openbmc '
            "or passwd table"
        )
    return BadCredentials(
        f'the BMC at {place} does not allow this to the user "{user}"{words}; give that user a higher role on the BMC, or '
        "name another one in the openbmc or passwd table"
    )


def object_of(answer: Answer, place: str) -> Mapping[str, Any]:
    """The JSON object of a good answer. NodeError: it is something else."""
    found = _json(answer.body)
    if found is not None:
        return found
    if answer.body.lstrip()[:1] == b"<":
        raise NodeError(
            f"{place} answers with a web page: check that openbmc.bmc names a Redfish service, and its port"
        )
    raise NodeError(f"{place} answers with JSON that cannot be read: try again, and reset the BMC if it stays so")


def _json(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
