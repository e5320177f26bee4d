"""What libvirt's errors mean to an operator: a class and a sentence for each (libvirt, "virErrorNumber")."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.errors import BadCredentials, Busy, NodeError, Unreachable, Unsupported, XcatError
from xcatd.hardware.libvirt.binding import Library, load

_CLASSES: Sequence[tuple[type[NodeError], Sequence[str]]] = (
    (
        BadCredentials,
        (
            "VIR_ERR_AUTH_FAILED",
            "VIR_ERR_AUTH_CANCELLED",
            "VIR_ERR_AUTH_UNAVAILABLE",
            "VIR_ERR_ACCESS_DENIED",
            "VIR_ERR_OPERATION_DENIED",
        ),
    ),
    (
        Unsupported,
        (
            "VIR_ERR_NO_SUPPORT",
            "VIR_ERR_OPERATION_UNSUPPORTED",
            "VIR_ERR_ARGUMENT_UNSUPPORTED",
            "VIR_ERR_CONFIG_UNSUPPORTED",
        ),
    ),
    (Busy, ("VIR_ERR_OPERATION_TIMEOUT", "VIR_ERR_RESOURCE_BUSY")),
)
_BROKEN = ("VIR_ERR_RPC", "VIR_ERR_NO_CONNECT", "VIR_ERR_INVALID_CONN")


def is_broken(error: Exception) -> bool:
    """Whether the connection is gone, and not only a wish refused."""
    libvirt = load()
    code, domain = _code(error), _domain(error)
    if code in _codes(libvirt, _BROKEN):
        return True
    return bool(
        domain == libvirt.VIR_FROM_RPC and code in (libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_ERR_INTERNAL_ERROR)
    )


def refusal(error: Exception, place: str) -> XcatError:
    """The error to raise for what the hypervisor at `place` has refused."""
    libvirt = load()
    if is_broken(error):
        return Unreachable(
            f"the connection to the hypervisor at {place} was lost ({_said(error)}): look what has become of it, and try again"
        )
    code = _code(error)
    for kind, names in _CLASSES:
        if code in _codes(libvirt, names):
            return kind(f"the hypervisor at {place} refuses: {_said(error)}")
    return NodeError(f"the hypervisor at {place} cannot do it: {_said(error)}")


def no_connection(error: Exception, place: str) -> XcatError:
    """The error to raise when no connection came about."""
    libvirt = load()
    kind, names = _CLASSES[0]
    if _code(error) in _codes(libvirt, names):
        return kind(f"the hypervisor at {place} lets nobody in as we come: {_said(error)}")
    return Unreachable(
        f"no connection to the hypervisor at {place}: {_said(error)}; check vm.host, that libvirtd runs there, and that root of "
        "this host may log in there"
    )


def is_code(error: Exception, *names: str) -> bool:
    """Whether it is one of these, of the names in libvirt's list."""
    return _code(error) in _codes(load(), names)


def _codes(libvirt: Library, names: Sequence[str]) -> set[int]:
    return {getattr(libvirt, name) for name in names}


def _code(error: Exception) -> int:
    return int(error.get_error_code())  # type: ignore[attr-defined] # libvirtError has no types


def _domain(error: Exception) -> int:
    return int(error.get_error_domain())  # type: ignore[attr-defined]


def _said(error: Exception) -> str:
    """libvirt's own words, on one line, without a dot at the end."""
    return " ".join(str(error).split()).rstrip(".")
