"""Every error that xcatd raises on purpose.

    XcatError
    |-- UsageError            the command line is wrong
    |-- UnknownCommand        no such command
    |-- Denied                the policy table does not allow it
    |-- NotFound              a node, table, column, object or file that does not exist
    |-- BadNoderange          a noderange that cannot be read
    |-- Malformed             what arrived on the wire is not a request
    |   `-- TooLarge          ... or is larger than the limits allow
    |-- ConfigError           xcatd.yaml, cfgloc or an option of the daemon
    |-- TrustError            a certificate that cannot be read or must not be believed
    |-- StoreError            the database cannot be used
    |   |-- Conflict          somebody else changed it meanwhile
    |   |-- Superseded        another management node leads the cluster now
    |   `-- Away              the database's server, or the daemon that has it, cannot be reached
    |-- StandsBy              this management node is not the active one
    |-- AlreadyRunning        another daemon serves this address or this root
    |-- NoServiceNode         nobody in the pool can serve
    |-- Loop                  a request came back to a daemon it had passed
    |-- OtherVersion          a daemon of a version with which this one does not link
    |-- PeerLost              a daemon went away with a request in its hands
    |-- ServiceError          what this host serves cannot be set up: a file, a program, the kernel or a server refuses
    |-- Fault                 a bug of ours; the sentence has the reference under which the log has the rest
    `-- NodeError             one node's command did not succeed
        |-- Unreachable       nobody answers at its management controller
        |-- BadCredentials    user, password or key refused
        |-- Untrusted         its certificate is not one that is believed
        |-- Unsupported       this hardware cannot do that
        |-- Busy              the controller asks to try later
        |-- Moved             what goes on for long goes on elsewhere, or in a moment: ask again
        `-- TimedOut          no end within the deadline

Three more live where they are raised and caught: NotDelivered and Refused (hierarchy/refusal.py), which decide whether another
daemon of a pool is asked, and BadRule (objects/rules), a |regex| value that cannot be worked out.

A message is one sentence that names the thing and the remedy. The class knows its exit status, its word on the
wire (`code`) and whether trying again can help; nobody reads an error's text to find out what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class XcatError(Exception):
    """What an operator can act on. `str(error)` is the sentence to show."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 1
    try_again: ClassVar[bool] = False


class UsageError(XcatError):
    code = "usage"


class UnknownCommand(XcatError):
    code = "unknown-command"


class Denied(XcatError):
    code = "denied"


class NotFound(XcatError):
    code = "not-found"


class BadNoderange(XcatError):
    code = "bad-noderange"


class Malformed(XcatError):
    code = "malformed"


class TooLarge(Malformed):
    code = "too-large"


class ConfigError(XcatError):
    code = "config"


class TrustError(XcatError):
    code = "trust"


class StoreError(XcatError):
    code = "store"
    try_again = True


class Conflict(StoreError):
    code = "conflict"


class Superseded(StoreError):
    """Nothing was written."""

    code = "superseded"


class Away(StoreError):
    """`undecided`: nobody knows whether what was under way was written. `reason`: why it is away, in a few words."""

    code = "away"

    def __init__(self, sentence: str, *, reason: str = "", undecided: bool = False) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.undecided = undecided


class StandsBy(XcatError):
    """`places`: where the active management node may be, each as host:port."""

    code = "stands-by"
    try_again = True

    def __init__(self, sentence: str, places: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.places = tuple(places)


class AlreadyRunning(XcatError):
    code = "already-running"


class NoServiceNode(XcatError):
    code = "no-service-node"
    try_again = True


class Loop(XcatError):
    code = "loop"


class OtherVersion(XcatError):
    code = "other-version"


class PeerLost(XcatError):
    code = "peer-lost"
    try_again = True


class ServiceError(XcatError):
    code = "service"


class Fault(XcatError):
    code = "fault"


class NodeError(XcatError):
    """One node failed; the others go on. The message does not repeat the node's name: the reply carries it."""

    code = "node"


class Unreachable(NodeError):
    code = "unreachable"
    try_again = True


class BadCredentials(NodeError):
    code = "bad-credentials"


class Untrusted(NodeError):
    code = "untrusted"


class Unsupported(NodeError):
    code = "unsupported"


class Busy(NodeError):
    code = "busy"
    try_again = True


class Moved(NodeError):
    code = "moved"
    status = 75  # EX_TEMPFAIL of sysexits.h: our client asks again by itself
    try_again = True


class TimedOut(NodeError):
    code = "timed-out"
    try_again = True
