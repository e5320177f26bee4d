"""The signer: a unit that systemd accepts, as closed as stated, and that does its work when somebody calls, in its sandbox."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.cluster import PYTHONPATH, SOURCE
from tests.helpers.container import Wishes, container
from tests.helpers.containernode import PROGRAM, unit_text, with_program
from tests.helpers.namespaces import namespaces
from xcat_certs.keys import make_request
from xcatd.errors import ServiceError
from xcatd.services.nodes.signer import Asking, Signer

EXPOSURE = 0.9
"""What systemd-analyze says of the service, of 10; it may only become less."""
UNITS = ("xcat-signer.service", "xcat-signer.socket")
PYTHON = "/opt/xcatd/lib/xcatd/bin/python"
"""Where the unit expects the interpreter."""


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60)


def test_systemd_accepts_the_units_and_they_are_as_closed_as_stated(tmp_path: Path) -> None:
    shutil.copy("/bin/true", tmp_path / "python")
    for unit in UNITS:
        text = (SOURCE / "systemd" / unit).read_text()
        (tmp_path / unit).write_text(text.replace(PYTHON, str(tmp_path / "python")))
    verified = analyze("verify", "--man=no", *(str(tmp_path / unit) for unit in UNITS))
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")
    judged = analyze("security", "--offline=true", "--no-pager", str(tmp_path / UNITS[0]))
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", judged.stdout)
    assert exposure and float(exposure[1]) == EXPOSURE, (
        "state the new number, here and in docs/decisions/0009-signer.md"
    )
    assert f"gives its unit {EXPOSURE} of 10" in (SOURCE / "docs/decisions/0009-signer.md").read_text()


def wishes() -> Wishes:
    """A host with this source tree and the signer's units."""
    made = with_program(Wishes())
    units = {f"/etc/systemd/system/{unit}": unit_text(unit) for unit in UNITS}
    python = f'#!/bin/sh\nshift\nPYTHONPATH={PYTHONPATH} exec {sys.executable} "$@"\n'
    return dataclasses.replace(made, files={**made.files, **units, PYTHON: python})


async def test_it_signs_in_its_sandbox_and_ends_when_nobody_calls(tmp_path: Path) -> None:
    request = make_request(tmp_path / "cn1", "cn1", prefix="client").read_text()
    with namespaces("host") as (space,), container(tmp_path, space, "mn1", wishes()) as host:
        host.done(PROGRAM, "init", "--name", "mn1", "--port", "3001")
        host.done("systemctl", "start", "xcat-signer.socket")
        assert host.state("xcat-signer.service") == "inactive"
        signer = Signer(host.path("/"))
        try:
            first = await signer.sign(Asking("node", "cn1"), request)
            second = await signer.sign(Asking("node", "cn1"), request)
        except ServiceError as error:
            error.add_note(host.journal("xcat-signer"))
            raise
        listed = host.done(sys.executable, "-m", "xcat_certs", "list")
        assert [line.split()[4] for line in listed.splitlines() if " cn1 " in line] == ["revoked", "valid"]
        assert first.serial != second.serial and first.authority == host.path("/etc/xcat/cert/ca.pem").read_text()
        process = host.process("xcat-signer.service")
        status = host.path(f"/proc/{process}/status").read_text()
        assert "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status
        with pytest.raises(ServiceError, match="mn1 is a management node already"):
            await signer.sign(Asking("node", "mn1"), request)
        await asyncio.to_thread(host.done, "systemctl", "stop", "xcat-signer.service")
        await asyncio.to_thread(until, lambda: host.state("xcat-signer.service") == "inactive", "its end")
        assert (await signer.sign(Asking("node", "cn2"), request)).certificate
