"""Certificates that are revoked while they are in use."""

from __future__ import annotations

import socket
import subprocess
import sys

from tests.helpers.alone import credentials, typed
from tests.helpers.cluster import CLIENT, PATIENCE, Daemon, environment
from tests.helpers.conversation import Answer, conversation, request
from tests.helpers.trust import Watch


async def test_a_certificate_revoked_on_a_live_connection(daemon: Daemon) -> None:
    folder = credentials(daemon, "leaver")
    async with conversation(daemon, folder) as talk:
        assert (await talk.ask(request("nodels", noderange="n1"))).nodes == ["n1"]
        watch = Watch(daemon)
        assert daemon.xcatcert("revoke", "leaver").returncode == 0
        sentence = Answer(await talk.rest()).error
    assert sentence.startswith("The certificate of leaver (serial ")
    assert watch.line() == f"caller leaver from 127.0.0.1: {sentence}"


def test_a_certificate_revoked_while_a_command_runs(daemon: Daemon) -> None:
    folder = credentials(daemon, "busy")
    typed(daemon, "chtab priority=6 policy.name=busy policy.rule=allow")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bmc:  # which never answers
        bmc.bind(("127.0.0.1", 0))
        bmc.settimeout(PATIENCE)
        typed(daemon, f"nodech n1 ipmi.bmc=127.0.0.1:{bmc.getsockname()[1]} ipmi.username=a ipmi.password=b")
        command = [sys.executable, "-I", "-S", "-c", CLIENT, "rpower", "n1", "stat"]
        env = environment(XCATHOST=daemon.host, XCAT_CREDENTIALS=str(folder))
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as client:
            bmc.recv(2048)
            watch = Watch(daemon)
            assert daemon.xcatcert("revoke", "busy").returncode == 0
            stdout, stderr = client.communicate(timeout=PATIENCE)
    assert (stdout, client.returncode) == ("", 1)
    assert stderr.startswith("Error: The certificate of busy (serial ")
    assert stderr.count("\n") == 1
    assert watch.line() == f"caller busy from 127.0.0.1: {stderr.removeprefix('Error: ').strip()}"
