"""The installed program: what a person types, what the daemon hears, what the person sees."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.client.authority import Authority
from tests.unit.client.conftest import Client
from tests.unit.client.daemon import Call, Daemon, Script, answer, local_listener, network_listener, server_context
from xcat_client import main, place


def _echo(call: Call) -> None:
    """Script: answer with the request."""
    request = call.request()
    call.send(b"O", json.dumps(request).encode())
    call.send(b"X", b"0")


def test_a_command_is_sent_as_typed(root: Path, client: Client, tmp_path: Path) -> None:
    env = {"XCAT_ROOT": str(root), "XCATSHOWSVR": "1", "XCATSSLVER": "TLSv1", "SECRET": "x"}
    with Daemon(_echo, local_listener(root)):
        done = client("rpower", "cn[01-06]", "on", "--", '"', env=env, cwd=tmp_path, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == {
        "argv": ["rpower", "cn[01-06]", "on", "--", '"'],
        "cwd": str(tmp_path),
        "env": {"XCAT_ROOT": str(root), "XCATSHOWSVR": "1", "XCATSSLVER": "TLSv1"},
        "tty": False,
        "screen": False,
        "progress": False,
    }


def test_any_bytes_may_be_typed_in_any_locale(root: Path, client: Client) -> None:
    words = [b"\xff\xfe", "ü".encode(), "ü".encode("latin-1"), b"\x1b[0m", b"a\nb", b""]
    for locale in ("C", "POSIX", "en_US.ISO-8859-1", "C.UTF-8"):
        listener = local_listener(root / locale)
        with Daemon(_echo, listener):
            done = client("nodels", *words, env={"XCAT_ROOT": str(root / locale), "LC_ALL": locale})
        argv = json.loads(done.stdout)["argv"]
        assert [word.encode("utf-8", "surrogateescape") for word in argv[1:]] == words


def test_a_terminal_as_input_is_mentioned(root: Path, client: Client) -> None:
    master, terminal = pty.openpty()
    with Daemon(_echo, local_listener(root)):
        done = client("nodels", env={"XCAT_ROOT": str(root)}, stdin=terminal)
    os.close(terminal)
    os.close(master)
    assert json.loads(done.stdout)["tty"] is True


def test_a_terminal_for_errors_may_show_progress(root: Path, commands: Path) -> None:
    master, terminal = pty.openpty()
    with Daemon(_echo, local_listener(root)):
        words = [commands / "nodels"]
        done = subprocess.run(words, env={"XCAT_ROOT": str(root)}, stdin=subprocess.DEVNULL, stdout=-1, stderr=terminal)
    os.close(terminal)
    os.close(master)
    asked = json.loads(done.stdout)
    assert (asked["tty"], asked["progress"]) == (False, True)


@pytest.mark.parametrize("name", ["xcat", "xcatclient", "xcatclientnnr"])
def test_called_by_its_own_name_the_first_word_is_the_command(
    name: str, root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Daemon(_echo, local_listener(root)):
        assert main.run([f"/usr/bin/{name}", "nodels", "all"], {"XCAT_ROOT": str(root)}) == 0
    assert json.loads(capfd.readouterr().out)["argv"] == ["nodels", "all"]


def test_without_any_word_it_says_how_it_is_used(client: Client) -> None:
    done = client("xcat", env={})
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"Error: No command is given: say `xcat COMMAND [WORD ...]`")


def test_input_goes_to_a_command_that_wants_it(root: Path, client: Client) -> None:
    def count(call: Call) -> None:
        call.request()
        call.send(b"W")
        size = 0
        while (got := call.receive()) and got[1]:
            size += len(got[1])
        call.send(b"O", b"%d\n" % size)
        call.send(b"X", b"0")

    with Daemon(count, local_listener(root)):
        env = {"XCAT_ROOT": str(root)}
        assert client("nodels", env=env, input=b"x" * 300_000).stdout == b"300000\n"
        assert client("nodels", env=env, stdin=subprocess.DEVNULL).stdout == b"0\n"


def _with_closed(commands: Path, root: Path, stream: str) -> subprocess.CompletedProcess[bytes]:
    words = ["sh", "-c", f'exec "$0" {stream}', str(commands / "nodels")]
    return subprocess.run(words, env={"XCAT_ROOT": str(root)}, capture_output=True, timeout=30)


def test_closed_streams_do_not_become_the_connection(root: Path, commands: Path) -> None:
    def wants_input(call: Call) -> None:
        call.request()
        call.send(b"W")
        assert call.receive() == (b"I", b"")
        call.send(b"O", b"n1\n")
        assert call.receive() is None

    with Daemon(wants_input, local_listener(root)):
        done = _with_closed(commands, root, "</dev/null >&-")
        assert done.returncode == 1
        assert b"Cannot write to standard output (Bad file descriptor)" in done.stderr


def test_closed_input_is_empty_input(root: Path, commands: Path) -> None:
    def wants_input(call: Call) -> None:
        call.request()
        call.send(b"W")
        assert call.receive() == (b"I", b"")
        call.send(b"X", b"0")

    with Daemon(wants_input, local_listener(root)):
        assert _with_closed(commands, root, "<&-").returncode == 0


def test_complaints_without_standard_error_are_only_in_the_status(commands: Path, root: Path) -> None:
    local_listener(root).close()
    assert _with_closed(commands, root, "2>&-").returncode == 255


def test_xcathost_goes_before_the_socket(
    authority: Authority, root: Path, credentials: Path, tmp_path: Path, client: Client
) -> None:
    context = server_context(tmp_path, authority.issue("mn", ["localhost"]), authority.pem)
    with Daemon(answer(b"socket"), local_listener(root)), Daemon(answer(b"tls"), network_listener(), context) as tls:
        env = {"XCAT_ROOT": str(root), "XCAT_CREDENTIALS": str(credentials)}
        assert client("nodels", env=env).stdout == b"socket"
        assert client("nodels", env={**env, "XCATHOST": ""}).stdout == b"socket"
        assert client("nodels", env={**env, "XCATHOST": f"localhost:{tls.port}"}).stdout == b"tls"


def test_without_a_socket_it_asks_localhost_with_the_roots_certificate(
    authority: Authority, root: Path, credentials: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (root / "root").mkdir()
    credentials.rename(root / "root/.xcat")
    context = server_context(tmp_path, authority.issue("mn", ["localhost"]), authority.pem)
    with Daemon(answer(b"tls"), network_listener(), context) as daemon:
        monkeypatch.setattr(place, "DEFAULT_PORT", daemon.port)
        assert main.run(["nodels"], {"XCAT_ROOT": str(root)}) == 0
    assert capfd.readouterr() == ("tls", "")


@pytest.mark.parametrize(
    ("env", "status", "sentence"),
    [
        ({"XCATBYPASS": "1"}, 1, "XCATBYPASS is set, but commands run only in the daemon: unset it"),
        ({"XCATHOST": "mn:http"}, 255, 'XCATHOST is "mn:http", which names no daemon'),
        ({"XCATHOST": "no..such.host"}, 255, "There is no host no..such.host: check XCATHOST"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    env: dict[str, str], status: int, sentence: str, client: Client
) -> None:
    done = client("nodels", env=env)
    assert (done.returncode, done.stdout) == (status, b"")
    assert done.stderr.decode().startswith(f"Error: {sentence}")
    assert done.stderr.count(b"\n") == 1


# The budget of a start is counted in modules: each line here was looked at, and costs 0.1 to 3 ms.
EVERYWHERE = {
    *("__future__", "_collections_abc", "_socket", "_stat", "genericpath", "os", "os.path", "posixpath", "select"),
    *("stat", "xcat_client", "xcat_client.connect", "xcat_client.frames", "xcat_client.interrupts"),
    *("xcat_client.main", "xcat_client.native", "xcat_client.place", "xcat_client.request", "xcat_client.session"),
    "xcat_client.trouble",
}
OVER_TLS = {"_ssl", "xcat_client.blame", "xcat_client.tls"}

_LIST = "import sys; print(*sorted(sys.modules), sep='\\n')"
_PROBE = """\
import sys
sys.path.append({folder!r})
from xcat_client import main
def show(status):
    with open({file!r}, "w") as file:
        print(*sorted(sys.modules), sep="\\n", file=file)
    leave(status)
leave, main.os._exit = main.os._exit, show
sys.argv = ["nodels"]
main.main()
"""


def _imported(script: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-ISXutf8", "-c", script]
    return subprocess.run(words, env=env, capture_output=True, text=True, timeout=30, check=True)


def _modules(tmp_path: Path, env: dict[str, str]) -> set[str]:
    """What a run of the client imports beyond a bare interpreter."""
    file = tmp_path / "modules"
    folder = str(Path(main.__file__).parent.parent)
    assert _imported(_PROBE.format(folder=folder, file=str(file)), env).stdout == "n1\n"
    return set(file.read_text().split()) - set(_imported(_LIST, {}).stdout.split())


def test_over_the_socket_nothing_more_is_imported_than_must_be(root: Path, tmp_path: Path) -> None:
    with Daemon(answer(b"n1\n"), local_listener(root)):
        assert _modules(tmp_path, {"XCAT_ROOT": str(root)}) == EVERYWHERE


def test_over_tls_nothing_more_is_imported_than_must_be(
    authority: Authority, credentials: Path, tmp_path: Path
) -> None:
    context = server_context(tmp_path, authority.issue("mn", ["127.0.0.1"]), authority.pem)
    with Daemon(answer(b"n1\n"), network_listener(), context) as daemon:
        env = {"XCATHOST": f"127.0.0.1:{daemon.port}", "XCAT_CREDENTIALS": str(credentials)}
        assert _modules(tmp_path, env) == EVERYWHERE | OVER_TLS


def test_an_interrupt_before_anything_is_ready_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "_fill_closed_streams", interrupted)
    assert main.run(["nodels"], {}) == 130


def test_a_script_can_tell_no_daemon_from_a_failed_command(root: Path, client: Client) -> None:
    script: Script = answer(status=b"1")
    with Daemon(script, local_listener(root)):
        assert client("nodels", env={"XCAT_ROOT": str(root)}).returncode == 1
    assert client("nodels", env={"XCAT_ROOT": str(root)}).returncode == 255
