"""The C halves of socket and signal are there; where they are not, the public modules do."""

from __future__ import annotations

import signal
import socket
import sys
from types import ModuleType

import pytest

from xcat_client import native


def test_this_interpreter_has_the_c_halves_as_expected() -> None:
    assert native.sockets().__name__ == "_socket"
    assert native.signals().__name__ == "_signal"


@pytest.mark.parametrize("replacement", [None, ModuleType("empty")], ids=["missing", "not as expected"])
def test_otherwise_the_public_modules_serve(monkeypatch: pytest.MonkeyPatch, replacement: ModuleType | None) -> None:
    monkeypatch.setitem(sys.modules, "_socket", replacement)
    monkeypatch.setitem(sys.modules, "_signal", replacement)
    assert native.sockets() is socket
    assert native.signals() is signal


@pytest.mark.parametrize(
    ("module", "names"), [(socket, native.SOCKET_NAMES), (signal, native.SIGNAL_NAMES)], ids=["socket", "signal"]
)
def test_the_public_modules_have_every_name_that_is_used(module: ModuleType, names: tuple[str, ...]) -> None:
    assert [name for name in names if not hasattr(module, name)] == []
