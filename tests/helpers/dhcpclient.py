"""The DHCP client of Debian: it asks for a lease on interface up0 of a namespace, and what it is given goes to a script of ours."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.helpers.alone import until
from tests.helpers.namespaces import Namespace


def dhclient(where: Namespace, folder: Path, version: str, *statements: str) -> Mapping[str, str]:
    """The variables of its script when it has a lease. `version`: -4 or -6. `statements`: of dhclient.conf(5)."""
    script, said = folder / "script", folder / "told"
    script.write_text(f"#!/bin/sh\nenv >>{said}\n")
    script.chmod(0o755)
    (folder / "conf").write_text("\n".join((*statements, "")))
    words = ["dhclient", "-1", version, "-d", "-cf", str(folder / "conf"), "-lf", str(folder / "leases")]
    words += ["-pf", str(folder / "pid"), "-sf", str(script), "up0"]
    mark = "new_ip_address=" if version == "-4" else "new_ip6_address="
    client = subprocess.Popen([*where.before, *words], stderr=subprocess.DEVNULL)
    try:
        until(lambda: said.exists() and mark in said.read_text(), "a lease")
    finally:
        client.kill()
        client.wait()
    return dict(line.split("=", 1) for line in said.read_text().splitlines() if "=" in line)
