"""Programs of the host: what they get, what they say, and how their failures read."""

from __future__ import annotations

import os
import pwd

import pytest

from xcatd.dbsetup.programs import account_of, find, run
from xcatd.errors import ConfigError

SOMEBODY = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def test_a_program_gets_its_input_and_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XCATPGPW", "secret")
    assert run(["cat"], stdin="SELECT 1;\n") == "SELECT 1;\n"
    assert "secret" not in run(["env"])


def test_a_program_runs_as_another_account() -> None:
    entry = pwd.getpwnam(SOMEBODY)
    assert run(["id", "-u"], account=SOMEBODY) == f"{entry.pw_uid}\n"
    assert run(["id", "-g"], account=SOMEBODY) == f"{entry.pw_gid}\n"
    assert "HOME=/root\n" not in run(["env"], account=SOMEBODY) or entry.pw_dir == "/root"


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo first >&2; echo last >&2; exit 3", "sh: last"),
        ("echo 'x: ERROR:  role is not there' >&2; echo 'HINT: none' >&2; exit 3", "sh: x: ERROR:  role is not there"),
        ("echo said; exit 1", "sh: said"),
        ("exit 7", "sh: it ended with status 7"),
    ],
)
def test_a_failure_is_a_sentence_without_what_it_was_told(script: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        run(["sh", "-c", "cat >/dev/null; " + script, "--password=x"], stdin="secret")
    assert str(caught.value).startswith("sh ")
    assert str(caught.value).endswith(sentence.removeprefix("sh: "))
    assert "secret" not in str(caught.value)
    assert "--password" not in str(caught.value)


def test_a_program_that_leaves_another_behind_ends_with_itself() -> None:
    """As scripts do that start a server: it must not be waited for."""
    process = run(["sh", "-c", "sleep 60 & echo $!"])
    os.kill(int(process), 15)


def test_what_is_not_there() -> None:
    assert find("no-such-program", "sh").endswith("/sh")
    assert find("no-such-program") == ""
    with pytest.raises(ConfigError, match=r"no-such-program cannot be run: No such file or directory"):
        run(["no-such-program"])
    with pytest.raises(ConfigError, match="This host has no account no-such-account"):
        account_of("no-such-account")
