"""What the states of a machine mean (libvirt, "virDomainState"), in xCAT's words, which scripts look for."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[int, str] = {
    0: "The domain is active, but is not running / blocked (eg idle)",
    1: "The domain is active and running",
    2: "The domain is active, but execution is blocked",
    3: "The domain is active, but execution has been paused",
    4: "The domain is active, but in the shutdown phase",
    5: "The domain is inactive, and shut down",
    6: "The domain is inactive, and crashed",
    7: "The domain is active, but in power management suspend state",
}
