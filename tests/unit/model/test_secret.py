"""A password that is wrapped is not shown by accident."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from xcatd.model import Caller, Request, Role, Secret


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: Secret


def test_nothing_that_prints_shows_it() -> None:
    login = Login("admin", Secret("hunter2"))
    shown = [str(login.password), repr(login), f"{login.password}", f"{login!r:>80}"]
    assert not [text for text in shown if "hunter2" in text]


def test_a_request_shows_neither_its_standard_input_nor_its_variables() -> None:
    env = (("DSH_REMOTE_PASSWORD", "hunter2"),)
    assert "hunter2" not in repr(Request("r1", "xdsh", Caller("root", Role.USER), stdin="token: hunter2", env=env))


def fail_with(secret: Secret) -> float:
    return 1 / len(secret.reveal()[:0])


def test_a_traceback_with_local_variables_does_not_show_it() -> None:
    shown = ""
    try:
        fail_with(Secret("".join(["hunt", "er2"])))
    except ZeroDivisionError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "secret = Secret(...)" in shown
    assert "hunter2" not in shown


def test_reveal_is_the_way_to_the_text() -> None:
    assert Secret("hunter2").reveal() == "hunter2"


def test_an_empty_one_is_false() -> None:
    assert Secret("x")
    assert not Secret("")


def test_equal_texts_are_equal_secrets_and_no_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
