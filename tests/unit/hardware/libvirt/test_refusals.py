"""What libvirt's errors become."""

from __future__ import annotations

import libvirt
import pytest

from xcatd.errors import BadCredentials, Busy, NodeError, Unreachable, Unsupported, XcatError
from xcatd.hardware.libvirt.refusals import is_broken, is_code, no_connection, refusal


class Said(libvirt.libvirtError):  # type: ignore[misc] # the binding has no types
    """An error as libvirt would have raised it."""

    def __init__(self, code: int, domain: int = libvirt.VIR_FROM_QEMU, text: str = "it\n does not go.") -> None:
        Exception.__init__(self, text)
        self.err = (code, domain, text, libvirt.VIR_ERR_ERROR, "", "", "", 0, 0)


@pytest.mark.parametrize(
    ("code", "domain", "kind"),
    [
        (libvirt.VIR_ERR_AUTH_FAILED, libvirt.VIR_FROM_REMOTE, BadCredentials),
        (libvirt.VIR_ERR_ACCESS_DENIED, libvirt.VIR_FROM_ACCESS, BadCredentials),
        (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_FROM_DOMAIN, Unsupported),
        (libvirt.VIR_ERR_CONFIG_UNSUPPORTED, libvirt.VIR_FROM_QEMU, Unsupported),
        (libvirt.VIR_ERR_OPERATION_TIMEOUT, libvirt.VIR_FROM_QEMU, Busy),
        (libvirt.VIR_ERR_RESOURCE_BUSY, libvirt.VIR_FROM_QEMU, Busy),
        (libvirt.VIR_ERR_RPC, libvirt.VIR_FROM_RPC, Unreachable),
        (libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_FROM_RPC, Unreachable),
        (libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_RPC, Unreachable),
        (libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_FROM_QEMU, NodeError),
        (libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_QEMU, NodeError),
        (libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_FROM_QEMU, NodeError),
    ],
)
def test_each_has_its_class_and_libvirts_words_on_one_line(code: int, domain: int, kind: type[XcatError]) -> None:
    error = refusal(Said(code, domain), "qemu+ssh://root@h1/system")
    assert type(error) is kind
    assert is_broken(Said(code, domain)) is (kind is Unreachable)
    assert "it does not go" in str(error)
    assert "the hypervisor at qemu+ssh://root@h1/system" in str(error)
    assert "\n" not in str(error)


def test_a_connection_that_did_not_come_about() -> None:
    assert type(no_connection(Said(libvirt.VIR_ERR_AUTH_FAILED), "h1")) is BadCredentials
    away = no_connection(Said(libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_FROM_RPC), "h1")
    assert type(away) is Unreachable
    assert str(away).startswith("no connection to the hypervisor at h1: it does not go; check vm.host, ")


def test_single_codes_are_asked_for_by_name() -> None:
    assert is_code(Said(libvirt.VIR_ERR_NO_DOMAIN), "VIR_ERR_NO_DOMAIN", "VIR_ERR_NO_STORAGE_VOL")
    assert not is_code(Said(libvirt.VIR_ERR_NO_DOMAIN), "VIR_ERR_NO_STORAGE_VOL")
