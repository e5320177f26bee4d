"""A person's own terminal and shell: after whatever happens to a command that reads keys, they are as they were."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, log_lines, typed, until
from tests.helpers.cluster import Daemon, environment, made
from tests.helpers.consolesite import console_site
from tests.helpers.namespaces import Namespace, cable, namespaces
from tests.helpers.stage import give_plugin
from tests.helpers.tmux import Pane, Tmux, tmux
from xcat_client.install import install

READY = "ready>"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("daemon"), prepare=give_plugin) as daemon:
        typed(daemon, "nodeadd n9 groups=compute")
        yield daemon


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory, daemon: Daemon) -> Iterator[Tmux]:
    folder = tmp_path_factory.mktemp("screen")
    install(folder / "bin", ["labkeys"], python=sys.executable)
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    with tmux(folder, environment(XCAT_ROOT=str(daemon.root), PATH=path, PS1=f"{READY} ")) as server:
        yield server


@contextlib.contextmanager
def deaf(daemon: Daemon) -> Iterator[None]:
    """Meanwhile the daemon does nothing at all."""
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        daemon.process.send_signal(signal.SIGCONT)


@pytest.fixture
def bash(screen: Tmux, tmp_path: Path) -> Pane:
    return begun(screen, tmp_path, "labkeys n9")


def begun(screen: Tmux, folder: Path, line: str) -> Pane:
    """An interactive bash with job control, and the command at work in it."""
    pane = screen.window(["bash", "--norc", "--noprofile", "-i"])
    pane.see(READY)
    pane.run(f"cd {folder}")
    pane.see(READY)
    pane.run("stty -g >before; clear; echo cleared")
    pane.see("cleared\n")
    pane.run(f"{line}; echo status $?")
    pane.see("<24x80>")
    return pane


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def client(pane: Pane) -> int:
    """The process of the command that runs in the shell."""
    (pid,) = _children(int(pane.tell("#{pane_pid}")))
    return pid


def waits_for_ever(pid: int) -> bool:
    """Whether a process is in poll(2) without a limit of time: its third argument is -1."""
    words = Path(f"/proc/{pid}/syscall").read_text().split()
    return len(words) > 3 and int(words[3], 16) & 0xFFFFFFFF == 0xFFFFFFFF


def has_taken_all(pid: int) -> bool:
    """Whether no signal waits for a process, and it waits for something itself."""
    status = Path(f"/proc/{pid}/status").read_text()
    pending = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigPnd:", "ShdPnd:"))]
    return not any(pending) and Path(f"/proc/{pid}/syscall").read_text().split()[0] != "running"


def is_raw(pane: Pane) -> bool:
    done = subprocess.run(["stty", "-a", "-F", pane.tell("#{pane_tty}")], capture_output=True, text=True, check=True)
    return "-icanon" in done.stdout


def is_as_before(pane: Pane) -> None:
    """A line may be typed, is shown as it is typed, and the terminal has the modes that it had."""
    pane.run("stty -g >after; cmp before after && echo just as it was")
    pane.see("\njust as it was")


def test_at_its_end(bash: Pane) -> None:
    bash.type("a", "q")
    bash.see("aqn9: bye\nstatus 0")
    is_as_before(bash)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
def test_after_a_signal(bash: Pane, number: signal.Signals) -> None:
    os.kill(client(bash), number)
    bash.see(f"status {128 + number}")
    is_as_before(bash)


def test_after_two_signals_because_the_daemon_is_deaf(daemon: Daemon, bash: Pane) -> None:
    pid = client(bash)
    with deaf(daemon):
        os.kill(pid, signal.SIGTERM)
        until(lambda: has_taken_all(pid), "the client to take the first one: two at once would be one")
        os.kill(pid, signal.SIGTERM)
        bash.see("status 143")
        is_as_before(bash)


def test_after_the_daemon_is_killed(daemon: Daemon, bash: Pane) -> None:
    daemon.stop(signal.SIGKILL)
    shown = bash.see("status 1")
    daemon.start()
    assert (
        "\nError: communication with the xCAT server seems to have been ended prematurely: look into its log.\n"
        in shown
    )
    is_as_before(bash)


def test_the_keys_that_leave_a_console_do_so_too_when_the_daemon_is_deaf(daemon: Daemon, bash: Pane) -> None:
    with deaf(daemon):
        bash.type("C-e", "c")
        bash.type(".")
        shown = bash.see("status 1")
    assert "\nError: The xCAT server does not answer: the console is left without it.\n" in shown
    is_as_before(bash)


def test_a_daemon_that_answers_is_not_left(bash: Pane) -> None:
    """labkeys does not know these keys: it shows them, and that it does ends the client's impatience."""
    bash.type("C-e", "c", ".")
    bash.see("c.")
    until(lambda: waits_for_ever(client(bash)), "the client to wait")
    bash.type("q")
    bash.see("n9: bye\nstatus 0")


def stop_by_key(pane: Pane) -> None:
    pane.type("z")


def stop_from_outside(pane: Pane) -> None:
    os.kill(client(pane), signal.SIGTSTP)


def stop_hard(pane: Pane) -> None:
    os.kill(client(pane), signal.SIGSTOP)


@pytest.mark.parametrize("stop", [stop_by_key, stop_from_outside, stop_hard])
def test_suspended_the_shell_has_the_terminal_and_fg_goes_on(bash: Pane, stop: Callable[[Pane], None]) -> None:
    stop(bash)
    bash.see("Stopped")
    if stop is not stop_hard:  # then nobody could give it back, but bash does
        is_as_before(bash)
    bash.run("stty rows 20 columns 70")
    bash.run("fg")
    bash.see("<20x70>")
    until(lambda: is_raw(bash), "the terminal to give every key")
    bash.type("C-c", "x", "q")
    bash.see("xqn9: bye")
    is_as_before(bash)


def test_killed_in_the_background_it_leaves_the_terminal_to_the_shell(bash: Pane) -> None:
    bash.type("z")
    bash.see("Stopped")
    pid = client(bash)
    bash.run("bg")
    bash.run("kill %1")
    until(lambda: not Path(f"/proc/{pid}").exists(), "its end")
    is_as_before(bash)


def test_a_window_that_grows_is_told(screen: Tmux, bash: Pane) -> None:
    screen.say("resize-window", "-t", bash.target, "-x", "132", "-y", "43")
    bash.see("<43x132>")
    bash.type("q")
    bash.see("n9: bye\nstatus 0")


def test_after_the_window_is_closed_nothing_is_left_running(screen: Tmux, daemon: Daemon, bash: Pane) -> None:
    def ended() -> int:
        return sum(line["command"] == "labkeys" for line in log_lines(daemon, "request"))

    before, pid = ended(), client(bash)
    screen.say("kill-pane", "-t", bash.target)
    until(lambda: not Path(f"/proc/{pid}").exists(), "the client's end")
    until(lambda: ended() > before, "the daemon to know")


def test_a_console_is_suspended_gone_on_with_and_left(tmp_path: Path) -> None:
    with console_site(tmp_path, "n1") as site, tmux(tmp_path, site.env | {"PS1": f"{READY} "}) as screen:
        pane = screen.window(["bash", "--norc", "--noprofile", "-i"])
        pane.see(READY)
        pane.run(f"cd {tmp_path}; stty -g >before; rcons n1; echo status $?")
        pane.see("console of n1")
        pane.type("C-c", "x", "C-e", "c", "z")
        pane.see("Stopped")
        is_as_before(pane)
        pane.run("clear; fg; echo status $?")
        until(lambda: is_raw(pane), "the terminal to give every key")
        pane.type("C-z", "y", "C-e", "c", ".")
        pane.see("status 0")
        is_as_before(pane)
        until(lambda: site.typed("n1") == "\x03x\x1ay", "the keys at the console")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Namespace, str, Daemon]]:
    """A host from which a daemon on another one is asked, with the words before a command there. Its wire is `wire0`."""
    with namespaces("desk", "mn") as (desk, there):
        cable(desk, there, "wire0")
        desk.up("wire0", "10.9.0.2/24")
        there.up("wire0", "10.9.0.1/24")
        daemon = made(Daemon(tmp_path / "mn", "mn1", "10.9.0.1", 3001, before=there.before))
        give_plugin(daemon)
        daemon.start(wait=False)
        try:
            until(lambda: daemon.run("nodeadd", "n9", "groups=compute").returncode == 0, "the daemon")
            where = f"XCATHOST={daemon.host} XCAT_CREDENTIALS={daemon.credentials}"
            yield desk, f"{where} {' '.join(desk.before)}", daemon
        finally:
            daemon.stop()


def queues(daemon: Daemon) -> list[str]:
    """What was sent by or has come for each TCP socket of the daemon's host and still waits (proc(5))."""
    table = subprocess.run([*daemon.before, "cat", "/proc/net/tcp"], capture_output=True, text=True, check=True)
    return [line.split()[4] for line in table.stdout.splitlines()[1:]]


@pytest.mark.endurance
def test_after_the_network_has_gone(screen: Tmux, tmp_path: Path, desk: tuple[Namespace, str, Daemon]) -> None:
    """Neither host answers any more, and nobody says so: the kernels find out, in half a minute."""
    host, before, daemon = desk
    pane = begun(screen, tmp_path, f"{before} labkeys n9")
    until(lambda: all(waiting == "00000000:00000000" for waiting in queues(daemon)), "all to have arrived")
    host.ip("link", "set", "wire0", "down")
    subprocess.run(["tail", f"--pid={client(pane)}", "-f", "/dev/null"], check=True, timeout=60)  # until it has ended
    assert "\nError: The connection to the xCAT server is lost (" in pane.see("status 1")
    is_as_before(pane)
    until(lambda: log_lines(daemon, "request")[-1]["command"] == "labkeys", "the daemon to end the request")
